// Three ways to say which messages of a batch failed, in JavaScript.
//
// throwing            one bad order, and the whole batch comes back
// deleteThenThrow     good orders are deleted one by one, so only bad ones come back
// report              only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"]
//
// README.md, one directory up, says how to run them; powertools.mjs reports with less code.

export function processOrder(record) {
    const order = JSON.parse(record.body);
    if (!(order.quantity > 0)) throw new Error(`order ${order.orderId} has no quantity`);
    if (Number(record.attributes.ApproximateReceiveCount) < (order.recoversOnAttempt ?? 1))
        throw new Error(`order ${order.orderId}: the stock service is away`);
}

export async function throwing(event) {
    for (const record of event.Records) processOrder(record);
}

export async function deleteThenThrow(event) {
    const { SQSClient, GetQueueUrlCommand, DeleteMessageCommand } = await import('@aws-sdk/client-sqs');
    const sqs = new SQSClient(); // finds this redrive by AWS_ENDPOINT_URL
    let failed = 0;
    for (const record of event.Records) {
        try {
            processOrder(record);
        } catch (error) {
            console.log(record.messageId, 'failed:', error.message);
            failed += 1;
            continue;
        }
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: record.eventSourceARN.split(':').at(-1) }));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: record.receiptHandle }));
    }
    if (failed > 0) throw new Error(`${failed} of ${event.Records.length} orders failed`);
}

export async function report(event) {
    const batchItemFailures = [];
    for (const record of event.Records) {
        try {
            processOrder(record);
        } catch (error) { // one bad order must not hold up the others
            console.log(record.messageId, 'failed:', error.message);
            batchItemFailures.push({ itemIdentifier: record.messageId });
        }
    }
    return { batchItemFailures };
}
