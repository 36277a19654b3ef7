"""Three ways to say which messages of a batch failed, in Python.

throw               one bad order, and the whole batch comes back
delete_then_throw   good orders are deleted one by one, so only bad ones come back
report              only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"]

README.md, one directory up, says how to run them; powertools.py does the same with less code.
"""
import json


def process(record):
    order = json.loads(record["body"])
    if order["quantity"] <= 0:
        raise ValueError(f"order {order['orderId']} has no quantity")
    if int(record["attributes"]["ApproximateReceiveCount"]) < order.get("recoversOnAttempt", 1):
        raise RuntimeError(f"order {order['orderId']}: the stock service is away")


def throw(event, context):
    for record in event["Records"]:
        process(record)


def delete_then_throw(event, context):
    import boto3  # finds this redrive by AWS_ENDPOINT_URL

    sqs = boto3.client("sqs")
    failed = 0
    for record in event["Records"]:
        try:
            process(record)
        except Exception as error:
            print(record["messageId"], "failed:", error)
            failed += 1
        else:
            queue = sqs.get_queue_url(QueueName=record["eventSourceARN"].split(":")[-1])["QueueUrl"]
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=record["receiptHandle"])
    if failed:
        raise RuntimeError(f"{failed} of {len(event['Records'])} orders failed")


def report(event, context):
    failures = []
    for record in event["Records"]:
        try:
            process(record)
        except Exception as error:  # one bad order must not hold up the others
            print(record["messageId"], "failed:", error)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
