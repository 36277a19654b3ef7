//! The AWS SDK for Rust. Usage: sqs-client LABEL ENDPOINT
//!
//! The SDK's errors are enums: each test that expects one asks for its variant, not for its text.
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName as Name,
    SendMessageBatchRequestEntry,
};
use aws_sdk_sqs::{Client, Config};
use md5::{Digest, Md5};
use std::env::{args, var};
use std::future::Future;
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn std::error::Error>>;

macro_rules! check {
    ($condition:expr $(, $what:expr)*) => {
        if !$condition {
            return Err(format!("line {}: {}{}", line!(), stringify!($condition), concat_values(&[$(format!("{:?}", $what)),*])).into());
        }
    };
}

fn concat_values(values: &[String]) -> String {
    values.iter().map(|value| format!(" [{value}]")).collect()
}

/// The error must be this variant of the operation's enum.
macro_rules! refused {
    ($call:expr, $variant:ident) => {
        match $call.send().await {
            Ok(answer) => return Err(format!("line {}: {answer:?}", line!()).into()),
            Err(error) => {
                let error = error.into_service_error();
                check!(error.$variant(), error);
            }
        }
    };
}

fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SQS's digest of message attributes, which this SDK hands over without a look.
fn md5_of_attributes(attributes: &[(&str, MessageAttributeValue)]) -> String {
    fn part(bytes: &mut Vec<u8>, part: &[u8]) {
        bytes.extend((part.len() as u32).to_be_bytes());
        bytes.extend(part);
    }
    let mut bytes = Vec::new();
    for (name, value) in attributes {
        part(&mut bytes, name.as_bytes());
        part(&mut bytes, value.data_type().as_bytes());
        bytes.push(if value.binary_value().is_some() { 2 } else { 1 });
        match value.binary_value() {
            Some(blob) => part(&mut bytes, blob.as_ref()),
            None => part(&mut bytes, value.string_value().unwrap_or("").as_bytes()),
        }
    }
    md5(&bytes)
}

struct World {
    sqs: Client,
}

impl World {
    async fn queue(&self, name: &str, attributes: &[(Name, &str)]) -> Result<String, Box<dyn std::error::Error>> {
        let mut call = self.sqs.create_queue().queue_name(name);
        for (attribute, value) in attributes {
            call = call.attributes(attribute.clone(), *value);
        }
        Ok(call.send().await?.queue_url.ok_or("no QueueUrl")?)
    }

    async fn receive(&self, url: &str) -> Result<Vec<Message>, Box<dyn std::error::Error>> {
        let call = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let call = call.message_system_attribute_names(System::All).message_attribute_names("All");
        Ok(call.send().await?.messages.unwrap_or_default())
    }

    /// FIFO: order, groups that wait, deduplication, sequence numbers.
    async fn fifo(&self) -> Outcome {
        let url = self.queue("rust.fifo", &[(Name::FifoQueue, "true"), (Name::ContentBasedDeduplication, "true")]).await?;
        let mut numbers = Vec::new();
        for (group, body) in [("a", "1"), ("a", "2"), ("b", "3"), ("a", "1")] {
            let sent = self.sqs.send_message().queue_url(&url).message_body(body).message_group_id(group).send().await?;
            numbers.push(sent.sequence_number.ok_or("no SequenceNumber")?);
        }
        check!(numbers[0] < numbers[1] && numbers[1] < numbers[2] && numbers[3] == numbers[0], numbers);
        let first = self.sqs.receive_message().queue_url(&url).max_number_of_messages(1).send().await?.messages.unwrap_or_default();
        check!(first.len() == 1 && first[0].body() == Some("1"), first);
        let rest = self.receive(&url).await?;
        check!(rest.len() == 1 && rest[0].body() == Some("3"), rest);
        let delete = self.sqs.delete_message().queue_url(&url);
        delete.receipt_handle(first[0].receipt_handle().unwrap_or("")).send().await?;
        let next = self.receive(&url).await?;
        let attributes = next[0].attributes().ok_or("no attributes")?;
        check!(next.len() == 1 && next[0].body() == Some("2") && attributes[&System::MessageGroupId] == "a", next);
        Ok(())
    }

