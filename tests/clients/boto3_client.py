"""Every SQS operation and the event source mappings through boto3, of whichever generation imports.

Usage: boto3_client.py LABEL. The same tests run in JSON (current) and Query (before 1.28.82) generations: what a program
sees must not depend on the protocol, except for one code in a JSON error (S-10).
"""
import hashlib
import json
import struct
import sys
import threading
import time

import boto3
import botocore
import tap
from botocore.config import Config
from botocore.exceptions import ClientError

ARN = "arn:aws:sqs:us-east-1:000000000000:"
UNICODE = "größer ≤ 1 € 𝄞 \u2028\u2029 \"quoted\" \\ <tag a='1'> & tab\t, cr\r, crlf\r\n, lf\n end \ud7ff\ue000\ufffd"


def md5(text):
    return hashlib.md5(text if isinstance(text, bytes) else text.encode()).hexdigest()


def md5_of_attributes(attributes):
    """The digest of message attributes: names sorted, every field with its length before it."""
    digest = hashlib.md5()
    for name in sorted(attributes):
        value = attributes[name]
        for field in (name, value["DataType"]):
            digest.update(struct.pack(">I", len(field.encode())) + field.encode())
        binary = "BinaryValue" in value
        content = value["BinaryValue"] if binary else value["StringValue"].encode()
        digest.update((b"\x02" if binary else b"\x01") + struct.pack(">I", len(content)) + content)
    return digest.hexdigest()


