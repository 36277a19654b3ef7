// The batch processors of Powertools for AWS Lambda, in JavaScript. All need FunctionResponseTypes ["ReportBatchItemFailures"].
//
// standard       reports what failed
// fifo           stops at the first failure, and reports it and all that stand behind it, of every group
// fifoGroups     stops the group in which something failed; the other groups go on
import {
    BatchProcessor, EventType, processPartialResponse, processPartialResponseSync, SqsFifoPartialProcessor,
} from '@aws-lambda-powertools/batch';
import { processOrder } from './app.mjs';

const batches = new BatchProcessor(EventType.SQS);
const groups = new SqsFifoPartialProcessor();

// When everything failed, Powertools throws by default. For the messages that comes to the same; without it the function has no Error.
const quiet = { throwOnFullBatchFailure: false };

export const standard = async (event, context) =>
    processPartialResponse(event, async record => processOrder(record), batches, { context, ...quiet });

export const fifo = async (event, context) =>
    processPartialResponseSync(event, processOrder, groups, { context, ...quiet });

export const fifoGroups = async (event, context) =>
    processPartialResponseSync(event, processOrder, groups, { context, skipGroupOnError: true, ...quiet });
