#!/usr/bin/env node
// orders -- an SQS batch handler behind HTTP: one POST is one invocation, its body the event, the answer the response.
//
// It reports the orders that it could not process, so that only those come back:
//     {"orderId": 7, "sku": "A-1", "quantity": 2}                         is processed
//     {"orderId": 7, "sku": "A-1", "quantity": 0}, or what is no JSON     never can be: a poison message
//     {"orderId": 7, "quantity": 1, "recoversOnAttempt": 3}               fails on its first two deliveries
// Start it, then: redrive serve --function orders=http://127.0.0.1:PORT/
import { fstatSync } from 'node:fs';
import { createServer } from 'node:http';

function processOrder(record) {
    const order = JSON.parse(record.body);
    if (!(order.quantity > 0)) throw new Error(`order ${order.orderId} has no quantity`);
    const attempt = Number(record.attributes.ApproximateReceiveCount);
    if (attempt < (order.recoversOnAttempt ?? 1))
        throw new Error(`order ${order.orderId}: the stock service is away`);
}

export function handler(event) {
    const batchItemFailures = [];
    for (const record of event.Records) {
        try {
            processOrder(record);
        } catch (error) { // one bad order must not hold up the others
            console.error(`${record.messageId} failed: ${error.message}`);
            batchItemFailures.push({ itemIdentifier: record.messageId });
        }
    }
    return { batchItemFailures };
}

const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.stringify(handler(JSON.parse(Buffer.concat(chunks))));
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});

// Ends with whoever started it.
const input = fstatSync(0);
if (input.isFIFO() || input.isSocket()) process.stdin.on('end', () => process.exit(0)).resume();
