//! Two ways to say which messages of a batch failed, in Rust. APPROACH chooses.
//!
//!     cargo build --release
//!     redrive serve --function orders=exec:target/release/bootstrap --set orders.Environment.APPROACH=report
//!
//! throw     one bad order, and the whole batch comes back
//! report    only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"]
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

fn process(record: &Value) -> Result<(), Error> {
    let order: Value = serde_json::from_str(record["body"].as_str().unwrap_or(""))?;
    match order["quantity"].as_i64() {
        Some(quantity) if quantity > 0 => Ok(()),
        _ => Err(format!("order {} has no quantity", order["orderId"]).into()),
    }
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let throws = std::env::var("APPROACH").is_ok_and(|approach| approach == "throw");
    let mut failures = Vec::new();
    for record in event.payload["Records"].as_array().into_iter().flatten() {
        if let Err(error) = process(record) {
            if throws {
                return Err(error);
            }
            // One bad order must not hold up the others.
            println!("{} failed: {error}", record["messageId"]);
            failures.push(json!({ "itemIdentifier": record["messageId"] }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
