// Every SQS operation and the event source mappings through the AWS SDK for JavaScript v3, which checks the digests of bodies
// itself and looks into the header x-amzn-query-error of every error without asking whether it is there (S-10, S-31).
//
// Usage: sdk_v3.mjs LABEL ENDPOINT MODULES, MODULES being the directory in which the packages were installed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [label, endpoint, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const { SQS, ...sqsErrors } = require('@aws-sdk/client-sqs');
const { Lambda, ...lambdaErrors } = require('@aws-sdk/client-lambda');

const options = { endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' } };
const sqs = new SQS(options);
const lambda = new Lambda(options);

const md5 = (text) => createHash('md5').update(text).digest('hex');
let queues = 0;
const queue = async (suffix = '', Attributes = undefined) =>
    (await sqs.createQueue({ QueueName: `queue-${++queues}${suffix}`, Attributes })).QueueUrl;
const attributes = async (QueueUrl) => (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes;
const receive = async (QueueUrl, more = {}) =>
    (await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'], ...more })).Messages ?? [];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function eventually(ask) {
    for (const end = Date.now() + 5000; ;) {
        const value = await ask();
        if (value) return value;
        assert(Date.now() < end, 'it did not happen within 5 s');
        await pause(10);
    }
}

// The call must fail with an instance of this class (not only of this name).
async function refused(call, Class, name = Class.name) {
    const error = await call.then(() => assert.fail(`no ${name}`), (error) => error);
    assert(error instanceof Class && error.name === name, `${error.name}: ${error.message}`);
    return error;
}

const tests = {
    'CreateQueue, again with the same and with other attributes': async () => {
        const first = await sqs.createQueue({ QueueName: 'twice', Attributes: { VisibilityTimeout: '40' } });
        assert.equal(first.QueueUrl, `${endpoint}/000000000000/twice`);
        assert.equal((await sqs.createQueue({ QueueName: 'twice', Attributes: { VisibilityTimeout: '40' } })).QueueUrl, first.QueueUrl);
        await refused(sqs.createQueue({ QueueName: 'twice', Attributes: { VisibilityTimeout: '41' } }), sqsErrors.QueueNameExists);
    },
    'GetQueueUrl, and QueueDoesNotExist by class': async () => {
        const url = await queue();
        assert.equal((await sqs.getQueueUrl({ QueueName: url.split('/').pop() })).QueueUrl, url);
        const error = await refused(sqs.getQueueUrl({ QueueName: 'nowhere' }), sqsErrors.QueueDoesNotExist);
        assert.equal(error.$metadata.httpStatusCode, 400);
        assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    },
    'ListQueues by prefix and page by page': async () => {
        for (let i = 0; i < 3; i++) await sqs.createQueue({ QueueName: `listed-${i}` });
        const first = await sqs.listQueues({ QueueNamePrefix: 'listed-', MaxResults: 2 });
        const rest = await sqs.listQueues({ QueueNamePrefix: 'listed-', MaxResults: 2, NextToken: first.NextToken });
        assert.deepEqual([first.QueueUrls.length, rest.QueueUrls.length, rest.NextToken], [2, 1, undefined]);
        assert.equal((await sqs.listQueues({ QueueNamePrefix: 'no-such-' })).QueueUrls, undefined);
    },
    'GetQueueAttributes and SetQueueAttributes': async () => {
        const url = await queue();
        assert.equal((await attributes(url)).VisibilityTimeout, '30');
        await sqs.setQueueAttributes({ QueueUrl: url, Attributes: { VisibilityTimeout: '7' } });
        assert.equal((await attributes(url)).VisibilityTimeout, '7');
        await refused(sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['Nonsense'] }), sqsErrors.InvalidAttributeName);
    },
    'DeleteQueue and PurgeQueue': async () => {
        const url = await queue();
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'x' });
        await sqs.purgeQueue({ QueueUrl: url });
        assert.equal((await attributes(url)).ApproximateNumberOfMessages, '0');
        await sqs.deleteQueue({ QueueUrl: url });
        await refused(sqs.sendMessage({ QueueUrl: url, MessageBody: 'x' }), sqsErrors.QueueDoesNotExist);
    },
    'SendMessage and ReceiveMessage with message attributes': async () => {
        const url = await queue();
        const body = 'größer ≤ 1 € 𝄞 \u2028 "quoted" \\ <tag> & tab\t, cr\r, lf\n';
        const blob = Uint8Array.from({ length: 256 }, (_, i) => i);
        const sent = await sqs.sendMessage({
            QueueUrl: url, MessageBody: body, MessageAttributes: {
                kind: { DataType: 'String', StringValue: 'größer' }, count: { DataType: 'Number', StringValue: '12' },
                blob: { DataType: 'Binary', BinaryValue: blob } } });
        assert.equal(sent.MD5OfMessageBody, md5(body));
        const [message] = await receive(url);
        assert.equal(message.Body, body);
        assert.equal(message.MessageId, sent.MessageId);
        assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
        assert.equal(message.MessageAttributes.kind.StringValue, 'größer');
        assert.deepEqual(Buffer.from(message.MessageAttributes.blob.BinaryValue), Buffer.from(blob));
        assert.equal(message.Attributes.ApproximateReceiveCount, '1');
        await refused(sqs.sendMessage({ QueueUrl: url, MessageBody: 'bell \x07' }), sqsErrors.InvalidMessageContents);
    },
    'SendMessageBatch of ten, and its faults': async () => {
        const url = await queue();
        const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `id-${i}`, MessageBody: `body ${i}` }));
        const answer = await sqs.sendMessageBatch({ QueueUrl: url, Entries });
        assert.deepEqual(answer.Successful.map((entry) => entry.Id), Entries.map((entry) => entry.Id));
        assert.equal((await receive(url)).length, 10);
        await refused(sqs.sendMessageBatch({ QueueUrl: url, Entries: [...Entries, { Id: 'x', MessageBody: 'x' }] }), sqsErrors.TooManyEntriesInBatchRequest);
        await refused(sqs.sendMessageBatch({ QueueUrl: url, Entries: [Entries[0], Entries[0]] }), sqsErrors.BatchEntryIdsNotDistinct);
        await refused(sqs.sendMessageBatch({ QueueUrl: url, Entries: [] }), sqsErrors.EmptyBatchRequest);
        const mixed = await sqs.sendMessageBatch({ QueueUrl: url, Entries: [Entries[0], { Id: 'bad', MessageBody: '\x07' }] });
        assert.deepEqual([mixed.Successful[0].Id, mixed.Failed[0].Id, mixed.Failed[0].Code, mixed.Failed[0].SenderFault], ['id-0', 'bad', 'InvalidMessageContents', true]);
    },
    'DeleteMessage and ReceiptHandleIsInvalid by class': async () => {
        const url = await queue();
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'x' });
        const [{ ReceiptHandle }] = await receive(url);
        await sqs.deleteMessage({ QueueUrl: url, ReceiptHandle });
        await sqs.deleteMessage({ QueueUrl: url, ReceiptHandle });
        const error = await refused(sqs.deleteMessage({ QueueUrl: url, ReceiptHandle: 'rubbish' }), sqsErrors.ReceiptHandleIsInvalid);
        assert.equal(error.$metadata.httpStatusCode, 404);
    },
    'DeleteMessageBatch with one bad handle': async () => {
        const url = await queue();
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'x' });
        const [{ ReceiptHandle }] = await receive(url);
        const answer = await sqs.deleteMessageBatch({ QueueUrl: url, Entries: [{ Id: 'a', ReceiptHandle }, { Id: 'b', ReceiptHandle: 'rubbish' }] });
        assert.deepEqual([answer.Successful[0].Id, answer.Failed[0].Id, answer.Failed[0].Code], ['a', 'b', 'ReceiptHandleIsInvalid']);
    },
    'ChangeMessageVisibility and ChangeMessageVisibilityBatch': async () => {
        const url = await queue();
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'x' });
        const [first] = await receive(url);
        await sqs.changeMessageVisibility({ QueueUrl: url, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 });
        const [second] = await receive(url);
        assert.equal(second.Attributes.ApproximateReceiveCount, '2');
        const answer = await sqs.changeMessageVisibilityBatch({ QueueUrl: url, Entries: [{ Id: 'a', ReceiptHandle: second.ReceiptHandle, VisibilityTimeout: 0 }, { Id: 'b', ReceiptHandle: 'rubbish', VisibilityTimeout: 0 }] });
        assert.deepEqual([answer.Successful[0].Id, answer.Failed[0].Id], ['a', 'b']);
        assert.equal((await receive(url)).length, 1);
    },
    'ReceiveMessage waits for a message, and for a second in vain': async () => {
        const url = await queue();
        const began = Date.now();
        assert.deepEqual(await receive(url, { WaitTimeSeconds: 1 }), []);
        assert(Date.now() - began > 900);
        const parked = receive(url, { WaitTimeSeconds: 10 });
        await pause(100);
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'late' });
        assert.equal((await parked)[0].Body, 'late');
    },
    'RedrivePolicy, and ListDeadLetterSourceQueues': async () => {
        const dead = await queue('-dlq');
        const deadLetterTargetArn = (await attributes(dead)).QueueArn;
        assert.deepEqual((await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).queueUrls ?? [], []);
        const url = await queue('', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) });
        assert.deepEqual((await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).queueUrls, [url]);
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'poison' });
        assert.equal((await receive(url, { VisibilityTimeout: 0 })).length, 1);
        assert.deepEqual(await receive(url), []);
        const [message] = await receive(dead, { WaitTimeSeconds: 2 });
        assert.equal(message.Attributes.ApproximateReceiveCount, '2');
        assert.equal(message.Attributes.DeadLetterQueueSourceArn, (await attributes(url)).QueueArn);
    },
    'Start-, List- and CancelMessageMoveTask': async () => {
        const dead = await queue('-dlq');
        const SourceArn = (await attributes(dead)).QueueArn;
        const url = await queue('', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 }) });
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'poison' });
        assert.equal((await receive(url, { VisibilityTimeout: 0 })).length, 1);
        assert.deepEqual(await receive(url), []);
        const newest = async () => (await sqs.listMessageMoveTasks({ SourceArn })).Results[0];
        const { TaskHandle } = await sqs.startMessageMoveTask({ SourceArn, MaxNumberOfMessagesPerSecond: 1 });
        assert.equal((await newest()).TaskHandle, TaskHandle);
        assert.equal((await sqs.cancelMessageMoveTask({ TaskHandle })).ApproximateNumberOfMessagesMoved, 0);
        await eventually(async () => (await newest()).Status === 'CANCELLED');
        await sqs.startMessageMoveTask({ SourceArn });
        await eventually(async () => (await newest()).Status === 'COMPLETED');
        assert.equal((await receive(url))[0].Attributes.ApproximateReceiveCount, '1');
        const error = await refused(sqs.cancelMessageMoveTask({ TaskHandle: 'rubbish' }), sqsErrors.SQSServiceException, 'InvalidParameterValue');
        assert.equal(error.message, 'Value for parameter TaskHandle is invalid.');
    },
    'TagQueue, UntagQueue, ListQueueTags, AddPermission, RemovePermission': async () => {
        const url = (await sqs.createQueue({ QueueName: 'tagged', tags: { team: 'shop' } })).QueueUrl;
        await sqs.tagQueue({ QueueUrl: url, Tags: { cost: '42' } });
        assert.deepEqual((await sqs.listQueueTags({ QueueUrl: url })).Tags, { cost: '42', team: 'shop' });
        await sqs.untagQueue({ QueueUrl: url, TagKeys: ['team', 'cost'] });
        assert.deepEqual((await sqs.listQueueTags({ QueueUrl: url })).Tags ?? {}, {});
        await sqs.addPermission({ QueueUrl: url, Label: 'send', AWSAccountIds: ['111122223333'], Actions: ['SendMessage'] });
        assert.equal(JSON.parse((await attributes(url)).Policy).Statement[0].Action, 'SQS:SendMessage');
        await sqs.removePermission({ QueueUrl: url, Label: 'send' });
        assert.equal((await attributes(url)).Policy, undefined);
    },
    'Create, Get, List, Update and DeleteEventSourceMapping': async () => {
        const url = await queue();
        const EventSourceArn = (await attributes(url)).QueueArn;
        const { UUID, State } = await lambda.createEventSourceMapping({ FunctionName: 'sink', EventSourceArn, BatchSize: 5 });
        assert.equal(State, 'Creating');
        const enabled = await eventually(async () => { const m = await lambda.getEventSourceMapping({ UUID }); return m.State === 'Enabled' && m; });
        assert(enabled.LastModified instanceof Date && Math.abs(enabled.LastModified - Date.now()) < 60000);
        assert.deepEqual((await lambda.listEventSourceMappings({ EventSourceArn })).EventSourceMappings.map((m) => m.UUID), [UUID]);
        await refused(lambda.createEventSourceMapping({ FunctionName: 'sink', EventSourceArn }), lambdaErrors.ResourceConflictException);
        await refused(lambda.createEventSourceMapping({ FunctionName: 'nobody', EventSourceArn }), lambdaErrors.InvalidParameterValueException);
        await sqs.sendMessage({ QueueUrl: url, MessageBody: 'x' });
        await eventually(async () => { const a = await attributes(url); return a.ApproximateNumberOfMessages === '0' && a.ApproximateNumberOfMessagesNotVisible === '0'; });
        await lambda.updateEventSourceMapping({ UUID, BatchSize: 2 });
        assert.equal((await lambda.getEventSourceMapping({ UUID })).BatchSize, 2);
        assert.equal((await lambda.deleteEventSourceMapping({ UUID })).State, 'Deleting');
        await eventually(() => lambda.getEventSourceMapping({ UUID }).then(() => false, (error) => error instanceof lambdaErrors.ResourceNotFoundException));
    },
};

for (const [name, test] of Object.entries(tests)) {
    try {
        await test();
        console.log(`ok - ${label}: ${name}`);
    } catch (error) {
        console.log(`not ok - ${label}: ${name}\n  # ${String(error.stack).split('\n').filter((line) => /^\w*Error|sdk_v3/.test(line)).join(' ') || error}`);
        process.exitCode = 1;
    }
}
const version = (name) => require(`@aws-sdk/${name}/package.json`).version;
console.log(`# ${label}: client-sqs ${version('client-sqs')}, client-lambda ${version('client-lambda')}, node ${process.versions.node}`);
