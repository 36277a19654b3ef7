"""What the workers of celery_client.py run. The environment says where the queues are (BROKER), where results go (RESULTS), and with
PREDEFINED which queues there are: kombu then creates none."""
import json
import os

from celery import Celery

app = Celery("celery_tasks", broker=os.environ["BROKER"], backend=os.environ["RESULTS"])
app.conf.broker_transport_options = {"region": "us-east-1", "is_secure": False, "wait_time_seconds": 5, "polling_interval": 0.01,
                                     "visibility_timeout": 30, "queue_name_prefix": "shop-"}
if "PREDEFINED" in os.environ:
    del app.conf.broker_transport_options["queue_name_prefix"]
    app.conf.broker_transport_options["predefined_queues"] = json.loads(os.environ["PREDEFINED"])
    for queue in app.conf.broker_transport_options["predefined_queues"].values():  # JSON has no numbers for keys
        queue["backoff_policy"] = {int(count): seconds for count, seconds in queue.get("backoff_policy", {}).items()}
app.conf.task_default_queue = "tasks"
app.conf.broker_connection_retry_on_startup = False
app.conf.worker_enable_remote_control = False  # needs a broker that fans out
app.conf.worker_prefetch_multiplier = 1


@app.task
def add(x, y):
    return x + y


@app.task
def note(path, word):
    with open(path, "a") as file:
        file.write(word)


@app.task(bind=True, max_retries=2)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return self.request.retries


@app.task
def failing():
    raise ValueError("never")


@app.task(acks_late=True, acks_on_failure_or_timeout=False)
def poison():
    raise ValueError("never, and nobody acknowledges it")
