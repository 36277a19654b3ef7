#!/usr/bin/env python3
"""Kills a serving redrive with SIGKILL at a random moment, again and again on one database, and looks whether what it had
acknowledged is so: nothing is missing, nothing deleted is back, leases and delays end when they were to end, receive counts are
kept, receipts from before the kill still delete, a duplicate of a FIFO message is still one, order is kept, time has not gone back;
and what control.py says of queues as wholes.

    server_crash.py REDRIVE [--kills N] [--seed SEED]

The clock is manual: nothing ends by itself. Workers send over connections of their own; a request without an answer may have
happened or not, everything else is exact. Time moves while no request is on its way.
"""
import argparse
import contextlib
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from control import Control, Controller

KILLS_DEFAULT, WORKERS, WORK_S_MAX, PATIENCE_S, MESSAGES_KNOWN_MAX = 20, 4, 0.25, 20, 3000
START = '2026-01-01T00:00:00Z'
ACCOUNT, REGION = '000000000000', 'us-east-1'
RECEIVES_MAX, VISIBILITY_S, GROUPS = 4, 30, 3
QUEUES = {
    'orders': {'VisibilityTimeout': str(VISIBILITY_S), 'RedrivePolicy': json.dumps(
        {'deadLetterTargetArn': f'arn:aws:sqs:{REGION}:{ACCOUNT}:dead', 'maxReceiveCount': RECEIVES_MAX})},
    'dead': {'VisibilityTimeout': str(VISIBILITY_S)},
    'line.fifo': {'FifoQueue': 'true', 'VisibilityTimeout': str(VISIBILITY_S)},
}


class Wrong(Exception):
    pass


class Gone(Exception):
    """The connection ended without an answer."""


