import json


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            place(json.loads(record["body"]))
        except Exception as error:
            print(record["messageId"], error)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def place(order):
    if order["quantity"] <= 0:
        raise ValueError("an order needs a quantity")
