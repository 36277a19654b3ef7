"""Real runtimes behind exec: targets: a batch of three good orders and one poison, three receives and then the dead-letter queue, on the
leap clock. What must come of it depends on how the handler says what failed:

    throw     everything came back every time: all four are dead letters
    delete    the good ones were deleted before the handler threw: only the poison is a dead letter
    report    only what was reported came back: the same, and no invocation failed
    broken    the handler cannot be loaded: said at once and in the runtime's words (L-232)

Usage: runtime.py NAME APPROACH=TARGET... [--set SETTING...]; a TARGET is what stands behind exec:. Needs no package.
"""
import json
import re
import sys
import time
import urllib.request

import tap

GOOD = [json.dumps({"orderId": i, "quantity": 1}) for i in range(3)]
ATTEMPTS = 3
PATIENCE = 30  # seconds; a clock that did not leap would need 90


class World:
    def __init__(self, redrive):
        self.redrive = redrive
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def post(self, path, body, headers):
        request = urllib.request.Request(self.redrive.endpoint + path, data=json.dumps(body, separators=(",", ":")).encode(), headers=headers)
        with self.opener.open(request, timeout=60) as answer:
            text = answer.read()
            return (json.loads(text) if text else {}), answer.headers

    def sqs(self, operation, **members):
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS." + operation}
        return self.post("/", members, headers)[0]

    def invoke(self, event):
        """Invoke by hand: the payload, and X-Amz-Function-Error."""
        payload, headers = self.post("/2015-03-31/functions/orders/invocations", event, {"Content-Type": "application/json"})
        return payload, headers.get("X-Amz-Function-Error")

    def counts(self, name):
        attributes = self.sqs("GetQueueAttributes", QueueUrl=name, AttributeNames=["All"])["Attributes"]
        return tuple(int(attributes["ApproximateNumberOfMessages" + which]) for which in ("", "NotVisible"))

    def build(self, approach):
        self.sqs("CreateQueue", QueueName="dead")
        arn = "arn:aws:sqs:us-east-1:000000000000:"
        self.sqs("CreateQueue", QueueName="orders", Attributes={
            "VisibilityTimeout": "30", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn + "dead", "maxReceiveCount": ATTEMPTS})})
        mapping = {"FunctionName": "orders", "EventSourceArn": arn + "orders", "BatchSize": 10,
                   "FunctionResponseTypes": ["ReportBatchItemFailures"] if approach == "report" else []}
        self.post("/2015-03-31/event-source-mappings/", mapping, {"Content-Type": "application/json"})

    def send(self):
        bodies = [*GOOD, "poison"]
        sent = self.sqs("SendMessageBatch", QueueUrl="orders",
                        Entries=[{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies)])
        return [entry["MessageId"] for entry in sent["Successful"]]

    def bodies(self, name, count):
        messages = []
        while len(messages) < count:
            more = self.sqs("ReceiveMessage", QueueUrl=name, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", [])
            assert more, f"{name} holds {len(messages)} messages, not {count}"
            messages += more
        return sorted(message["Body"] for message in messages)


def log_of(redrive):
    """What the log holds for people when a test fails."""
    return " / ".join(redrive.lines[-12:])


def check_dead_letters(world, approach):
    expected = [*GOOD, "poison"] if approach == "throw" else ["poison"]
    began = time.monotonic()
    try:
        world.build(approach)
        world.ids = world.send()
        tap.eventually(PATIENCE, lambda: world.counts("dead") == (len(expected), 0) and world.counts("orders") == (0, 0))
        note = f"{(time.monotonic() - began) * 1000:.0f} ms of real time for {ATTEMPTS} receives, 30 s apart"
        assert world.bodies("dead", len(expected)) == sorted(expected)
    except AssertionError as error:
        raise AssertionError(f"{error}; log: {log_of(world.redrive)}")
    return note


def check_receives(world, approach):
    for message_id, body in zip(world.ids, [*GOOD, "poison"]):
        answer = world.redrive.api(f"trace/{message_id}")
        points = answer if isinstance(answer, list) else answer["points"]
        receives = [point for point in points if point["kind"] == "received" and point["queue"] == "orders"]
        expected = ATTEMPTS if approach == "throw" or body == "poison" else 1
        assert len(receives) == expected, f"{body}: {len(receives)} receives, not {expected}"


def check_errors(world, approach):
    """How the runtime itself words it: an error keeps its bytes, a response too (L-86, L-215)."""
    record = {"messageId": "m-1", "body": "poison", "receiptHandle": "r", "attributes": {}, "messageAttributes": {},
              "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:orders", "awsRegion": "us-east-1"}
    payload, error = world.invoke({"Records": [record]})
    if approach == "report":
        assert error is None and payload == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}, (error, payload)
    else:
        assert error == "Unhandled" and "errorMessage" in payload and "errorType" in payload, (error, payload)


def check_broken(world):
    began = time.monotonic()
    payload, error = world.invoke({"Records": []})
    assert error == "Unhandled" and payload["errorType"].startswith("Runtime."), (error, payload)
    assert time.monotonic() - began < 20, "as late as a time-out"
    return payload["errorType"]


def check_log(redrive):
    log = "\n".join(redrive.lines)
    for pattern in (r"text=START RequestId: [0-9a-f-]{36} Version: \$LATEST", r"text=END RequestId: [0-9a-f-]{36}",
                    r"text=REPORT RequestId: [0-9a-f-]{36}\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
                    r"Max Memory Used: \d+ MB\tInit Duration: [0-9.]+ ms"):
        assert re.search(pattern, log), f"no {pattern} in the log"


def check_status(redrive):
    assert redrive.process.returncode == 0, redrive.process.returncode


def main():
    label, words = sys.argv[1], sys.argv[2:]
    at = words.index("--set") if "--set" in words else len(words)
    settings = [word for setting in words[at + 1:] for word in ("--set", setting)]
    results = tap.Tap(label)
    for word in words[:at]:
        approach, target = word.split("=", 1)
        with tap.Redrive("--clock", "leap", "--function", f"orders=exec:{target}", "--set", "orders.Timeout=30",
                         "--set", f"orders.Environment.APPROACH={approach}", *settings) as redrive:
            world = World(redrive)
            if approach == "broken":
                results.check("a handler that cannot be loaded is an init error", check_broken, world)
                continue
            results.check(f"{approach}: the right ones become dead letters", check_dead_letters, world, approach)
            results.check(f"{approach}: each was received as often as it had to be", check_receives, world, approach)
            results.check(f"{approach}: what the runtime answers to one poison", check_errors, world, approach)
        results.check(f"{approach}: START, END and REPORT are in the log", check_log, redrive)
        results.check(f"{approach}: redrive ends with status 0", check_status, redrive)
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