    async fn attributes(&self) -> Outcome {
        let url = self.queue("rust-attributes", &[(Name::VisibilityTimeout, "30")]).await?;
        let value = |kind| MessageAttributeValue::builder().data_type(kind);
        let sent = [
            ("blob", value("Binary").binary_value(Blob::new([0u8, 255, 7])).build()?),
            ("kind", value("String").string_value("größer").build()?),
            ("size", value("Number.int").string_value("12").build()?),
        ];
        let mut call = self.sqs.send_message().queue_url(&url).message_body("grüße € 𝄞 \"<&>\"\n");
        for (name, value) in &sent {
            call = call.message_attributes(*name, value.clone());
        }
        let answer = call.send().await?;
        let messages = self.receive(&url).await?;
        check!(messages.len() == 1 && messages[0].message_id() == answer.message_id(), messages);
        let body = messages[0].body().unwrap_or("");
        check!(body == "grüße € 𝄞 \"<&>\"\n" && messages[0].md5_of_body() == Some(&md5(body.as_bytes())), body);
        check!(messages[0].md5_of_message_attributes() == Some(&md5_of_attributes(&sent)), messages[0]);
        let received = messages[0].message_attributes().ok_or("no attributes")?;
        check!(sent.iter().all(|(name, value)| received.get(*name) == Some(value)), received);
        Ok(())
    }

    async fn batches(&self) -> Outcome {
        let url = self.queue("rust-batches", &[]).await?;
        let mut call = self.sqs.send_message_batch().queue_url(&url);
        for i in 0..10 {
            let body = if i == 4 { "\u{7}".into() } else { format!("body {i}") };
            call = call.entries(SendMessageBatchRequestEntry::builder().id(i.to_string()).message_body(body).build()?);
        }
        let answer = call.send().await?;
        let failed = answer.failed();
        check!(answer.successful().len() == 9 && failed.len() == 1, answer);
        check!(failed[0].id() == "4" && failed[0].code() == "InvalidMessageContents" && failed[0].sender_fault(), failed);
        let messages = self.receive(&url).await?;
        check!(messages.len() == 9, messages.len());
        let mut call = self.sqs.delete_message_batch().queue_url(&url);
        for (i, message) in messages.iter().enumerate() {
            let handle = message.receipt_handle().unwrap_or("");
            call = call.entries(DeleteMessageBatchRequestEntry::builder().id(i.to_string()).receipt_handle(handle).build()?);
        }
        let answer = call.entries(DeleteMessageBatchRequestEntry::builder().id("x").receipt_handle("rubbish").build()?).send().await?;
        check!(answer.successful().len() == 9 && answer.failed()[0].code() == "ReceiptHandleIsInvalid", answer);
        refused!(self.sqs.send_message_batch().queue_url(&url).set_entries(Some(vec![])), is_empty_batch_request);
        Ok(())
    }

