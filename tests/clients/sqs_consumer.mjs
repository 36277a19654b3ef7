// sqs-consumer, a consumer of messages on the AWS SDK for JavaScript v3, on the manual clock: what it acknowledges, extends and gives back
// is read from the trace.
//
// Usage: sqs_consumer.mjs LABEL ENDPOINT MODULES, MODULES being the directory in which the packages were installed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [label, endpoint, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const { SQSClient, SQS } = require('@aws-sdk/client-sqs');
const { Consumer } = require('sqs-consumer');

const client = new SQSClient({ endpoint, region: 'us-east-1' }); // credentials from the environment
const sqs = new SQS({ endpoint, region: 'us-east-1' });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function admin(path, command) {
    const body = command && { method: 'POST', body: JSON.stringify(command), headers: { 'Content-Type': 'application/json' } };
    const answer = await fetch(`${endpoint}/_redrive/api/${path}`, body);
    assert(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
}
const advance = (duration) => admin('clock', { advance: duration });

// What happened to a message: [kind, seconds after it was sent, receive count], of these kinds only.
const KINDS = ['received', 'visibility changed', 'deleted', 'dead-lettered'];
async function story(id) {
    const { points } = await admin(`trace/${id}`);
    return points.filter((point) => KINDS.includes(point.kind))
        .map((point) => [point.kind, (point.atMs - points[0].atMs) / 1000, ...(point.kind === 'received' ? [point.receiveCount] : [])]);
}

async function eventually(ask, what) {
    for (const end = Date.now() + 20000; ;) {
        const value = await ask();
        if (value) return value;
        assert(Date.now() < end, `it did not happen within 20 s: ${what}`);
        await pause(10);
    }
}
// The story, once it is so long.
async function whole(id, length) {
    let told = [];
    await eventually(async () => { told = await story(id); return told.length >= length; }, `${length} points`)
        .catch((error) => { error.message += `; there is ${JSON.stringify(told)}`; throw error; });
    return told;
}

let queues = 0;
const queue = async (Attributes, suffix = '') => (await sqs.createQueue({ QueueName: `consumed-${++queues}${suffix}`, Attributes })).QueueUrl;
const send = async (QueueUrl, ...bodies) => {
    const Entries = bodies.map((body, i) => ({
        Id: `${i}`, MessageBody: body, ...(QueueUrl.endsWith('.fifo') && { MessageGroupId: body[0], MessageDeduplicationId: body }) }));
    return (await sqs.sendMessageBatch({ QueueUrl, Entries })).Successful.map((entry) => entry.MessageId);
};

// Runs a consumer while the test goes on; its errors are kept.
async function consuming(options, test) {
    const consumer = Consumer.create({ sqs: client, messageSystemAttributeNames: ['All'], waitTimeSeconds: 5, suppressFifoWarning: true, ...options });
    const errors = { error: [], processing_error: [], timeout_error: [] };
    for (const name of Object.keys(errors)) consumer.on(name, (error) => errors[name].push(error));
    consumer.start();
    try {
        await test(errors, consumer);
    } finally {
        const stopped = new Promise((resolve) => consumer.once('stopped', resolve));
        consumer.stop({ abort: true });
        await stopped;
    }
}

const tests = {
    'handleMessage: what it returns is deleted': async () => {
        const url = await queue();
        const seen = [];
        const ids = await send(url, '1', '2', '3');
        await consuming({ queueUrl: url, handleMessage: async (message) => { seen.push(message.Body); return message; } }, async () => {
            for (const id of ids) assert.deepEqual(await whole(id, 2), [['received', 0, 1], ['deleted', 0]]);
        });
        assert.deepEqual(seen.sort(), ['1', '2', '3']);
    },
    'handleMessageBatch: only the part that it returns is acknowledged': async () => {
        const url = await queue({ VisibilityTimeout: '30' });
        const batches = [];
        const handleMessageBatch = async (messages) => {
            batches.push(messages.map((message) => message.Body).sort());
            return messages.filter((message) => message.Body !== 'late' || message.Attributes.ApproximateReceiveCount === '2');
        };
        const ids = await send(url, 'a', 'b', 'late');
        await consuming({ queueUrl: url, batchSize: 10, handleMessageBatch }, async () => {
            for (const id of ids.slice(0, 2)) assert.deepEqual(await whole(id, 2), [['received', 0, 1], ['deleted', 0]]);
            await advance('30s');
            assert.deepEqual(await whole(ids[2], 3), [['received', 0, 1], ['received', 30, 2], ['deleted', 30]]);
        });
        assert.deepEqual(batches, [['a', 'b', 'late'], ['late']]);
    },
    'heartbeatInterval extends the visibility of what takes long': async () => {
        const url = await queue();
        let finish;
        const work = new Promise((resolve) => { finish = resolve; });
        const [id] = await send(url, 'long');
        await consuming({ queueUrl: url, visibilityTimeout: 4, heartbeatInterval: 1, handleMessage: async (message) => { await work; return message; } }, async () => {
            await eventually(async () => (await story(id)).length >= 2, 'a heartbeat');
            await advance('3s');
            const beats = (await story(id)).length;
            await eventually(async () => (await story(id)).length > beats, 'another heartbeat');
            await advance('3s'); // six seconds after the receive: without the heartbeat it had come back
            finish();
            await eventually(async () => (await story(id)).at(-1)[0] === 'deleted', 'the end');
        });
        const told = await story(id);
        assert.deepEqual([told[0], told.at(-1)], [['received', 0, 1], ['deleted', 6]]);
        assert(told.slice(1, -1).every(([kind]) => kind === 'visibility changed'), JSON.stringify(told));
    },
    'poison comes back at once (terminateVisibilityTimeout), then into the dead-letter queue': async () => {
        const dead = await queue(undefined, '-dlq');
        const { QueueArn: deadLetterTargetArn } = (await sqs.getQueueAttributes({ QueueUrl: dead, AttributeNames: ['QueueArn'] })).Attributes;
        const url = await queue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }) });
        const [id] = await send(url, 'poison');
        await consuming({ queueUrl: url, terminateVisibilityTimeout: true, handleMessage: async () => { throw new Error('never'); } }, async (errors) => {
            await whole(id, 4);
            assert.deepEqual(errors.processing_error.map((error) => error.message.includes('never')), [true, true, true]);
        });
        assert.deepEqual(await story(id), [['received', 0, 1], ['received', 0, 2], ['received', 0, 3], ['dead-lettered', 0]]);
        assert.equal((await sqs.receiveMessage({ QueueUrl: dead })).Messages[0].Body, 'poison');
    },
    'poison waits for its visibility timeout, then goes into the dead-letter queue': async () => {
        const dead = await queue(undefined, '-dlq');
        const { QueueArn: deadLetterTargetArn } = (await sqs.getQueueAttributes({ QueueUrl: dead, AttributeNames: ['QueueArn'] })).Attributes;
        const url = await queue({ VisibilityTimeout: '30', RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }) });
        const [id] = await send(url, 'poison');
        await consuming({ queueUrl: url, handleMessage: async () => { throw new Error('never'); } }, async () => {
            await whole(id, 1);
            await advance('30s');
            await whole(id, 2);
            await advance('30s');
            assert.deepEqual(await whole(id, 3), [['received', 0, 1], ['received', 30, 2], ['dead-lettered', 60]]);
        });
    },
    'a FIFO group goes on only when its head is done': async () => {
        const url = await queue({ FifoQueue: 'true', VisibilityTimeout: '30' }, '.fifo');
        const seen = [];
        const handleMessage = async (message) => {
            seen.push(message.Body);
            if (message.Body === 'a1' && message.Attributes.ApproximateReceiveCount === '1') throw new Error('the first time');
            return message;
        };
        const ids = await send(url, 'a1', 'a2', 'b1');
        await consuming({ queueUrl: url, batchSize: 1, handleMessage }, async () => {
            await whole(ids[2], 2);
            assert.deepEqual(seen, ['a1', 'b1']);
            await advance('30s');
            assert.deepEqual(await whole(ids[1], 2), [['received', 30, 1], ['deleted', 30]]);
        });
        assert.deepEqual(seen, ['a1', 'b1', 'a1', 'a2']);
    },
    'a queue that does not exist is an error with the name of its class': async () => {
        await consuming({ queueUrl: `${endpoint}/000000000000/nowhere`, handleMessage: async (message) => message }, async (errors) => {
            const error = await eventually(async () => errors.error[0], 'an error');
            assert.equal(error.name, 'SQSError');
            assert.match(error.message, /QueueDoesNotExist|specified queue does not exist/i);
            assert.equal(error.statusCode ?? error.code, error.statusCode ? 400 : 'QueueDoesNotExist');
        });
    },
};

for (const [name, test] of Object.entries(tests)) {
    try {
        await test();
        console.log(`ok - ${label}: ${name}`);
    } catch (error) {
        console.log(`not ok - ${label}: ${name}\n  # ${error.message.replaceAll('\n', ' ')} ${String(error.stack).match(/sqs_consumer.mjs:\d+/g)?.join(' ')}`);
        process.exitCode = 1;
    }
}
const version = (name) => JSON.parse(readFileSync(join(modules, 'node_modules', name, 'package.json'))).version;
console.log(`# ${label}: sqs-consumer ${version('sqs-consumer')}, client-sqs ${version('@aws-sdk/client-sqs')}, node ${process.versions.node}`);
