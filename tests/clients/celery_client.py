"""Celery on kombu's SQS transport, which sends with boto3 and receives with curl: a worker of its own beside a redrive on the manual clock.

Once kombu makes its queues itself, once they are predefined. Nothing of Celery's own retries is in the queue's hands; what is, is shown
by the task that nobody acknowledges: kombu changes its visibility by a back-off policy, and the redrive policy takes it away.
Usage: celery_client.py LABEL
"""
import base64
import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse

import boto3
import tap

label = sys.argv[1]
PATIENCE = 60  # seconds


class Shop:
    """A redrive, a worker for its queues, and the application as the sender has it."""

    def __init__(self, redrive, folder, predefined=None):
        self.redrive, self.folder = redrive, folder
        key, secret = (urllib.parse.quote(tap.CREDENTIALS[name], safe="") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
        os.environ |= {"BROKER": f"sqs://{key}:{secret}@{redrive.endpoint.removeprefix('http://')}", "RESULTS": "file://" + folder}
        os.environ.pop("PREDEFINED", None)
        if predefined:
            os.environ["PREDEFINED"] = json.dumps(predefined)
        import celery_tasks
        self.tasks = importlib.reload(celery_tasks)
        self.sqs = boto3.client("sqs", endpoint_url=redrive.endpoint, region_name="us-east-1")

    @contextlib.contextmanager
    def worker(self, *queues):
        with open(os.path.join(self.folder, "worker.log"), "w+") as log:
            process = subprocess.Popen([sys.executable, "-m", "celery", "--app", "celery_tasks", "worker", "--pool", "solo", "--queues",
                                        ",".join(queues), "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            try:
                yield
            except Exception as error:
                log.seek(0)
                raise AssertionError(f"{error!r}; worker: {log.read()[-600:]}")
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def points(self, queue, *kinds):
        return [point for point in self.redrive.api(f"trace?queue={queue}&max=1000")["points"] if point["kind"] in kinds]

    def empty(self, queue):
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        return all(attributes["ApproximateNumberOfMessages" + which] == "0" for which in ("", "NotVisible", "Delayed"))


def check_simple_queue(shop):
    """kombu without Celery: put, get, put back, acknowledge."""
    with shop.tasks.app.connection() as connection, contextlib.closing(connection.SimpleQueue("simple")) as queue:
        queue.put({"größe": 1})
        message = queue.get(timeout=PATIENCE)
        assert message.payload == {"größe": 1}
        message.requeue()  # hides it for the length of a long poll
        shop.redrive.api("clock", {"advance": "5s"})
        queue.get(timeout=PATIENCE).ack()
        queue.put("purged")
        queue.clear()
    received = [point["receiveCount"] for point in shop.points("shop-simple", "received")]
    assert received == [1, 2] and shop.empty("shop-simple"), received


def check_dynamic(shop):
    with shop.worker("tasks"):
        assert shop.tasks.add.delay(2, 3).get(timeout=PATIENCE) == 5
        attributes = shop.sqs.get_queue_attributes(QueueUrl="shop-tasks", AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "30", attributes
        results = [shop.tasks.add.delay(i, i) for i in range(12)]
        assert [result.get(timeout=PATIENCE) for result in results] == [2 * i for i in range(12)]
        assert shop.tasks.flaky.delay().get(timeout=PATIENCE) == 2
        failed = shop.tasks.failing.delay()
        assert isinstance(failed.get(timeout=PATIENCE, propagate=False), ValueError) and failed.status == "FAILURE"
        tap.eventually(PATIENCE, lambda: shop.empty("shop-tasks"))
    counts = {point["receiveCount"] for point in shop.points("shop-tasks", "received")}
    assert counts == {1}, counts  # every try of flaky is a message of its own


def check_fifo(shop):
    path = os.path.join(shop.folder, "order")
    for i, word in enumerate("abcdef"):
        shop.tasks.note.apply_async((path, word), queue="orders.fifo", MessageGroupId="one", MessageDeduplicationId=str(i))
    shop.tasks.note.apply_async((path, "f"), queue="orders.fifo", MessageGroupId="one", MessageDeduplicationId="5")
    with shop.worker("orders.fifo"):
        tap.eventually(PATIENCE, lambda: len(shop.points("shop-orders.fifo", "deleted")) == 6)
    with open(path) as file:
        assert file.read() == "abcdef"


def check_predefined(shop):
    from kombu.transport.SQS.exceptions import UndefinedQueueException

    with shop.worker("tasks"):
        assert shop.tasks.add.delay(2, 3).get(timeout=PATIENCE) == 5
        tap.eventually(PATIENCE, lambda: shop.empty("tasks"))
    try:
        shop.tasks.add.apply_async((1, 1), queue="elsewhere", retry=False)
    except UndefinedQueueException:
        pass
    else:
        raise AssertionError("no UndefinedQueueException")


def check_poison(shop):
    """Received at 0, 10 and 30 s, as the back-off policy says; then, after the queue's own 30 s, the redrive policy acts."""
    with shop.worker("poison"):
        shop.tasks.poison.apply_async(queue="poison")
        for count, pause in enumerate((10, 20, 30)):
            tap.eventually(PATIENCE, lambda: len(shop.points("poison", "received")) == count + 1)
            if count < 2:
                tap.eventually(PATIENCE, lambda: len(shop.points("poison", "visibility changed")) == count + 1)
            shop.redrive.api("clock", {"advance": f"{pause}s"})
        tap.eventually(PATIENCE, lambda: shop.points("poison", "dead-lettered"))
    received = shop.points("poison", "received")
    apart = [point["atMs"] - received[0]["atMs"] for point in received + shop.points("poison", "dead-lettered")]
    assert apart == [0, 10000, 30000, 60000], apart
    body = json.loads(base64.b64decode(shop.sqs.receive_message(QueueUrl="poison-dlq")["Messages"][0]["Body"]))
    assert body["headers"]["task"] == "celery_tasks.poison", body


def predefined(redrive):
    """The queues, and how kombu is told of them."""
    sqs = boto3.client("sqs", endpoint_url=redrive.endpoint, region_name="us-east-1")
    sqs.create_queue(QueueName="poison-dlq")
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:poison-dlq", "maxReceiveCount": 3}
    urls = {"tasks": sqs.create_queue(QueueName="tasks")["QueueUrl"],
            "poison": sqs.create_queue(QueueName="poison", Attributes={"RedrivePolicy": json.dumps(policy)})["QueueUrl"]}
    queues = {name: {"url": url, "access_key_id": tap.CREDENTIALS["AWS_ACCESS_KEY_ID"],
                     "secret_access_key": tap.CREDENTIALS["AWS_SECRET_ACCESS_KEY"]} for name, url in urls.items()}
    queues["poison"] |= {"backoff_policy": {1: 10, 2: 20}, "backoff_tasks": ["celery_tasks.poison"]}
    return queues


def main():
    import celery
    import kombu

    results = tap.Tap(label)
    with tempfile.TemporaryDirectory() as folder, tap.Redrive("--clock", "manual", *tap.VERIFY) as redrive:
        shop = Shop(redrive, folder)
        results.check("kombu: put, get, requeue, acknowledge, purge", check_simple_queue, shop)
        results.check("tasks, retries and failures over a queue that kombu made", check_dynamic, shop)
        results.check("tasks of a FIFO group in their order, and no duplicate", check_fifo, shop)
    with tempfile.TemporaryDirectory() as folder, tap.Redrive("--clock", "manual", *tap.VERIFY) as redrive:
        shop = Shop(redrive, folder, predefined(redrive))
        results.check("tasks over a predefined queue, and none over another", check_predefined, shop)
        results.check("poison: back-off by visibility, then the dead-letter queue", check_poison, shop)
    print(f"# {label}: celery {celery.__version__}, kombu {kombu.__version__}, boto3 {boto3.__version__}")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
