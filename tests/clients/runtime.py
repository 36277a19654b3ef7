"""Real handlers behind real runtimes, as exec: targets, on the manual clock: four orders in one batch, of which two are good, one is good at
its second delivery and one never. The visibility timeout is 30 s, and after three receives comes the dead-letter queue. What becomes of
every order depends on how the handler says what failed, and is read from the trace and from the queues:

    throw        everything comes back every time: all four are dead letters after 90 s
    delete       the handler deletes what it processed, through an SDK, and throws
    report       what was not reported is deleted
    charge       it throws, so everything comes back; but by Powertools' idempotency no order is charged twice
    fifo         two groups; Powertools' processor reports the first failure and all that is behind it, of every group
    fifo-groups  the same, but only the failure's own group stops
    broken       the handler cannot be loaded: said at once and in the runtime's words (L-232)

Then `redrive check` judges the same handler: who reports keeps the contract, who throws breaks it.

Usage: runtime.py NAME APPROACH[@WHOSE]=TARGET... [--set SETTING...]; a TARGET is what stands behind exec:. Needs no package.
"""
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

import tap

ATTEMPTS = 3
POISON = "poison"
STANDARD = {"good": {"orderId": 1, "quantity": 1}, "fine": {"orderId": 2, "quantity": 1},
            "late": {"orderId": 3, "quantity": 1, "recoversOnAttempt": 2}, POISON: {"orderId": 4, "quantity": 0}}
# In the order of sending; the letter is the group.
FIFO = {"a1": {"orderId": 1, "quantity": 1}, "a2": {"orderId": 2, "quantity": 0}, "a3": {"orderId": 3, "quantity": 1},
        "b1": {"orderId": 4, "quantity": 1}, "b2": {"orderId": 5, "quantity": 1, "recoversOnAttempt": 2}}

# An order's story: the seconds at which it was received, how it ended, and when.
DEAD = ([0, 30, 60], "dead-lettered", 90)
ONCE = ([0], "deleted", 0)
TWICE = ([0, 30], "deleted", 30)
FAIR = {"good": ONCE, "fine": ONCE, "late": TWICE, POISON: DEAD}
STORIES = {
    "throw": dict.fromkeys(STANDARD, DEAD),
    "charge": dict.fromkeys(STANDARD, DEAD),
    "delete": FAIR,
    "report": FAIR,
    # Innocent orders behind the failure use up their receives and share its fate.
    "fifo": {"a1": ONCE, "a2": DEAD, "a3": DEAD, "b1": DEAD, "b2": DEAD},
    "fifo-groups": {"a1": ONCE, "a2": DEAD, "a3": DEAD, "b1": ONCE, "b2": TWICE},
}
REPORTS = ("report", "fifo", "fifo-groups")


def is_fifo(approach):
    return approach.startswith("fifo")


class World:
    def __init__(self, redrive, approach):
        self.redrive = redrive
        self.approach = approach
        self.fifo = is_fifo(approach)
        self.orders = FIFO if self.fifo else STANDARD
        self.queue, self.dead = ("orders.fifo", "dead.fifo") if self.fifo else ("orders", "dead")
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
        return tuple(int(attributes["ApproximateNumberOfMessages" + which]) for which in ("", "NotVisible", "Delayed"))

    def build(self):
        kind = {"FifoQueue": "true"} if self.fifo else {}
        arn = "arn:aws:sqs:us-east-1:000000000000:"
        self.sqs("CreateQueue", QueueName=self.dead, Attributes=kind)
        self.sqs("CreateQueue", QueueName=self.queue, Attributes=kind | {
            "VisibilityTimeout": "30", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn + self.dead, "maxReceiveCount": ATTEMPTS})})
        mapping = {"FunctionName": "orders", "EventSourceArn": arn + self.queue, "BatchSize": 10,
                   "FunctionResponseTypes": ["ReportBatchItemFailures"] if self.approach in REPORTS else []}
        self.post("/2015-03-31/event-source-mappings/", mapping, {"Content-Type": "application/json"})

    def send(self):
        entries = [{"Id": name, "MessageBody": json.dumps(order, separators=(",", ":"))} for name, order in self.orders.items()]
        for entry in entries if self.fifo else []:
            entry |= {"MessageGroupId": entry["Id"][0], "MessageDeduplicationId": entry["Id"]}
        sent = self.sqs("SendMessageBatch", QueueUrl=self.queue, Entries=entries)
        self.ids = {entry["Id"]: entry["MessageId"] for entry in sent["Successful"]}

    def story(self, name):
        """From the trace: the seconds of the receives and the counts that they gave, the end, its second, and who brought it about."""
        points = self.redrive.api(f"trace/{self.ids[name]}")["points"]
        began = next(point["atMs"] for point in points if point["kind"] == "sent")
        seconds = [((point["atMs"] - began) / 1000, point) for point in points if point["queue"] == self.queue]
        received = [(at, point["receiveCount"]) for at, point in seconds if point["kind"] == "received"]
        ends = [(point["kind"], at, point.get("actor")) for at, point in seconds if point["kind"] in ("deleted", "dead-lettered")]
        assert len(ends) == 1, f"{name} ended {len(ends)} times"
        return received, *ends[0]