class Tests:
    def __init__(self, endpoint):
        options = dict(endpoint_url=endpoint, region_name="us-east-1",
                       config=Config(retries={"max_attempts": 0}, proxies={}, parameter_validation=False))
        self.sqs = boto3.client("sqs", **options)
        self.lambda_ = boto3.client("lambda", **options)
        self.endpoint = endpoint
        self.queues = 0

    def queue(self, suffix="", **attributes):
        self.queues += 1
        name = f"queue-{self.queues}{suffix}"
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def attributes(self, url, *names):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"])["Attributes"]

    def receive(self, url, **arguments):
        arguments = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10, **arguments}
        return self.sqs.receive_message(QueueUrl=url, **arguments).get("Messages", [])

    # ---- queues ----

    def test_create_queue(self):
        """CreateQueue, again with the same and with other attributes"""
        sqs = self.sqs
        first = sqs.create_queue(QueueName="twice", Attributes={"VisibilityTimeout": "40"})["QueueUrl"]
        assert first == sqs.create_queue(QueueName="twice", Attributes={"VisibilityTimeout": "40"})["QueueUrl"]
        assert first == f"{self.endpoint}/000000000000/twice", first
        tap.raises(sqs.exceptions.QueueNameExists, "QueueAlreadyExists", sqs.create_queue, QueueName="twice",
                   Attributes={"VisibilityTimeout": "41"})
        tap.raises(ClientError, "InvalidParameterValue", sqs.create_queue, QueueName="a name")
        tap.raises(ClientError, "InvalidAttributeValue", sqs.create_queue, QueueName="name",
                   Attributes={"VisibilityTimeout": "43201"})

    def test_get_queue_url(self):
        """GetQueueUrl, and QueueDoesNotExist by name"""
        url = self.queue()
        assert self.sqs.get_queue_url(QueueName=url.rsplit("/", 1)[1])["QueueUrl"] == url
        error = tap.raises(self.sqs.exceptions.QueueDoesNotExist, "AWS.SimpleQueueService.NonExistentQueue",
                           self.sqs.get_queue_url, QueueName="nowhere")
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_list_queues(self):
        """ListQueues by prefix, and page by page"""
        urls = [self.sqs.create_queue(QueueName=f"listed-{i}")["QueueUrl"] for i in range(5)]
        assert self.sqs.list_queues(QueueNamePrefix="listed-")["QueueUrls"] == urls
        assert "QueueUrls" not in self.sqs.list_queues(QueueNamePrefix="no-such-")
        pages = list(self.sqs.get_paginator("list_queues").paginate(
            QueueNamePrefix="listed-", PaginationConfig={"PageSize": 2}))
        assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1], pages
        assert [url for page in pages for url in page["QueueUrls"]] == urls

    def test_get_queue_attributes(self):
        """GetQueueAttributes: All, some, and the defaults"""
        url = self.queue()
        every = self.attributes(url)
        expected = {"VisibilityTimeout": "30", "DelaySeconds": "0", "MessageRetentionPeriod": "345600",
                    "MaximumMessageSize": "1048576", "ReceiveMessageWaitTimeSeconds": "0",
                    "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0",
                    "ApproximateNumberOfMessagesDelayed": "0", "QueueArn": ARN + url.rsplit("/", 1)[1]}
        for name, value in expected.items():
            assert every.get(name) == value, (name, every.get(name))
        assert self.attributes(url, "QueueArn") == {"QueueArn": expected["QueueArn"]}
        tap.raises(self.sqs.exceptions.InvalidAttributeName, "InvalidAttributeName",
                   self.sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Nonsense"])

    def test_set_queue_attributes(self):
        """SetQueueAttributes"""
        url = self.queue()
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7", "DelaySeconds": "3"})
        assert self.attributes(url, "VisibilityTimeout", "DelaySeconds") == {"VisibilityTimeout": "7", "DelaySeconds": "3"}
        tap.raises(ClientError, "InvalidAttributeValue", self.sqs.set_queue_attributes, QueueUrl=url,
                   Attributes={"DelaySeconds": "901"})
        tap.raises(ClientError, "InvalidParameterValue", self.sqs.set_queue_attributes, QueueUrl=url,
                   Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN + "nowhere", "maxReceiveCount": 0})})

    def test_delete_queue(self):
        """DeleteQueue"""
        url = self.queue()
        self.sqs.delete_queue(QueueUrl=url)
        tap.raises(self.sqs.exceptions.QueueDoesNotExist, None, self.sqs.send_message, QueueUrl=url, MessageBody="x")

    def test_purge_queue(self):
        """PurgeQueue"""
        url = self.queue()
        for body in "abc":
            self.sqs.send_message(QueueUrl=url, MessageBody=body)
        self.receive(url, MaxNumberOfMessages=1)
        self.sqs.purge_queue(QueueUrl=url)
        counts = self.attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        assert set(counts.values()) == {"0"}, counts

    # ---- messages ----

    def test_send_and_receive(self):
        """SendMessage and ReceiveMessage, with every system attribute"""
        url = self.queue()
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="hello")
        assert sent["MD5OfMessageBody"] == md5("hello")
        message, = self.receive(url)
        assert (message["MessageId"], message["Body"], message["MD5OfBody"]) == (sent["MessageId"], "hello", md5("hello"))
        attributes = message["Attributes"]
        assert attributes["ApproximateReceiveCount"] == "1"
        assert attributes["SenderId"].startswith("AIDA") and len(attributes["SenderId"]) == 21, attributes["SenderId"]
        assert abs(int(attributes["SentTimestamp"]) - time.time() * 1000) < 60000
        assert int(attributes["ApproximateFirstReceiveTimestamp"]) >= int(attributes["SentTimestamp"])
        assert self.receive(url) == [], "an invisible message was handed out"
        counts = self.attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        assert counts == {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "1"}, counts

    def test_unicode(self):
        """SendMessage with a body of awkward characters"""
        url = self.queue()
        sent = self.sqs.send_message(QueueUrl=url, MessageBody=UNICODE)
        assert sent["MD5OfMessageBody"] == md5(UNICODE)
        message, = self.receive(url)
        assert message["Body"] == UNICODE, repr(message["Body"])
        tap.raises(self.sqs.exceptions.InvalidMessageContents, None, self.sqs.send_message, QueueUrl=url,
                   MessageBody="bell \x07")
        tap.raises(ClientError, "MissingParameter", self.sqs.send_message, QueueUrl=url, MessageBody="")

    def test_large(self):
        """SendMessage with a body of exactly 1 MiB, and one byte more"""
        url = self.queue()
        body = "é" * 524288
        assert self.sqs.send_message(QueueUrl=url, MessageBody=body)["MD5OfMessageBody"] == md5(body)
        message, = self.receive(url)
        assert message["Body"] == body
        tap.raises(ClientError, "InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody=body + "x")

    def test_message_attributes(self):
        """SendMessage with message attributes, binary among them, and their digest"""
        url = self.queue()
        attributes = {"kind": {"DataType": "String", "StringValue": "größer"},
                      "count": {"DataType": "Number", "StringValue": "0012.50"},
                      "blob": {"DataType": "Binary", "BinaryValue": bytes(range(256))},
                      "Custom": {"DataType": "String.label", "StringValue": "a & b < c"}}
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
        assert sent["MD5OfMessageAttributes"] == md5_of_attributes(attributes)
        message, = self.receive(url, VisibilityTimeout=0)
        assert message["MessageAttributes"] == attributes, message["MessageAttributes"]
        assert message["MD5OfMessageAttributes"] == md5_of_attributes(attributes)
        message, = self.receive(url, MessageAttributeNames=["bl.*"])
        assert set(message["MessageAttributes"]) == {"blob"}, message["MessageAttributes"]

    def test_send_batch(self):
        """SendMessageBatch of ten; one entry fails alone; faults of the whole request"""
        sqs, url = self.sqs, self.queue()
        entries = [{"Id": f"id-{i}", "MessageBody": f"body {i}",
                    "MessageAttributes": {"n": {"DataType": "Number", "StringValue": str(i)}}} for i in range(10)]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert [entry["Id"] for entry in answer["Successful"]] == [entry["Id"] for entry in entries]
        assert answer["Successful"][3]["MD5OfMessageBody"] == md5("body 3")
        assert answer["Successful"][3]["MD5OfMessageAttributes"] == md5_of_attributes(entries[3]["MessageAttributes"])
        assert sorted(m["Body"] for m in self.receive(url)) == sorted(e["MessageBody"] for e in entries)
        answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "good", "MessageBody": "x"},
                                                               {"Id": "bad", "MessageBody": "bell \x07"}])
        assert [e["Id"] for e in answer["Successful"]] == ["good"] and answer["Failed"][0]["Code"] == "InvalidMessageContents"
        assert answer["Failed"][0]["SenderFault"] is True
        for exception, bad in ((sqs.exceptions.EmptyBatchRequest, []),
                               (sqs.exceptions.TooManyEntriesInBatchRequest,
                                [{"Id": str(i), "MessageBody": "x"} for i in range(11)]),
                               (sqs.exceptions.BatchEntryIdsNotDistinct, [{"Id": "a", "MessageBody": "x"}] * 2),
                               (sqs.exceptions.InvalidBatchEntryId, [{"Id": "a b", "MessageBody": "x"}])):
            if bad or "json" in LABEL:  # a Query request with an empty list has no such parameter at all (S-64)
                tap.raises(exception, None, sqs.send_message_batch, QueueUrl=url, Entries=bad)

    def test_delete_message(self):
        """DeleteMessage, twice, and ReceiptHandleIsInvalid by name"""
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        handle = self.receive(url)[0]["ReceiptHandle"]
        for _ in range(2):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        assert self.attributes(url)["ApproximateNumberOfMessagesNotVisible"] == "0"
        tap.raises(self.sqs.exceptions.ReceiptHandleIsInvalid, "ReceiptHandleIsInvalid", self.sqs.delete_message,
                   QueueUrl=url, ReceiptHandle="rubbish")

    def test_delete_batch(self):
        """DeleteMessageBatch, one bad handle among good ones"""
        url = self.queue()
        self.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(3)])
        handles = [m["ReceiptHandle"] for m in self.receive(url)]
        answer = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            *({"Id": f"d{i}", "ReceiptHandle": handle} for i, handle in enumerate(handles)),
            {"Id": "bad", "ReceiptHandle": "rubbish"}])
        assert [e["Id"] for e in answer["Successful"]] == ["d0", "d1", "d2"], answer
        assert answer["Failed"][0]["Id"] == "bad" and answer["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", answer
        assert self.attributes(url)["ApproximateNumberOfMessagesNotVisible"] == "0"

    def test_change_visibility(self):
        """ChangeMessageVisibility to 0 and beyond the range"""
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        first, = self.receive(url)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        second, = self.receive(url)
        assert second["MessageId"] == first["MessageId"] and second["ReceiptHandle"] != first["ReceiptHandle"]
        assert second["Attributes"]["ApproximateReceiveCount"] == "2"
        tap.raises(ClientError, "InvalidParameterValue", self.sqs.change_message_visibility, QueueUrl=url,
                   ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=43201)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
        tap.raises(ClientError, None, self.sqs.change_message_visibility, QueueUrl=url,
                   ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=5)

    def test_change_visibility_batch(self):
        """ChangeMessageVisibilityBatch"""
        url = self.queue()
        self.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(2)])
        messages = self.receive(url)
        answer = self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": messages[0]["ReceiptHandle"], "VisibilityTimeout": 0},
            {"Id": "b", "ReceiptHandle": "rubbish", "VisibilityTimeout": 0}])
        assert [e["Id"] for e in answer["Successful"]] == ["a"] and [e["Id"] for e in answer["Failed"]] == ["b"], answer
        again, = self.receive(url)
        assert again["MessageId"] == messages[0]["MessageId"]

    def test_long_poll(self):
        """ReceiveMessage waits for a message, and for a second in vain"""
        url = self.queue()
        began = time.monotonic()
        assert self.receive(url, WaitTimeSeconds=1) == []
        assert time.monotonic() - began > 0.9, "an empty long poll came back early"
        threading.Timer(0.2, lambda: self.sqs.send_message(QueueUrl=url, MessageBody="late")).start()
        began = time.monotonic()
        message, = self.receive(url, WaitTimeSeconds=10)
        waited = time.monotonic() - began
        assert message["Body"] == "late" and waited < 5, waited
        return f"a message sent after 200 ms was received after {waited * 1000:.0f} ms"

    def test_delay(self):
        """DelaySeconds of a message"""
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=1)
        assert self.attributes(url)["ApproximateNumberOfMessagesDelayed"] == "1"
        assert self.receive(url) == []
        assert len(self.receive(url, WaitTimeSeconds=5)) == 1

    def test_dead_letter(self):
        """RedrivePolicy: the message moves on its next receive, count and source go with it"""
        dead = self.queue("-dlq")
        dead_arn = self.attributes(dead)["QueueArn"]
        url = self.queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}))
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="poison")
        for count in ("1", "2"):
            message, = self.receive(url, VisibilityTimeout=0)
            assert message["Attributes"]["ApproximateReceiveCount"] == count
        assert self.receive(url) == []
        message, = self.receive(dead, WaitTimeSeconds=2)
        assert message["MessageId"] == sent["MessageId"]
        assert message["Attributes"]["ApproximateReceiveCount"] == "3", message["Attributes"]
        assert message["Attributes"]["DeadLetterQueueSourceArn"] == self.attributes(url)["QueueArn"]
        sources = self.sqs.list_dead_letter_source_queues(QueueUrl=dead)
        assert sources["queueUrls"] == [url], sources

    def test_move_tasks(self):
        """StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask"""
        if not hasattr(self.sqs, "start_message_move_task"):
            return "this boto3 is older than move tasks"
        dead = self.queue("-dlq")
        dead_arn = self.attributes(dead)["QueueArn"]
        url = self.queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}))
        for body in ("a", "b"):
            self.sqs.send_message(QueueUrl=url, MessageBody=body)
        assert len(self.receive(url, VisibilityTimeout=0)) == 2 and self.receive(url) == []
        start, newest = self.sqs.start_message_move_task, lambda: self.sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"][0]
        handle = start(SourceArn=dead_arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
        tap.raises(ClientError, "InvalidParameterValue", start, SourceArn=dead_arn)
        task = newest()
        assert task["Status"] == "RUNNING" and task["TaskHandle"] == handle, task
        assert task["ApproximateNumberOfMessagesToMove"] == 2 and abs(task["StartedTimestamp"] / 1000 - time.time()) < 60, task
        assert self.sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 0
        tap.eventually(5, lambda: newest()["Status"] == "CANCELLED")
        start(SourceArn=dead_arn)
        tap.eventually(5, lambda: newest()["Status"] == "COMPLETED")
        again = self.receive(url)
        assert [m["Body"] for m in again] == ["a", "b"] and again[0]["Attributes"]["ApproximateReceiveCount"] == "1", again
        tap.raises(self.sqs.exceptions.ResourceNotFoundException, "ResourceNotFoundException", start, SourceArn=ARN + "nowhere")

    def test_tags(self):
        """TagQueue, UntagQueue, ListQueueTags, tags of CreateQueue"""
        url = self.sqs.create_queue(QueueName="tagged", tags={"team": "shop", "empty": ""})["QueueUrl"]
        self.sqs.tag_queue(QueueUrl=url, Tags={"team": "stock", "cost": "42"})
        assert self.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "stock", "cost": "42", "empty": ""}
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["team", "cost", "empty", "unknown"])
        assert self.sqs.list_queue_tags(QueueUrl=url).get("Tags", {}) == {}

    def test_permissions(self):
        """AddPermission, RemovePermission"""
        url = self.queue()
        arn = self.attributes(url)["QueueArn"]
        add = self.sqs.add_permission
        add(QueueUrl=url, Label="send", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
        add(QueueUrl=url, Label="all", AWSAccountIds=["111122223333", "444455556666"], Actions=["*"])
        tap.raises(ClientError, "InvalidParameterValue", add, QueueUrl=url, Label="send", AWSAccountIds=["111122223333"],
                   Actions=["SendMessage"])
        policy = json.loads(self.attributes(url, "Policy")["Policy"])
        assert policy["Id"] == arn + "/SQSDefaultPolicy" and [s["Sid"] for s in policy["Statement"]] == ["send", "all"], policy
        assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}, policy
        assert policy["Statement"][1]["Action"] == "SQS:*", policy
        for label in ("send", "all"):
            self.sqs.remove_permission(QueueUrl=url, Label=label)
        assert "Policy" not in self.attributes(url)

    def test_list_sources(self):
        """ListDeadLetterSourceQueues without sources"""
        assert self.sqs.list_dead_letter_source_queues(QueueUrl=self.queue()).get("queueUrls", []) == []

    def test_fifo(self):
        """FIFO: order within a group, blocked while one is in flight, a duplicate is swallowed"""
        url = self.queue(".fifo", FifoQueue="true")
        sent = [self.sqs.send_message(QueueUrl=url, MessageBody=str(i), MessageGroupId="g", MessageDeduplicationId=f"d{i}")
                for i in range(3)]
        again = self.sqs.send_message(QueueUrl=url, MessageBody="0", MessageGroupId="g", MessageDeduplicationId="d0")
        assert again["MessageId"] == sent[0]["MessageId"] and again["SequenceNumber"] == sent[0]["SequenceNumber"]
        assert len(sent[0]["SequenceNumber"]) == 20
        first, = self.receive(url, MaxNumberOfMessages=1)
        assert first["Body"] == "0" and first["Attributes"]["MessageGroupId"] == "g"
        assert self.receive(url) == []
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        assert [m["Body"] for m in self.receive(url)] == ["1", "2"]

    def test_errors_of_receive(self):
        """ReceiveMessage with parameters out of range"""
        url = self.queue()
        for bad in ({"MaxNumberOfMessages": 11}, {"MaxNumberOfMessages": 0}, {"WaitTimeSeconds": 21},
                    {"VisibilityTimeout": 43201}):
            tap.raises(ClientError, "InvalidParameterValue", self.sqs.receive_message, QueueUrl=url, **bad)
        tap.raises(self.sqs.exceptions.QueueDoesNotExist, None, self.sqs.receive_message, QueueUrl=url + "-not")

    # ---- event source mappings ----

    def test_mappings(self):
        """Create, Get, List, Update and DeleteEventSourceMapping"""
        client = self.lambda_
        arn = self.attributes(self.queue())["QueueArn"]
        made = client.create_event_source_mapping(FunctionName="sink", EventSourceArn=arn, BatchSize=5,
                                                  FunctionResponseTypes=["ReportBatchItemFailures"])
        uuid = made["UUID"]
        assert made["State"] == "Creating" and made["BatchSize"] == 5, made
        assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:sink", made["FunctionArn"]
        got = tap.eventually(5, lambda: (lambda m: m if m["State"] == "Enabled" else None)(
            client.get_event_source_mapping(UUID=uuid)))
        assert got["EventSourceArn"] == arn and got["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert abs(got["LastModified"].timestamp() - time.time()) < 60, got["LastModified"]
        listed = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        assert [m["UUID"] for m in listed] == [uuid]
        assert uuid in [m["UUID"] for m in client.list_event_source_mappings(FunctionName="sink")["EventSourceMappings"]]
        tap.raises(client.exceptions.ResourceConflictException, None, client.create_event_source_mapping,
                   FunctionName="sink", EventSourceArn=arn)
        client.update_event_source_mapping(UUID=uuid, BatchSize=2, Enabled=False)
        got = tap.eventually(5, lambda: (lambda m: m if m["State"] == "Disabled" else None)(
            client.get_event_source_mapping(UUID=uuid)))
        assert got["BatchSize"] == 2
        assert client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"

        def gone():
            try:
                client.get_event_source_mapping(UUID=uuid)
            except client.exceptions.ResourceNotFoundException:
                return True
        tap.eventually(5, gone)

    def test_mapping_errors(self):
        """CreateEventSourceMapping refused: no queue, no function, visibility below Timeout"""
        client, arn = self.lambda_, self.attributes(self.queue())["QueueArn"]
        create = client.create_event_source_mapping
        error = tap.raises(client.exceptions.InvalidParameterValueException, None, create, FunctionName="nobody",
                           EventSourceArn=arn)
        assert "Function does not exist" in str(error), error  # L-18: not 404
        tap.raises(client.exceptions.InvalidParameterValueException, None, create, FunctionName="sink",
                   EventSourceArn=ARN + "nowhere")
        short = self.attributes(self.queue(VisibilityTimeout="2"))["QueueArn"]
        error = tap.raises(client.exceptions.InvalidParameterValueException, None, create, FunctionName="sink",
                           EventSourceArn=short)
        assert "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds" in str(error), error
        tap.raises(client.exceptions.InvalidParameterValueException, None, create, FunctionName="sink",
                   EventSourceArn=arn, BatchSize=11)
        tap.raises(client.exceptions.ResourceNotFoundException, None, client.get_event_source_mapping,
                   UUID="00000000-0000-4000-8000-000000000000")

    def test_mapping_delivers(self):
        """A mapping takes what is sent, and deletes it"""
        url = self.queue()
        uuid = self.lambda_.create_event_source_mapping(
            FunctionName="sink", EventSourceArn=self.attributes(url)["QueueArn"])["UUID"]
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        tap.eventually(5, lambda: set(self.attributes(url, *names).values()) == {"0"})
        self.lambda_.delete_event_source_mapping(UUID=uuid)

    def test_invoke(self):
        """Invoke: the answer of a function, and a function error"""
        answer = self.lambda_.invoke(FunctionName="sink", Payload=b'{"Records":[]}')
        assert answer["StatusCode"] == 200 and "FunctionError" not in answer, answer
        assert json.load(answer["Payload"]) == {"batchItemFailures": []}
        answer = self.lambda_.invoke(FunctionName="thrower", Payload=b"{}")
        assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled", answer
        assert json.load(answer["Payload"])["errorType"] == "Oops"
        tap.raises(self.lambda_.exceptions.ResourceNotFoundException, None, self.lambda_.invoke, FunctionName="nobody")


LABEL = sys.argv[1]


def main():
    results = tap.Tap(LABEL)
    thrower = 'thrower=sim:{"how":"end","end":"function-error","response":"{\\"errorType\\":\\"Oops\\"}"}'
    with tap.Redrive("--function", "sink=sim:{}", "--function", thrower) as redrive:
        tests = Tests(redrive.endpoint)
        for name in [name for name in vars(Tests) if name.startswith("test_")]:
            test = getattr(tests, name)
            results.check(test.__doc__, test)
        results.check("redrive ends with status 0", lambda: ends_well(redrive))
    print(f"# {LABEL}: boto3 {boto3.__version__}, botocore {botocore.__version__}")
    return 1 if results.failed else 0


def ends_well(redrive):
    status = redrive.close()
    assert status == 0, f"status {status}: {redrive.lines[-3:]}"


if __name__ == "__main__":
    sys.exit(main())
