"""The batch processors of Powertools for AWS Lambda, and its idempotency with a store that is a file.

standard       reports what failed
fifo           stops at the first failure, and reports it and all that stand behind it, of every group
fifo_groups    stops the group in which something failed; the other groups go on
charge         throws if something failed, so everything comes back; what was charged once is not charged again

All but charge need FunctionResponseTypes ["ReportBatchItemFailures"]. When everything failed, Powertools throws by default, which comes
to the same for the messages; raise_on_entire_batch_failure=False keeps such a batch out of the function's Errors (the FIFO processor
does not take it).
"""
import json

from app import process
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from sqlite_store import SqliteStore

STANDARD = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
FIFO = SqsFifoPartialProcessor()
FIFO_GROUPS = SqsFifoPartialProcessor(skip_group_on_error=True)
ONCE = IdempotencyConfig(event_key_jmespath="messageId")


def order(record):  # a SQSRecord of Powertools; process() knows the plain one
    process(record.raw_event)


def standard(event, context):
    return process_partial_response(event, order, STANDARD, context)


def fifo(event, context):
    return process_partial_response(event, order, FIFO, context)


def fifo_groups(event, context):
    return process_partial_response(event, order, FIFO_GROUPS, context)


@idempotent_function(data_keyword_argument="record", config=ONCE, persistence_store=SqliteStore())
def charge_once(record):
    process(record)
    print("charged order", json.loads(record["body"])["orderId"])
    return {"charged": True}


def charge(event, context):
    ONCE.register_lambda_context(context)  # how long an unfinished charge keeps others from trying
    failed = 0
    for record in event["Records"]:
        try:
            charge_once(record=record)
        except Exception as error:
            print(record["messageId"], "failed:", error)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} of {len(event['Records'])} orders failed")
