"""A session at the AWS command line interface: what a person types, a program per call.

Usage: aws_cli.py LABEL COMMAND, COMMAND being the aws to run.
"""
import json
import subprocess
import sys

import tap

label, aws = sys.argv[1:]


def run(endpoint, *words):
    """The answer as an object; an error is a RuntimeError with what the command line printed."""
    done = subprocess.run([aws, "--endpoint-url", endpoint, "--output", "json", *words],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout) if done.stdout.strip() else {}


class Session:
    def __init__(self, endpoint):
        self.endpoint = endpoint

    def sqs(self, *words):
        return run(self.endpoint, "sqs", *words)

    def create(self):
        self.dead = self.sqs("create-queue", "--queue-name", "orders-dlq")["QueueUrl"]
        policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:orders-dlq",
                                               "maxReceiveCount": "1"}), "VisibilityTimeout": "5"}
        self.url = self.sqs("create-queue", "--queue-name", "orders", "--attributes", json.dumps(policy))["QueueUrl"]
        assert self.sqs("get-queue-url", "--queue-name", "orders")["QueueUrl"] == self.url
        assert self.sqs("list-queues")["QueueUrls"] == [self.url, self.dead]

    def attributes(self):
        self.sqs("set-queue-attributes", "--queue-url", self.url, "--attributes", "VisibilityTimeout=30")
        got = self.sqs("get-queue-attributes", "--queue-url", self.url, "--attribute-names", "All")["Attributes"]
        assert got["VisibilityTimeout"] == "30" and json.loads(got["RedrivePolicy"])["maxReceiveCount"] == 1, got
        assert self.sqs("list-dead-letter-source-queues", "--queue-url", self.dead)["queueUrls"] == [self.url]

    def send_and_receive(self):
        sent = self.sqs("send-message", "--queue-url", self.url, "--message-body", "grüße", "--message-attributes",
                        json.dumps({"kind": {"DataType": "String", "StringValue": "new"}}))
        message, = self.sqs("receive-message", "--queue-url", self.url, "--attribute-names", "All",
                            "--message-attribute-names", "All", "--wait-time-seconds", "2")["Messages"]
        assert message["Body"] == "grüße" and message["MessageId"] == sent["MessageId"]
        assert message["MessageAttributes"]["kind"]["StringValue"] == "new"
        self.sqs("change-message-visibility", "--queue-url", self.url, "--receipt-handle", message["ReceiptHandle"],
                 "--visibility-timeout", "0")
        assert self.sqs("receive-message", "--queue-url", self.url) == {}
        message, = self.sqs("receive-message", "--queue-url", self.dead, "--wait-time-seconds", "2")["Messages"]
        self.sqs("delete-message", "--queue-url", self.dead, "--receipt-handle", message["ReceiptHandle"])

    def batches(self):
        answer = self.sqs("send-message-batch", "--queue-url", self.url, "--entries",
                          json.dumps([{"Id": str(i), "MessageBody": str(i)} for i in range(3)]))
        assert len(answer["Successful"]) == 3
        messages = self.sqs("receive-message", "--queue-url", self.url, "--max-number-of-messages", "10")["Messages"]
        entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
        answer = self.sqs("change-message-visibility-batch", "--queue-url", self.url, "--entries",
                          json.dumps([dict(entry, VisibilityTimeout=60) for entry in entries]))
        assert len(answer["Successful"]) == 3
        assert len(self.sqs("delete-message-batch", "--queue-url", self.url, "--entries", json.dumps(entries))["Successful"]) == 3

    def tags_and_permissions(self):
        self.sqs("tag-queue", "--queue-url", self.url, "--tags", "team=shop,cost=42")
        self.sqs("untag-queue", "--queue-url", self.url, "--tag-keys", "cost")
        assert self.sqs("list-queue-tags", "--queue-url", self.url)["Tags"] == {"team": "shop"}
        self.sqs("add-permission", "--queue-url", self.url, "--label", "send", "--aws-account-ids", "111122223333",
                 "--actions", "SendMessage")
        assert "Policy" in self.sqs("get-queue-attributes", "--queue-url", self.url, "--attribute-names", "Policy")["Attributes"]
        self.sqs("remove-permission", "--queue-url", self.url, "--label", "send")

    def move_tasks(self):
        arn = "arn:aws:sqs:us-east-1:000000000000:orders-dlq"
        assert self.sqs("start-message-move-task", "--source-arn", arn)["TaskHandle"]
        tap.eventually(10, lambda: self.sqs("list-message-move-tasks", "--source-arn", arn)["Results"][0]["Status"] == "COMPLETED")

    def mappings(self):
        made = run(self.endpoint, "lambda", "create-event-source-mapping", "--function-name", "sink", "--event-source-arn",
                   "arn:aws:sqs:us-east-1:000000000000:orders", "--function-response-types", "ReportBatchItemFailures")
        listed = run(self.endpoint, "lambda", "list-event-source-mappings", "--function-name", "sink")
        assert [m["UUID"] for m in listed["EventSourceMappings"]] == [made["UUID"]]
        run(self.endpoint, "lambda", "update-event-source-mapping", "--uuid", made["UUID"], "--batch-size", "3")
        assert run(self.endpoint, "lambda", "get-event-source-mapping", "--uuid", made["UUID"])["BatchSize"] == 3
        run(self.endpoint, "lambda", "delete-event-source-mapping", "--uuid", made["UUID"])

    def errors(self):
        for words, expected in ((("get-queue-url", "--queue-name", "nowhere"), "NonExistentQueue"),
                                (("delete-message", "--queue-url", self.url, "--receipt-handle", "rubbish"), "ReceiptHandleIsInvalid")):
            try:
                self.sqs(*words)
            except RuntimeError as error:
                assert expected in str(error), error
            else:
                raise AssertionError(f"no {expected}")

    def delete(self):
        self.sqs("purge-queue", "--queue-url", self.url)
        for url in (self.url, self.dead):
            self.sqs("delete-queue", "--queue-url", url)
        assert self.sqs("list-queues") == {}


def main():
    results = tap.Tap(label)
    with tap.Redrive("--function", "sink=sim:{}", *tap.VERIFY) as redrive:
        session = Session(redrive.endpoint)
        results.check("create-queue, get-queue-url, list-queues", session.create)
        results.check("set-queue-attributes, get-queue-attributes, list-dead-letter-source-queues", session.attributes)
        results.check("send-message, receive-message, change-message-visibility, delete-message, dead-letter queue",
                      session.send_and_receive)
        results.check("send-message-batch, change-message-visibility-batch, delete-message-batch", session.batches)
        results.check("tag-queue, untag-queue, list-queue-tags, add-permission, remove-permission", session.tags_and_permissions)
        results.check("start-message-move-task, list-message-move-tasks", session.move_tasks)
        results.check("create-, list-, update-, get- and delete-event-source-mapping", session.mappings)
        results.check("errors by their AWS names", session.errors)
        results.check("purge-queue, delete-queue", session.delete)
    version = subprocess.run([aws, "--version"], capture_output=True, text=True, timeout=60)
    print(f"# {label}: {(version.stdout or version.stderr).split()[0]}")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