class Server:
    def __init__(self, redrive, database):
        self.process = subprocess.Popen(
            [redrive, 'serve', '--port', '0', '--db', database, '--clock', 'manual', '--start', START, '--quiet'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_ready(self):
        line = self.process.stdout.readline().decode()
        if not line.startswith('redrive is ready at http://'):
            raise Wrong(f'it did not start: {line}{self.process.stderr.read().decode()}')
        address = urllib.parse.urlsplit(line.split()[4])
        self.host, self.port = address.hostname, address.port

    def kill(self):
        self.process.kill()
        self.process.wait()
        errors = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        if self.process.returncode != -9 or errors:
            raise Wrong(f'it ended with {self.process.returncode} before it was killed: {errors}')


class Client:
    """One connection. Gone when the server is."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE_S)

    def close(self):
        self.connection.close()

    def request(self, method, path, headers, tree):
        try:
            self.connection.request(method, path, None if tree is None else json.dumps(tree), headers)
            response = self.connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone() from error
        if response.status not in (200, 201, 202, 204):
            raise Wrong(f'{method} {path} {tree}: {response.status} {body.decode()}')
        return json.loads(body) if body else {}

    def sqs(self, action, queue=None, **members):
        if queue is not None:
            members['QueueUrl'] = f'http://localhost/{ACCOUNT}/{queue}'
        return self.request('POST', '/', {'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': f'AmazonSQS.{action}'}, members)

    def admin(self, method, path, tree=None):
        return self.request(method, f'/_redrive/api/{path}', {}, tree)


def once(body):
    """Its deduplication id."""
    return body.rpartition('/')[0]


class Message:
    def __init__(self, queue, body, sequence, available_at_s):
        self.queue, self.body, self.sequence = queue, body, sequence
        self.count, self.available_at_s, self.receipt = 0, available_at_s, None
        self.deleted = self.maybe_deleted = False
        self.maybe_available_at_s = set()  # of a change of visibility without an answer

    def is_away(self, now_s):
        return self.available_at_s > now_s


class Gate:
    """Requests pass together; who moves time passes alone."""

    def __init__(self):
        self.condition, self.inside = threading.Condition(), 0

    @contextlib.contextmanager
    def shared(self):
        with self.condition:
            self.inside += 1
        try:
            yield
        finally:
            with self.condition:
                self.inside -= 1
                self.condition.notify_all()

    @contextlib.contextmanager
    def alone(self):
        with self.condition:
            self.condition.wait_for(lambda: self.inside == 0)
            yield


class Model:
    """What was acknowledged."""

    def __init__(self):
        self.lock, self.gate = threading.Lock(), Gate()
        self.now_s, self.maybe_now_s = 0, None
        self.messages = {}  # by id
        self.held = []      # (id, receive count) of receipts that nobody uses at the moment
        self.maybe_sent = {}  # body: (queue, available_at_s)
        self.maybe_fifo = {}  # body: (queue, group, sent_at_s)
        self.maybe_received = []  # one queue per receive without an answer
        self.deduplications = {}  # deduplication id: (message id, body, group)
        self.sequence = self.body = 0

    def next_body(self, worker):
        with self.lock:
            self.body += 1
            return f'{worker}/{self.body}/' + 'x' * (self.body % 7) * 300

    def begin_round(self):
        self.maybe_sent, self.maybe_fifo, self.maybe_received = {}, {}, []


class Worker(threading.Thread):
    """Random operations until the server is gone."""

    def __init__(self, number, model, server, random_, going):
        super().__init__()
        self.number, self.model, self.server, self.random, self.going = number, model, server, random_, going
        self.wrong = None

    def run(self):
        client = Client(self.server)
        try:
            while not self.going.is_set():
                step = self.random.choices(
                    [self.send, self.send_fifo, self.receive, self.delete, self.change, self.advance], [4, 3, 5, 3, 2, 0.3])[0]
                if step == self.advance:
                    step(client)
                    continue
                with self.model.gate.shared():
                    step(client)
        except Gone:
            pass
        except Exception as error:  # in a thread nobody else would hear of it
            self.wrong = error
        finally:
            client.close()

    def send(self, client):
        model, count = self.model, self.random.choice([1, 1, 3, 10])
        if len(model.messages) > MESSAGES_KNOWN_MAX:
            return
        bodies = [model.next_body(self.number) for _ in range(count)]
        delay_s = self.random.choice([0, 0, 0, 5, 40])
        for body in bodies:
            model.maybe_sent[body] = ('orders', model.now_s + delay_s)
        answer = client.sqs('SendMessageBatch', 'orders', Entries=[
            {'Id': str(index), 'MessageBody': body, 'DelaySeconds': delay_s} for index, body in enumerate(bodies)])
        with model.lock:
            for entry in answer['Successful']:
                self.sent(entry['MessageId'], 'orders', bodies[int(entry['Id'])], None, delay_s)

    def sent(self, identity, queue, body, sequence, delay_s=0):
        model = self.model
        del model.maybe_sent[body]
        if identity not in model.messages:  # somebody may have received it already
            model.messages[identity] = Message(queue, body, sequence, model.now_s + delay_s)
        model.messages[identity].sequence = sequence

    def send_fifo(self, client):
        model, group = self.model, f'group{self.random.randrange(GROUPS)}'
        if len(model.messages) > MESSAGES_KNOWN_MAX:  # a peek shows 10,000 of a queue
            return
        body = model.next_body(self.number)
        model.maybe_sent[body] = ('line.fifo', model.now_s)
        model.maybe_fifo[body] = ('line.fifo', group, model.now_s)
        answer = client.sqs('SendMessage', 'line.fifo', MessageBody=body, MessageGroupId=group,
                            MessageDeduplicationId=once(body))
        with model.lock:
            self.sent(answer['MessageId'], 'line.fifo', body, int(answer['SequenceNumber']))
            del model.maybe_fifo[body]
            model.deduplications[body] = (answer['MessageId'], answer['SequenceNumber'], group, model.now_s)

    def receive(self, client):
        model, queue = self.model, self.random.choice(list(QUEUES))
        visibility_s = self.random.choice([1, 10, VISIBILITY_S, 600])
        pending = (queue, model.now_s + visibility_s)
        model.maybe_received.append(pending)
        answer = client.sqs('ReceiveMessage', queue, MaxNumberOfMessages=self.random.choice([1, 5, 10]),
                            VisibilityTimeout=visibility_s, MessageSystemAttributeNames=['All'])
        with model.lock:
            model.maybe_received.remove(pending)
            for delivery in answer.get('Messages', []):
                self.received(queue, delivery, model.now_s + visibility_s)

    def received(self, queue, delivery, until_s):
        model, identity, body = self.model, delivery['MessageId'], delivery['Body']
        message = model.messages.get(identity)
        if message is None:  # the answer to who sent it is on its way
            if body not in model.maybe_sent:
                raise Wrong(f'{identity} was never sent: {body}')
            message = model.messages[identity] = Message(queue, body, None, 0)
        count = int(delivery['Attributes']['ApproximateReceiveCount'])
        if message.body != body or message.deleted or count <= message.count:
            raise Wrong(f'{identity} came with {count} {body}, it has {message.count} {message.body}, deleted {message.deleted}')
        message.queue, message.count, message.available_at_s = queue, count, until_s
        message.receipt = delivery['ReceiptHandle']
        message.maybe_available_at_s = set()
        model.held.append((identity, count))

    def take(self):
        model = self.model
        with model.lock:
            if not model.held:
                return None, None
            identity, count = model.held.pop(self.random.randrange(len(model.held)))
            message = model.messages[identity]
            if message.count != count or not message.is_away(model.now_s):
                return None, None
            return identity, message

    def delete(self, client):
        _, message = self.take()
        if message is None:
            return
        message.maybe_deleted = True
        client.sqs('DeleteMessage', message.queue, ReceiptHandle=message.receipt)
        message.deleted = True

    def change(self, client):
        identity, message = self.take()
        if message is None:
            return
        seconds, count, receipt = self.random.choice([0, 7, 90]), message.count, message.receipt
        until_s = self.model.now_s + seconds
        message.maybe_available_at_s.add(until_s)
        client.sqs('ChangeMessageVisibility', message.queue, ReceiptHandle=receipt, VisibilityTimeout=seconds)
        with self.model.lock:
            if message.count != count:  # it was visible at once, and somebody else has it
                return
            message.available_at_s, message.maybe_available_at_s = until_s, set()
            if seconds > 0:
                self.model.held.append((identity, count))

    def advance(self, client):
        model, seconds = self.model, self.random.choice([1, 5, 31])
        with model.gate.alone():
            if self.going.is_set():
                return
            model.maybe_now_s = model.now_s + seconds
            client.admin('POST', 'clock', {'advance': f'{seconds}s'})
            model.now_s, model.maybe_now_s = model.maybe_now_s, None


def seconds_of(instant):
    date, clock = instant[:-1].split('T')
    days = (time.mktime(time.strptime(date, '%Y-%m-%d')) - time.mktime(time.strptime(START[:10], '%Y-%m-%d'))) / 86400
    hours, minutes, seconds = clock.split(':')
    return round(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class Check:
    """The server as it came up again against the model, which then follows what was uncertain."""

    def __init__(self, model, client):
        self.model, self.client = model, client

    def run(self, random_):
        self.check_time()
        present = {}
        for queue in QUEUES:
            peeked = self.client.admin('GET', f'messages?queue={queue}&max=10000')['messages']
            for shown in peeked:
                if shown['messageId'] in present:
                    raise Wrong(f'{shown["messageId"]} is there twice')
                present[shown['messageId']] = (queue, shown)
        self.check_sent(present)
        for identity, message in list(self.model.messages.items()):
            self.check_message(identity, message, present.get(identity))
        self.check_order(present)
        self.check_duplicates(random_)
        self.check_receipts(random_)

    def check_time(self):
        now_s = seconds_of(self.client.admin('GET', 'clock')['now'])
        model = self.model
        if now_s not in (model.now_s, model.maybe_now_s):
            raise Wrong(f'it is {now_s} s, and was {model.now_s} s (or {model.maybe_now_s})')
        model.now_s, model.maybe_now_s = now_s, None

    def check_sent(self, present):
        """What was sent without an answer may be there, once."""
        for identity, (queue, shown) in present.items():
            if identity in self.model.messages:
                continue
            sent_to, available_at_s = self.model.maybe_sent.pop(shown['body'], (None, None))
            if sent_to is None:
                raise Wrong(f'{identity} is there and was never sent')
            self.model.messages[identity] = Message(sent_to, shown['body'], None, available_at_s)

    def check_message(self, identity, message, found):
        if found is None:
            if not message.maybe_deleted:
                raise Wrong(f'{identity} is missing: {vars(message)}')
            del self.model.messages[identity]
            return
        queue, shown = found
        if message.deleted:
            raise Wrong(f'{identity} was deleted and is back')
        message.maybe_deleted = False
        if shown['body'] != message.body:
            raise Wrong(f'{identity} has another body')
        now_s, count, until_s = self.model.now_s, shown['receiveCount'], seconds_of(shown['availableAt'])
        if count != message.count:
            self.check_uncertain_receive(identity, message, queue, count, until_s)
        elif until_s not in {message.available_at_s} | message.maybe_available_at_s and (
                message.is_away(now_s) or shown['phase'] != 'visible'):
            raise Wrong(f'{identity} ends its lease or delay at {until_s} s: {vars(message)}')
        elif queue != message.queue and (queue != 'dead' or message.count < RECEIVES_MAX):
            raise Wrong(f'{identity} is in {queue}: {vars(message)}')
        if (shown['phase'] == 'visible') != (until_s <= now_s):
            raise Wrong(f'{identity} is {shown["phase"]} at {now_s} s, until {until_s} s')
        message.queue, message.available_at_s, message.maybe_available_at_s = queue, until_s, set()

    def check_uncertain_receive(self, identity, message, queue, count, until_s):
        """The answer to a receive, or to several, was lost."""
        possible = [until for name, until in self.model.maybe_received if name == queue]
        was_free = not message.is_away(self.model.now_s) or any(
            until <= self.model.now_s for until in message.maybe_available_at_s)
        if not (message.count < count <= message.count + len(possible) and until_s in possible and was_free):
            raise Wrong(f'{identity} was received {count} times, until {until_s} s: {vars(message)}; possible {possible}')
        message.count, message.receipt = count, None

    def check_order(self, present):
        sequences = [self.model.messages[identity].sequence for identity, (queue, _) in present.items()
                     if queue == 'line.fifo' and self.model.messages[identity].sequence is not None]
        if sequences != sorted(sequences):
            raise Wrong('the FIFO queue is out of order')

    def check_duplicates(self, random_):
        """S-60: within five minutes a second send of a deduplication id gives the first one's message id and sequence number."""
        model = self.model
        model.deduplications = {body: entry for body, entry in model.deduplications.items() if entry[3] + 300 > model.now_s}
        for body in random_.sample(sorted(model.deduplications), min(3, len(model.deduplications))):
            identity, sequence, group, _ = model.deduplications[body]
            answer = self.client.sqs('SendMessage', 'line.fifo', MessageBody=body, MessageGroupId=group,
                                     MessageDeduplicationId=once(body))
            if (answer['MessageId'], answer['SequenceNumber']) != (identity, sequence):
                raise Wrong(f'{body} is no duplicate any more: {identity}, {answer}')
        self.check_uncertain_duplicates(random_)

    def check_uncertain_duplicates(self, random_):
        """Whoever had no answer sends again: if the first was taken, the second is its duplicate; the message is there once."""
        model = self.model
        uncertain = sorted((body, group) for body, (queue, group, _) in model.maybe_fifo.items())
        for body, group in random_.sample(uncertain, min(3, len(uncertain))):
            answer = self.client.sqs('SendMessage', 'line.fifo', MessageBody=body, MessageGroupId=group,
                                     MessageDeduplicationId=once(body))
            known = [identity for identity, message in model.messages.items() if message.body == body]
            if known and known != [answer['MessageId']]:
                raise Wrong(f'{body} was taken as {known}, and once more as {answer}')
            there = [shown['messageId'] for shown in
                     self.client.admin('GET', 'messages?queue=line.fifo&max=10000')['messages'] if shown['body'] == body]
            if len(there) > 1:
                raise Wrong(f'{body} is there {len(there)} times')
            if there and not known:
                model.messages[there[0]] = Message('line.fifo', body, int(answer['SequenceNumber']), model.now_s)

    def check_receipts(self, random_):
        """Some leases from before the kill: their receipts change visibility and delete."""
        model = self.model
        held = [identity for identity, message in model.messages.items()
                if message.receipt is not None and message.is_away(model.now_s)]
        for identity in random_.sample(held, min(3, len(held))):
            message = model.messages[identity]
            self.client.sqs('ChangeMessageVisibility', message.queue, ReceiptHandle=message.receipt, VisibilityTimeout=55)
            message.available_at_s = model.now_s + 55
        for identity in random_.sample(held, len(held) // 3):
            message = model.messages[identity]
            self.client.sqs('DeleteMessage', message.queue, ReceiptHandle=message.receipt)
            message.deleted = message.maybe_deleted = True
            held.remove(identity)
        model.held = [(identity, model.messages[identity].count) for identity in held]


class Loop:
    def __init__(self, redrive, seed):
        self.redrive, self.seed, self.model, self.control = redrive, seed, Model(), Control(Wrong)
        self.random = random.Random(seed)

    def start(self, database):
        server = Server(self.redrive, database)
        server.wait_ready()
        return server

    def work(self, server):
        """Until the kill; its moment is part of the seed, what has happened until then is not."""
        going = threading.Event()
        workers = [Worker(number, self.model, server, random.Random(self.random.random()), going)
                   for number in range(WORKERS)]
        workers.append(Controller(self.control, Client(server), random.Random(self.random.random()), going, Gone))
        for worker in workers:
            worker.start()
        time.sleep(self.random.uniform(0, WORK_S_MAX))
        server.kill()
        going.set()
        for worker in workers:
            worker.join()
            if worker.wrong:
                raise worker.wrong

    def round(self, database):
        if self.random.random() < 0.2:  # while it reads the file
            early = Server(self.redrive, database)
            time.sleep(self.random.uniform(0, 0.02))
            early.kill()
        server = self.start(database)
        try:
            client = Client(server)
            Check(self.model, client).run(self.random)
            self.control.check(client)
            client.close()
            self.model.begin_round()
            self.work(server)
        finally:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()

    def create(self, database):
        server = self.start(database)
        client = Client(server)
        for name in sorted(QUEUES):  # the dead-letter queue before its source
            client.sqs('CreateQueue', QueueName=name, Attributes={**QUEUES[name], 'MessageRetentionPeriod': '1209600'})
        self.control.create(client)
        client.close()
        server.kill()

    def run(self, rounds):
        with tempfile.TemporaryDirectory(prefix='redrive-crash-') as folder:
            database = os.path.join(folder, 'world.db')
            self.create(database)
            for number in range(1, rounds + 1):
                try:
                    self.round(database)
                except (Wrong, Gone) as wrong:
                    print(f'not ok {number} - seed {self.seed}\n# {type(wrong).__name__}: {str(wrong)[:1000]}')
                    return 1
                print(f'ok {number} - killed with {len(self.model.messages)} messages known', flush=True)
        return 0


def main():
    parser = argparse.ArgumentParser(description='kills a serving redrive again and again')
    parser.add_argument('redrive')
    parser.add_argument('--kills', type=int, default=KILLS_DEFAULT)
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f'1..{options.kills}\n# seed {options.seed}', flush=True)
    return Loop(options.redrive, options.seed).run(options.kills)


if __name__ == '__main__':
    sys.exit(main())