    /// A poll that waits is answered by a message that comes meanwhile.
    async fn long_poll(&self) -> Outcome {
        let url = self.queue("rust-poll", &[]).await?;
        let began = Instant::now();
        let poll = self.sqs.receive_message().queue_url(&url).wait_time_seconds(20).send();
        let send = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.sqs.send_message().queue_url(&url).message_body("late").send().await
        };
        let (received, sent) = tokio::join!(poll, send);
        sent?;
        let messages = received?.messages.unwrap_or_default();
        check!(messages.len() == 1 && messages[0].body() == Some("late") && began.elapsed().as_secs() < 10, messages);
        Ok(())
    }

    async fn dead_letters(&self) -> Outcome {
        let dead = self.queue("rust-dead", &[]).await?;
        let arn = "arn:aws:sqs:us-east-1:000000000000:rust-dead";
        let policy = format!("{{\"deadLetterTargetArn\":\"{arn}\",\"maxReceiveCount\":1}}");
        let url = self.queue("rust-source", &[(Name::VisibilityTimeout, "0"), (Name::RedrivePolicy, &policy)]).await?;
        check!(self.sqs.list_dead_letter_source_queues().queue_url(&dead).send().await?.queue_urls() == [url.clone()]);
        self.sqs.send_message().queue_url(&url).message_body("poison").send().await?;
        check!(self.receive(&url).await?.len() == 1);
        check!(self.receive(&url).await?.is_empty());
        let call = self.sqs.receive_message().queue_url(&dead).visibility_timeout(0).message_system_attribute_names(System::All);
        let letters = call.send().await?.messages.unwrap_or_default();
        let attributes = letters[0].attributes().ok_or("no attributes")?;
        check!(attributes[&System::ApproximateReceiveCount] == "2", attributes);
        check!(attributes[&System::DeadLetterQueueSourceArn] == "arn:aws:sqs:us-east-1:000000000000:rust-source", attributes);
        self.sqs.start_message_move_task().source_arn(arn).send().await?;
        let began = Instant::now();
        loop {
            let tasks = self.sqs.list_message_move_tasks().source_arn(arn).send().await?;
            if tasks.results()[0].status() == Some("COMPLETED") {
                check!(tasks.results()[0].approximate_number_of_messages_moved() == 1, tasks);
                break;
            }
            check!(began.elapsed().as_secs() < 10, tasks);
        }
        check!(self.receive(&url).await?[0].body() == Some("poison"));
        refused!(self.sqs.start_message_move_task().source_arn(arn.replace("dead", "nowhere")), is_resource_not_found_exception);
        Ok(())
    }

    async fn tags(&self) -> Outcome {
        let url = self.queue("rust-tags", &[]).await?;
        self.sqs.tag_queue().queue_url(&url).tags("team", "shop").tags("cost", "42").send().await?;
        self.sqs.untag_queue().queue_url(&url).tag_keys("cost").send().await?;
        let tags = self.sqs.list_queue_tags().queue_url(&url).send().await?.tags.unwrap_or_default();
        check!(tags.len() == 1 && tags["team"] == "shop", tags);
        Ok(())
    }

    async fn errors(&self) -> Outcome {
        let url = self.queue("rust-errors", &[]).await?;
        refused!(self.sqs.get_queue_url().queue_name("nowhere"), is_queue_does_not_exist);
        refused!(self.sqs.create_queue().queue_name("rust-errors").attributes(Name::DelaySeconds, "9"), is_queue_name_exists);
        refused!(self.sqs.send_message().queue_url(&url).message_body("\u{7}"), is_invalid_message_contents);
        refused!(self.sqs.delete_message().queue_url(&url).receipt_handle("rubbish"), is_receipt_handle_is_invalid);
        let call = self.sqs.set_queue_attributes().queue_url(&url).attributes(Name::VisibilityTimeout, "-1");
        refused!(call, is_invalid_attribute_value);
        self.sqs.purge_queue().queue_url(&url).send().await?;
        self.sqs.delete_queue().queue_url(&url).send().await?;
        refused!(self.sqs.purge_queue().queue_url(&url), is_queue_does_not_exist);
        Ok(())
    }
}

async fn report(label: &str, name: &str, failed: &mut bool, test: impl Future<Output = Outcome>) {
    match test.await {
        Ok(()) => println!("ok - {label}: {name}"),
        Err(error) => {
            println!("not ok - {label}: {name}\n  # {}", format!("{error:?}").replace('\n', " "));
            *failed = true;
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let words: Vec<String> = args().collect();
    let of = |name| var(name).unwrap_or_default();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(&words[2])
        .region(Region::new(of("AWS_REGION")))
        .credentials_provider(Credentials::new(of("AWS_ACCESS_KEY_ID"), of("AWS_SECRET_ACCESS_KEY"), None, None, "env"));
    let world = World { sqs: Client::from_conf(config.build()) };
    let mut failed = false;
    report(&words[1], "FIFO: order, groups, deduplication by content", &mut failed, world.fifo()).await;
    report(&words[1], "message attributes, and both digests", &mut failed, world.attributes()).await;
    report(&words[1], "batches, and their faults entry by entry", &mut failed, world.batches()).await;
    report(&words[1], "a long poll is answered by the next message", &mut failed, world.long_poll()).await;
    report(&words[1], "dead-letter queue and move task", &mut failed, world.dead_letters()).await;
    report(&words[1], "tags", &mut failed, world.tags()).await;
    report(&words[1], "errors by their variants", &mut failed, world.errors()).await;
    println!("# {}: aws-sdk-sqs {}", words[1], aws_sdk_sqs::meta::PKG_VERSION);
    std::process::ExitCode::from(failed as u8)
}
