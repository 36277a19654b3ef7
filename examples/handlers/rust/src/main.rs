//! Three ways to say which messages of a batch failed, in Rust. The function's handler, the last word of the command, chooses.
//!
//!     cargo build --release
//!     redrive serve --function orders='exec:target/release/bootstrap report'
//!
//! throw     one bad order, and the whole batch comes back
//! delete    good orders are deleted one by one, then it fails, so only bad ones come back
//! report    only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"]
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};
use std::env::var;

fn process(record: &Value) -> Result<(), Error> {
    let order: Value = serde_json::from_str(record["body"].as_str().unwrap_or(""))?;
    if order["quantity"].as_i64().unwrap_or(0) <= 0 {
        return Err(format!("order {} has no quantity", order["orderId"]).into());
    }
    let attempt: i64 = record["attributes"]["ApproximateReceiveCount"].as_str().unwrap_or("1").parse()?;
    if attempt < order["recoversOnAttempt"].as_i64().unwrap_or(1) {
        return Err(format!("order {}: the stock service is away", order["orderId"]).into());
    }
    Ok(())
}

fn records(event: &LambdaEvent<Value>) -> impl Iterator<Item = &Value> {
    event.payload["Records"].as_array().into_iter().flatten()
}

async fn throw(event: LambdaEvent<Value>) -> Result<(), Error> {
    records(&event).try_for_each(process)
}

async fn delete(sqs: &Client, event: LambdaEvent<Value>) -> Result<(), Error> {
    let (mut failed, mut all) = (0, 0);
    for record in records(&event) {
        all += 1;
        if let Err(error) = process(record) {
            println!("{} failed: {error}", record["messageId"]);
            failed += 1;
            continue;
        }
        let name = record["eventSourceARN"].as_str().and_then(|arn| arn.rsplit(':').next()).unwrap_or("");
        let queue = sqs.get_queue_url().queue_name(name).send().await?;
        let handle = record["receiptHandle"].as_str().unwrap_or("");
        sqs.delete_message().set_queue_url(queue.queue_url).receipt_handle(handle).send().await?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} of {all} orders failed").into()),
    }
}

async fn report(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let mut failures = Vec::new();
    for record in records(&event) {
        if let Err(error) = process(record) {
            // One bad order must not hold up the others.
            println!("{} failed: {error}", record["messageId"]);
            failures.push(json!({ "itemIdentifier": record["messageId"] }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

/// What the crate aws-config would read: redrive sets all of it for a handler.
fn client() -> Result<Client, Error> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(var("AWS_ENDPOINT_URL")?)
        .region(Region::new(var("AWS_REGION")?))
        .credentials_provider(Credentials::new(var("AWS_ACCESS_KEY_ID")?, var("AWS_SECRET_ACCESS_KEY")?, None, None, "env"));
    Ok(Client::from_conf(config.build()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match var("_HANDLER").as_deref() {
        Ok("throw") => run(service_fn(throw)).await,
        Ok("delete") => {
            let sqs = &client()?;
            run(service_fn(move |event| delete(sqs, event))).await
        }
        _ => run(service_fn(report)).await,
    }
}