def log_of(redrive):
    """What the log holds for people when a test fails."""
    return " / ".join(redrive.lines[-12:])


def check_end(world):
    try:
        world.build()
        world.send()
        began = time.monotonic()
        done = world.redrive.api("clock", {"run": "idle"})
        note = f"{(time.monotonic() - began) * 1000:.0f} ms of real time"
        assert done["stopped"] == "arrived", done
        dead = [name for name, story in STORIES[world.approach].items() if story[1] == "dead-lettered"]
        assert world.counts(world.queue) == (0, 0, 0) and world.counts(world.dead) == (len(dead), 0, 0)
        letters = world.sqs("ReceiveMessage", QueueUrl=world.dead, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
        by_id = {letter["MessageId"]: letter["Attributes"]["ApproximateReceiveCount"] for letter in letters}
        assert by_id == {world.ids[name]: str(ATTEMPTS + 1) for name in dead}, by_id
    except (AssertionError, KeyError) as error:
        raise AssertionError(f"{error!r}; log: {log_of(world.redrive)}")
    return note


def check_stories(world):
    for name, (seconds, end, end_at) in STORIES[world.approach].items():
        received, kind, at, actor = world.story(name)
        assert received == [(second, count + 1) for count, second in enumerate(seconds)], f"{name}: {received}"
        # What a mapping deletes it deletes when the function has ended, one virtual millisecond after its begin.
        took = 0.001 if end == "deleted" and world.approach != "delete" else 0
        assert (kind, at) == (end, end_at + took), f"{name}: {kind} at {at} s"
        if end == "deleted":
            assert (actor == "client") == (world.approach == "delete"), f"{name}: deleted by {actor}"


def check_charges(world):
    charges = [int(number) for line in world.redrive.lines for number in re.findall(r"charged order (\d+)", line)]
    expected = sorted(order["orderId"] for name, order in STANDARD.items() if name != POISON)
    assert sorted(charges) == expected, f"charged {charges}, not {expected}; log: {log_of(world.redrive)}"


def check_errors(world):
    """How the runtime itself words it: an error keeps its bytes, a response too (L-86, L-215)."""
    record = {"messageId": "m-1", "body": json.dumps(STANDARD[POISON], separators=(",", ":")), "receiptHandle": "r", "messageAttributes": {},
              "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "a"}, "md5OfBody": "", "eventSource": "aws:sqs",
              "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:orders", "awsRegion": "us-east-1"}
    payload, error = world.invoke({"Records": [record]})
    # When everything failed, Powertools for Python throws on FIFO, and the others report.
    if world.approach == "report" or world.fifo and error is None:
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


def check_contract(approach, target, settings):
    """redrive check: who reports (or deletes what succeeded) passes every rule; who throws brings good orders back."""
    variables = [f'"{setting.removeprefix("orders.Environment.")}"' for setting in settings if setting.startswith("orders.Environment.")]
    words = ["--good", '{"orderId":{n},"quantity":1}', "--bad", '{"orderId":{n},"quantity":0}', "--timeout", "30s", "--json"]
    binary = os.environ.get("REDRIVE", "build/redrive")
    done = subprocess.run([binary, "check", *(["--fifo"] if is_fifo(approach) else []), *words, "--",
                           " ".join(["exec:env", *variables, target])],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode in (0, 1), done.stderr.strip()
    broken = {rule["id"] for rule in json.loads(done.stdout)["rules"] if rule["evidence"]}
    expected = {"no-exception"} if approach in ("throw", "charge") else set()
    assert broken == expected and done.returncode == (1 if expected else 0), (sorted(broken), done.stdout[:600])
    return f"breaks {', '.join(expected)}, as it must" if expected else None


def run(results, way, target, settings):
    approach = way.split("@")[0]
    options = [word for setting in settings for word in ("--set", setting)]
    with tap.Redrive("--clock", "manual", "--function", f"orders=exec:{target}", "--set", "orders.Timeout=30", *options) as redrive:
        world = World(redrive, approach)
        if approach == "broken":
            results.check("a handler that cannot be loaded is an init error", check_broken, world)
            return
        results.check(f"{way}: after 90 s each order is deleted or a dead letter", check_end, world)
        results.check(f"{way}: every order's receives, counts and end, to the millisecond", check_stories, world)
        if approach == "charge":
            results.check(f"{way}: no order was charged twice", check_charges, world)
        results.check(f"{way}: what the runtime answers to one poison", check_errors, world)
    results.check(f"{way}: START, END and REPORT are in the log", check_log, redrive)
    results.check(f"{way}: redrive ends with status 0", check_status, redrive)
    results.check(f"{way}: redrive check", check_contract, approach, target, settings)


def main():
    label, words = sys.argv[1], sys.argv[2:]
    at = words.index("--set") if "--set" in words else len(words)
    results = tap.Tap(label)
    for word in words[:at]:
        way, target = word.split("=", 1)
        run(results, way, target, words[at + 1:])
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
