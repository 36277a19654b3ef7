"""The story of redrive, told to real handlers: of ten orders three can never be processed. The good ones are delivered exactly
once, the bad ones exactly three times, one visibility timeout apart, and are then in the dead-letter queue; and on the leap
clock that minute and a half passes in a fraction of a second, which is printed and not asserted.

Usage: story.py [NODE [C-HANDLER]], programs to run the JavaScript handler with and the C handler itself; an empty word leaves
that handler out. Needs boto3 of any generation.
"""
import json
import os
import subprocess
import sys
import threading
import time

import boto3
import tap
from botocore.config import Config

HANDLERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "handlers")
BAD = {2, 5, 9}
ATTEMPTS = 3
NAMES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Handler:
    """One of the example handlers as a process of its own; failures are the ids that it complained about."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        self.failures = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            if " failed: " in line:
                self.failures.append(line.split(" ", 1)[0])

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.reader.join(10)


class Story:
    def __init__(self, redrive, visibility, patience):
        self.redrive = redrive
        self.visibility = visibility
        self.patience = patience  # seconds
        options = dict(endpoint_url=redrive.endpoint, region_name="us-east-1", config=Config(retries={"max_attempts": 0}, proxies={}))
        self.sqs = boto3.client("sqs", **options)
        self.lambda_ = boto3.client("lambda", **options)

    def counts(self, url):
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(NAMES))["Attributes"]
        return tuple(int(attributes[name]) for name in NAMES)

    def arn(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def tell(self):
        """Builds the queues and the mapping, sends ten orders, waits for the end; returns the real time from the first send."""
        self.dead = self.sqs.create_queue(QueueName="orders-dlq")["QueueUrl"]
        self.url = self.sqs.create_queue(QueueName="orders", Attributes={
            "VisibilityTimeout": str(self.visibility),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": self.arn(self.dead), "maxReceiveCount": ATTEMPTS})})["QueueUrl"]
        uuid = self.lambda_.create_event_source_mapping(
            FunctionName="orders", EventSourceArn=self.arn(self.url), BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"])["UUID"]
        tap.eventually(5, lambda: self.lambda_.get_event_source_mapping(UUID=uuid)["State"] == "Enabled")
        bodies = [json.dumps({"orderId": i, "sku": f"A-{i}", "quantity": 0 if i in BAD else 1}) for i in range(10)]
        began = time.monotonic()
        answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=[
            {"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies)])
        self.ids = [entry["MessageId"] for entry in answer["Successful"]]
        tap.eventually(self.patience, lambda: self.counts(self.dead)[0] == len(BAD) and self.counts(self.url) == (0, 0))
        return time.monotonic() - began

    def points(self, message_id):
        answer = self.redrive.api(f"trace/{message_id}")
        return answer if isinstance(answer, list) else answer["points"]

    def check_deliveries(self, tolerance_ms):
        """Every order: how often, how far apart, what became of it."""
        for i, message_id in enumerate(self.ids):
            points = self.points(message_id)
            received = [point for point in points if point["kind"] == "received" and point["queue"] == "orders"]
            ends = [point["kind"] for point in points if point["kind"] in ("deleted", "dead-lettered")]
            if i not in BAD:
                assert len(received) == 1 and ends == ["deleted"], (i, len(received), ends)
                continue
            assert [point["receiveCount"] for point in received] == [1, 2, 3] and ends == ["dead-lettered"], (i, received, ends)
            for earlier, later in zip(received, received[1:]):
                apart_ms = later["atMs"] - earlier["atMs"]
                assert 0 <= apart_ms - self.visibility * 1000 <= tolerance_ms, f"{apart_ms} ms apart"

    def check_dead_letters(self):
        """The dead-letter queue: exactly the bad ones, with the count going on and the source named."""
        messages = []
        while len(messages) < len(BAD):
            more = self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10, AttributeNames=["All"],
                                            WaitTimeSeconds=2).get("Messages", [])
            assert more, "the dead-letter queue is empty"
            messages += more
        assert sorted(m["MessageId"] for m in messages) == sorted(self.ids[i] for i in BAD)
        for message in messages:
            assert message["Attributes"]["ApproximateReceiveCount"] == str(ATTEMPTS + 1), message["Attributes"]
            assert message["Attributes"]["DeadLetterQueueSourceArn"] == self.arn(self.url), message["Attributes"]
            assert json.loads(message["Body"])["quantity"] == 0

    def check_failures(self, failures):
        """What the handler itself saw."""
        expected = sorted(self.ids[i] for i in BAD for _ in range(ATTEMPTS))
        assert sorted(failures) == expected, f"the handler failed {len(failures)} orders, not {len(expected)}"


def run(results, name, command, clock, visibility, tolerance_ms):
    handler = Handler(command)
    timing = []
    try:
        with tap.Redrive("--clock", clock, "--function", f"orders={handler.url}", "--set", "orders.Timeout=1") as redrive:
            # A clock that does not leap needs 90 s and is told from one that does, however slow the machine.
            story = Story(redrive, visibility, 30)
            what = f"{name}, {clock} clock, VisibilityTimeout {visibility}"

            def tell():
                timing.append(story.tell())
                return f"{timing[0] * 1000:.0f} ms of real time from the first send to the last dead letter"
            results.check(f"{what}: ten orders, three of them bad, come to their ends", tell)
            if not timing:
                return
            results.check(f"{what}: good ones delivered once, bad ones three times, {visibility} s apart",
                          story.check_deliveries, tolerance_ms)
            results.check(f"{what}: dead letters with count {ATTEMPTS + 1} and their source", story.check_dead_letters)
            handler.close()
            results.check(f"{what}: the handler saw the same", story.check_failures, handler.failures)
    finally:
        if handler.process.poll() is None:
            handler.process.kill()
            handler.process.wait()


def main():
    node, c_handler = (sys.argv[1:] + ["", ""])[:2]
    handlers = {"Python handler": [sys.executable, os.path.join(HANDLERS, "orders.py")]}
    if node:
        handlers["Node handler"] = [node, os.path.join(HANDLERS, "orders.mjs")]
    if c_handler:
        handlers["C handler"] = [c_handler]
    results = tap.Tap("story")
    for name, command in handlers.items():
        run(results, name, command, "leap", 30, 0)
        run(results, name, command, "real", 1, 500)
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
