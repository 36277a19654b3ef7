#!/usr/bin/env python3
"""run -- the commands as a user types them: what they print, where, and how they end. TAP on standard output.

    run.py REDRIVE EXAMPLES-DIRECTORY
"""
import base64
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from xml.etree import ElementTree

REDRIVE, EXAMPLES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PATIENCE_S = 60
COMMANDS = ['serve', 'exec', 'test', 'check', 'lint', 'demo', 'demo tour', 'demo responses', 'demo approaches', 'demo snowball', 'queues', 'mappings', 'functions', 'send', 'peek', 'trace', 'why', 'clock',
            'wait', 'move', 'purge', 'version', 'help']


def clean_environment():
    names = ('REDRIVE_API', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SQS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'NO_COLOR')
    environment = {name: value for name, value in os.environ.items() if name not in names}
    return environment | {'REDRIVE_EXAMPLES': EXAMPLES}


def redrive(*words, status=0, environment=None, text=None):
    """Runs a command to its end; its status must be this. Standard output, and standard error as its attribute."""
    ended = subprocess.run([REDRIVE, *words], capture_output=True, timeout=PATIENCE_S, input=text, text=True,
                           env=environment or clean_environment(), check=False)
    assert ended.returncode == status, f'{words}: status {ended.returncode}, {ended.stdout}{ended.stderr}'
    return Output(ended.stdout, ended.stderr)


class Output(str):
    def __new__(cls, out, errors):
        self = super().__new__(cls, out)
        self.errors = errors
        return self


class Serve:
    """A running emulator; its commands find it by their environment."""

    def __init__(self, *options):
        self.process = subprocess.Popen([REDRIVE, 'serve', '--port', '0', '--seed', '1', '--start', '2026-01-01T00:00:00Z',
                                         *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=clean_environment())
        self.line = self.process.stdout.readline()
        found = re.search(r'http://\S+', self.line)
        assert found, self.line + self.process.stderr.read()
        self.endpoint = found.group()

    def __enter__(self):
        return self

    def __call__(self, *words, **how):
        return redrive(*words, environment=clean_environment() | {'AWS_ENDPOINT_URL': self.endpoint}, **how)

    def call(self, operation, **members):
        body = json.dumps(members)
        answer = subprocess.run(['python3', '-c', '''
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[3].encode(), {
    "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS." + sys.argv[2]})
print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read().decode())
''', self.endpoint, operation, body], capture_output=True, text=True, check=True)
        return json.loads(answer.stdout.strip() or '{}')

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, errors

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()


# ---- tests ----

def every_command_has_a_manual():
    listed = redrive('help')
    for name in COMMANDS:
        manual = redrive(*name.split(), '--help')
        assert manual.startswith(f'redrive {name}') or name == 'help', manual
        assert name == 'demo' or f'  {name} ' in listed, name
    assert redrive('exec', '--help').count('--quiet') == 1
    assert redrive('help', 'serve') == redrive('serve', '--help')
    assert redrive('help', 'demo', 'tour') == redrive('demo', 'tour', '--help')


def a_typing_error_is_one_sentence_and_status_2():
    for words, sentence in [
            (['serv'], "there is no command 'serv'; did you mean 'serve'?"),
            (['xyzzy'], "there is no command 'xyzzy'; redrive help lists them"),
            (['serve', '--prot', '1'], "serve has no option '--prot'; did you mean '--port'?"),
            (['serve', '--port', 'x'], '--port takes a whole number from 0 to 65535, not "x"'),
            (['serve', 'now'], "serve does not take 'now'; redrive serve --help shows what it takes"),
            (['exec'], 'exec needs a command: redrive exec -- pytest'),
            (['exec', '--fail-no', 'dlq', '--', 'true'], "exec has no option '--fail-no'; did you mean '--fail-on'?"),
            (['exec', '--fail-on', 'dql', '--', 'true'],
             "--fail-on takes a list of dlq, malformed, order and leftover, not \"dql\"; did you mean 'dlq'?"),
            (['queues', '--jsno'], "queues has no option '--jsno'; did you mean '--json'?"),
            (['demo', 'tuor'], "there is no demo 'tuor'; did you mean 'tour'?"),
            (['demo'], 'demo needs one of: tour, responses, approaches, snowball, fairness'),
            (['clock', 'advnce', '1s'], "clock does not know 'advnce'; did you mean 'advance'?"),
            (['clock', 'advance'], 'clock advance needs a duration such as 30s or 15m'),
            (['clock', '--max', '1h'], '--until-idle and --max belong to clock run'),
            (['peek'], 'peek needs the name of a queue; redrive queues lists them'),
            (['trace'], 'trace needs a message id, or --queue NAME'),
            (['wait'], 'wait needs --queue NAME --empty, or --until-idle'),
            (['send', 'orders'], 'send needs the name of a queue and a body (- for standard input, @file for a file)')]:
        output = redrive(*words, status=2)
        assert output == '' and output.errors == f'redrive: {sentence}\n', (words, output.errors)
    assert 'redrive COMMAND' in redrive(status=2).errors


def nobody_answers():
    environment = clean_environment() | {'AWS_ENDPOINT_URL': 'http://127.0.0.1:1'}
    for command in (['queues'], ['peek', 'orders'], ['send', 'orders', 'x'], ['clock'], ['trace', '--queue', 'x']):
        output = redrive(*command, status=1, environment=environment)
        assert output == '' and output.errors.startswith('redrive: nobody answers at http://127.0.0.1:1: start one'), output.errors
    assert '127.0.0.1:2:' in redrive('queues', '--endpoint', 'http://127.0.0.1:2', status=1).errors


def serve_prints_one_line_and_ends_cleanly():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Serve('--clock', 'manual') as server:
            assert re.fullmatch(r'redrive is ready at (http://127\.0\.0\.1:\d+)  dashboard \1/_redrive/  clock manual  '
                                r'database in memory\n', server.line), server.line
            assert server.end(number)[:2] == (0, ''), number


def serve_says_what_is_wrong():
    output = redrive('serve', '--port', '0', '--function', 'orders', status=2)
    assert output == '' and 'orders' in output.errors, output.errors
    output = redrive('serve', '--port', '0', '--function', 'orders=gopher://x', status=2)
    assert 'gopher' in output.errors, output.errors
    with Serve() as server:
        port = server.endpoint.rpartition(':')[2]
        output = redrive('serve', '--port', port, status=3)
        assert output == '' and port in output.errors, output.errors
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'broken.db')
        with open(path, 'w', encoding='ascii') as file:
            file.write('this is no database, and it is long enough to be read as one' * 100)
        assert 'redrive: ' in redrive('serve', '--port', '0', '--db', path, status=3).errors


def serve_warns_when_others_can_reach_it():
    with Serve('--host', '0.0.0.0') as server:
        assert server.endpoint.startswith('http://127.0.0.1:'), server.line
        assert 'warning: listening on 0.0.0.0' in server.end()[2]
    assert 'warning: listening on 0.0.0.0' in redrive('exec', '--quiet', '--host', '0.0.0.0', '--', 'true').errors
    assert redrive('exec', '--quiet', '--', 'true').errors == ''
    with Serve() as server:
        assert 'warning' not in server.end()[2]


def a_database_outlives_the_process():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.db')
        with Serve('--db', path) as server:
            assert path in server.line
            server.call('CreateQueue', QueueName='orders')
            message_id = server('send', 'orders', 'hello').strip()
        with Serve('--db', path) as server:
            assert message_id in server('peek', 'orders')


def a_message_from_send_to_trace():
    with Serve('--clock', 'manual') as server:
        assert server('queues') == 'There are no queues yet.\n'
        server.call('CreateQueue', QueueName='orders')
        assert server('peek', 'orders') == 'The queue is empty.\n'
        first = server('send', 'orders', 'one', '--attribute', 'kind=new', '--attribute', 'n:Number=5').strip()
        assert re.fullmatch(r'[0-9a-f-]{36}', first)
        server('send', 'orders', '-', '--delay', '5s', text='from standard input')
        assert len(server('send', 'orders', '{"n":{n}}', '--count', '3').split()) == 3
        assert re.search(r'^orders +4 +0 +1 +30 s +none +-$', server('queues'), re.M), server('queues')
        peeked = json.loads(server('peek', 'orders', '--json'))
        assert [message['body'] for message in peeked['messages']] == \
            ['one', 'from standard input', '{"n":1}', '{"n":2}', '{"n":3}']
        assert peeked['messages'][0]['attributes']['n'] == {'dataType': 'Number', 'stringValue': '5'}
        assert '... and 3 more' in server('peek', 'orders', '--max', '2')

        server.call('ReceiveMessage', QueueUrl=f'{server.endpoint}/000000000000/orders')
        assert 'quiet  no:' in server('clock')
        assert 'now    2026-01-01T00:00:30.000Z' in server('clock', 'advance', '30s')
        story = server('trace', first)
        assert re.search(r'00:00:00\.000 +\+0:00\.000 +sent .*\n.*received +1 +\+0:30\.000 +client.*\n'
                         r'00:00:30\.000 +\+0:30\.000 +visible again', story), story
        assert len(server('trace', '--queue', 'orders', '--json').splitlines()) == 8
        assert json.loads(server('trace', first, '--json').splitlines()[0])['kind'] == 'sent'
        assert 'nothing is remembered' in server('trace', '00000000-0000-4000-8000-000000000000', status=1).errors

        follow = subprocess.Popen([REDRIVE, 'trace', first, '--follow', '--max', '4', '--endpoint', server.endpoint], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        assert [re.split(r'  +', follow.stdout.readline())[2] for _ in range(3)] == ['sent', 'received', 'visible again']
        server.call('ReceiveMessage', QueueUrl=f'{server.endpoint}/000000000000/orders')
        rest, errors = follow.communicate(timeout=PATIENCE_S)
        assert re.fullmatch(r'00:00:30\.000  ' + first[:8] + r'  received +orders  receive 2\n', rest), rest
        assert follow.returncode == 0 and errors == '', errors
        assert json.loads(server('trace', first, '--follow', '--max', '1', '--json'))['kind'] == 'sent'
        assert 'is not a message id' in server('trace', '--follow', 'xyz', status=1).errors

        assert "did you mean 'orders'?" in server('send', 'order', 'x', status=1).errors
        assert 'is not empty after 10ms' in server('wait', '--queue', 'orders', '--empty', '--timeout', '10ms', status=1).errors
        assert server('purge', 'orders') == 'orders is empty\n'
        assert server('wait', '--queue', 'orders', '--empty') == ''
        assert server('wait', '--until-idle') == ''


def a_follower_is_told_the_end():
    with Serve() as server:
        server.call('CreateQueue', QueueName='orders')
        first = server('send', 'orders', 'one').strip()
        follow = subprocess.Popen([REDRIVE, 'trace', '--follow', first, '--endpoint', server.endpoint], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        assert 'sent' in follow.stdout.readline()
    rest, errors = follow.communicate(timeout=PATIENCE_S)
    assert (rest, errors, follow.returncode) == ('', 'redrive: the emulator has ended\n', 0), (rest, errors)


def dead_letters_are_moved_back():
    policy = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":1}'
    with Serve('--clock', 'manual') as server:
        server.call('CreateQueue', QueueName='dlq')
        server.call('CreateQueue', QueueName='orders', Attributes={'VisibilityTimeout': '1', 'RedrivePolicy': policy})
        server.call('CreateQueue', QueueName='other')
        url = f'{server.endpoint}/000000000000/orders'
        server('send', 'orders', 'poison {n}', '--count', '3')
        server.call('ReceiveMessage', QueueUrl=url, MaxNumberOfMessages=10)
        server('clock', 'advance', '1s')
        server.call('ReceiveMessage', QueueUrl=url)
        assert server('move', 'dlq', '--status') == 'Nothing was moved from dlq yet.\n'
        assert 'nothing is being moved from dlq' in server('move', 'dlq', '--cancel', status=1).errors
        assert server('move', 'dlq', '--rate', '1') == \
            '3 messages to move, and the clock stands still: redrive clock run lets it happen\n'
        assert 'There is already a task running.' in server('move', 'dlq', status=1).errors
        server('clock', 'advance', '1s')
        assert re.search(r'^RUNNING +1 +3 +where they came from +1', server('move', 'dlq', '--status'), re.M)
        assert server('move', 'dlq', '--cancel') == 'cancelled: 1 message was moved so far\n'
        server('clock', 'run')
        assert re.search(r'^CANCELLED +1 +3 ', server('move', 'dlq', '--status'), re.M)
        server('clock', 'leap')
        assert server('move', 'dlq', '--to', 'other') == '2 messages moved from dlq to other\n'
        assert server('move', 'dlq') == 'there was nothing to move in dlq\n'
        assert json.loads(server('move', 'dlq', '--status', '--json'))['Results'][1]['ApproximateNumberOfMessagesMoved'] == 2
        server('send', 'dlq', 'never received')
        assert '--to says where all of them go' in server('move', 'dlq', status=1).errors
        assert 'must be configured as a Dead Letter Queue' in server('move', 'orders', status=1).errors
        assert "did you mean 'dlq'?" in server('move', 'dlqq', status=1).errors
        assert 'not both' in server('move', 'dlq', '--cancel', '--status', status=2).errors
        assert 'for a new task' in server('move', 'dlq', '--cancel', '--to', 'other', status=2).errors
        assert '--json belongs to --status' in server('move', 'dlq', '--json', status=2).errors
        assert 'between 1 and 500' in server('move', 'dlq', '--rate', '501', status=1).errors
        assert re.search(r'sent .*moved from dlq', server('trace', '--queue', 'other')), server('trace', '--queue', 'other')


def mapping(server, **members):
    """CreateEventSourceMapping for the queue and the function of this name."""
    subprocess.run(['python3', '-c', '''
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1] + "/2015-03-31/event-source-mappings/", sys.argv[2].encode())
''', server.endpoint, json.dumps(members)], check=True)


def the_cause(server, message_id):
    told = json.loads(server('why', message_id, '--json'))
    return [statement['cause'] for statement in told['statements'] if 'cause' in statement]


def why_explains_the_dead_letter_queue():
    arn = 'arn:aws:sqs:us-east-1:000000000000:'
    for how, cause in (('throw', 'threw'), ('report', 'reported'), ('timeout', 'timed-out'), ('crash', 'exited'), ('throttle', 'throttled')):
        with Serve('--clock', 'manual', '--function', 'orders=sim:{"fail":{"body":"poison"},"how":"%s"}' % how) as server:
            server.call('CreateQueue', QueueName='dlq')
            server.call('CreateQueue', QueueName='orders', Attributes={
                'RedrivePolicy': json.dumps({'deadLetterTargetArn': arn + 'dlq', 'maxReceiveCount': 2})})
            mapping(server, FunctionName='orders', EventSourceArn=arn + 'orders', FunctionResponseTypes=['ReportBatchItemFailures'])
            poison, good = server('send', 'orders', 'poison').strip(), server('send', 'orders', 'good').strip()
            server('clock', 'advance', '5s')
            told = server('why', poison)
            assert re.search(r'WHERE IT IS\n +In orders: in flight, receive count 1\.', told), told
            assert re.search(r'WHY IT IS NOT VISIBLE\n +Its lease is held by the mapping to orders .* until \+30s', told), told
            server('clock', 'run')
            told = server('why', poison)
            assert re.search(r'It left orders at \+1m[^,]*, instead of delivery 3: received 2 times, maxReceiveCount is 2\.', told), told
            assert 'In dlq: visible, receive count 2.' in told and 'Deliveries 1, 2: ' in told and 'dead-lettered (+1m' in told, told
            assert the_cause(server, poison) == [cause], (how, the_cause(server, poison))
            assert the_cause(server, good) in ([], [cause]), the_cause(server, good)
            told = server('why', good)
            assert 'Gone: deleted at' in told and 'DEAD' not in told, told
            moved = server('move', 'dlq') and server('clock', 'run')
            assert moved and 'WHERE IT WENT' in server('why', poison), server('why', poison)
            assert 'nothing is remembered' in server('why', '00000000-0000-4000-8000-000000000000', status=1).errors
            assert 'is not a message id' in server('why', 'x', status=1).errors


def why_explains_a_lost_order():
    with Serve('--clock', 'manual', '--function', 'orders=sim:{"fail":{"body":"poison"},"how":"report","recovers":2}') as server:
        url = server.call('CreateQueue', QueueName='f.fifo', Attributes={
            'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'})['QueueUrl']
        entries = [{'Id': body, 'MessageBody': body, 'MessageGroupId': 'g'} for body in ('poison', 'good')]
        sent = server.call('SendMessageBatch', QueueUrl=url, Entries=entries)['Successful']
        mapping(server, FunctionName='orders', EventSourceArn='arn:aws:sqs:us-east-1:000000000000:f.fifo',
                FunctionResponseTypes=['ReportBatchItemFailures'])
        server('clock', 'run')
        poison, good = (entry['MessageId'] for entry in sent)
        for one, other, words in ((poison, good, 'succeeded'), (good, poison, 'it succeeded before')):
            told = server('why', one)
            assert 'WHY THE ORDER OF ITS GROUP IS LOST' in told and other in told and words in ' '.join(told.split()), told
            shown = server('trace', one)
            assert 'message group g' in shown and shown.count('over') == 1, shown
        assert re.search(r'after +message +group', server('trace', '--queue', 'f.fifo'))


def why_explains_what_is_hidden_or_came_twice():
    with Serve('--clock', 'manual', '--set', 'slow.Timeout=20', '--set', 'slow.Duration=5s', '--function', 'slow=sim:{}') as server:
        url = server.call('CreateQueue', QueueName='f.fifo', Attributes={
            'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'})['QueueUrl']
        first, second = (server('send', 'f.fifo', body, '--group', 'g').strip() for body in 'ab')
        assert 'No event source mapping reads this queue' in server('why', first)
        server.call('ReceiveMessage', QueueUrl=url, MaxNumberOfMessages=1)
        assert 'Its lease is held by a client until +30s' in server('why', first)
        told = json.loads(server('why', second, '--json'))
        assert [statement['blockedBy'] for statement in told['statements'] if 'blockedBy' in statement] == [first], told
        server('clock', 'advance', '30s')
        assert 'blocked' not in server('why', second) and the_cause(server, first) == ['client-did-not-delete']
        assert the_cause(server, second) == []

        server.call('CreateQueue', QueueName='q')
        delayed = server('send', 'q', 'later', '--delay', '9s').strip()
        assert 'It is delayed until +9s (9 s from now' in server('why', delayed)
        server('clock', 'advance', '9s')
        assert 'delayed until' not in server('why', delayed)

        server.call('CreateQueue', QueueName='s')
        mapping(server, FunctionName='slow', EventSourceArn='arn:aws:sqs:us-east-1:000000000000:s')
        quick = server('send', 's', 'x').strip()
        server('clock', 'advance', '6s')
        assert the_cause(server, quick) == []
        server.call('SetQueueAttributes', QueueUrl=f'{server.endpoint}/000000000000/s', Attributes={'VisibilityTimeout': '2'})
        late = server('send', 's', 'x').strip()
        server('clock', 'advance', '20s')
        assert the_cause(server, late) == ['visibility-too-short'], server('why', late)


def functions_are_listed_with_what_they_are_called():
    with Serve('--clock', 'manual', '--function', 'orders=sim:{}', '--function', 'others=sim:{}') as server:
        for path, body in (('versions', '{"Description":"first"}'), ('aliases', '{"Name":"live","FunctionVersion":"1"}')):
            subprocess.run(['python3', '-c', '''
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1] + "/2015-03-31/functions/orders/" + sys.argv[2], sys.argv[3].encode())
''', server.endpoint, path, body], check=True)
        listed = server('functions')
        assert re.search(r'\norders +sim:\{\} +3 s .*\norders:1 +a version: runs what the function runs +- +- +-\n'
                         r'orders:live +an alias of version 1 +- +- +-\nothers +sim:\{\} ', listed), listed
        assert listed.count('version') == 2, listed


def a_poison_message_stops_at_the_horizon():
    with Serve('--clock', 'manual', '--function', 'orders=sim:{"fail":{"body":"poison"},"how":"throw"}') as server:
        server.call('CreateQueue', QueueName='orders')
        assert 'sim:' in server('functions')
        subprocess.run(['python3', '-c', '''
import sys, urllib.request
body = b'{"FunctionName":"orders","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:orders"}'
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1] + "/2015-03-31/event-source-mappings/", body)
''', server.endpoint], check=True)
        assert re.search(r'orders +orders +Enabled +10 +no', server('mappings')), server('mappings')
        server('send', 'orders', 'good')
        assert server('clock', 'run')
        server('send', 'orders', 'poison')
        output = server('clock', 'run', '--max', '2h', status=1)
        assert 'now    2026-01-01T02:00:00' in output, output
        output = server('clock', 'run', status=1)
        assert 'orders' in output.errors, output.errors
        assert 'clock  leap' in server('clock', 'leap')


def the_tour_is_the_same_for_equal_seeds():
    began = time.monotonic()
    first = redrive('demo', 'tour')
    seconds = time.monotonic() - began
    assert first == redrive('demo', 'tour') and first.errors == ''
    assert re.search(r'4: quantity 0 +3 +0, 30, 60 s +orders-dlq +at 90 s', first), first
    assert re.search(r'7: fails once +2 +0, 30 s +deleted', first), first
    assert not re.search(r'127\.0\.0\.1:(?!9000|4566)\d+', first), first
    redrive('demo', 'tour', '--seed', '7')
    return f'{seconds * 1000:.0f} ms'


def the_tour_without_its_handler():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'redrive')
        os.link(REDRIVE, path) if os.stat(folder).st_dev == os.stat(REDRIVE).st_dev else os.system(f'cp "{REDRIVE}" "{path}"')
        environment = clean_environment() | {'REDRIVE_EXAMPLES': folder}
        ended = subprocess.run([path, 'demo', 'tour'], capture_output=True, text=True, env=environment, check=False)
        assert ended.returncode == 1 and 'redrive-example-orders' in ended.stderr, ended


def every_response_goes_as_on_aws():
    first = redrive('demo', 'responses')
    assert first == redrive('demo', 'responses')
    assert 'NOT AS AWS' not in first and re.search(r'(\d+) of \1 batches went as on AWS', first), first[-300:]
    rows = [json.loads(line) for line in redrive('demo', 'responses', '--json').splitlines()]
    assert all(row['off']['asOnAws'] and row['on']['asOnAws'] for row in rows)
    six = next(row for row in rows if row['row'] == '6')
    assert [message['fate'] for message in six['on']['messages']] == ['kept', 'deleted'], six
    assert [message['fate'] for message in six['off']['messages']] == ['deleted', 'deleted'], six
    assert 'Row 9:' in redrive('demo', 'responses', '--row', '9')
    assert "there is no row '99'" in redrive('demo', 'responses', '--row', '99', status=2).errors


def a_broken_rule_is_seen():
    output = redrive('demo', 'responses', '--break', status=1)
    assert 'NOT AS AWS' in output and 'did not go as on AWS' in output.errors
    assert '--break' not in redrive('demo', 'responses', '--help')


def a_terminal_gets_colours_and_fits():
    for columns in (80, 120):
        for colour in (True, False):
            main, other = pty.openpty()
            import fcntl
            import struct
            import termios
            fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
            environment = clean_environment() | {'TERM': 'xterm'} | ({} if colour else {'NO_COLOR': '1'})
            process = subprocess.Popen([REDRIVE, 'demo', 'tour'], stdout=other, stderr=subprocess.DEVNULL, env=environment)
            os.close(other)
            shown = b''
            while True:
                try:
                    piece = os.read(main, 65536)
                except OSError:
                    break
                if not piece:
                    break
                shown += piece
            os.close(main)
            assert process.wait(PATIENCE_S) == 0
            text = shown.decode()
            assert ('\033[' in text) == colour
            plain = re.sub(r'\033\[\d+m', '', text)
            widest = max(len(line) for line in plain.splitlines())
            assert widest <= columns, (columns, widest)


def checked(target, *options, status=0, good='good {n}', bad='poison {n}'):
    """The verdict on each rule, and its evidence."""
    words = ['--good', good] + (['--bad', bad] if bad else [])
    told = json.loads(redrive('check', '--json', *options, *words, '--', target, status=status))
    return {rule['id']: rule['verdict'] for rule in told['rules']}, {rule['id']: rule['evidence'] for rule in told['rules']}


def script(how, **members):
    return 'sim:' + json.dumps({'fail': {'body': 'poison'}, 'how': how} | members)


def check_finds_which_rule_a_handler_breaks():
    report = lambda text: script('malformed', malformed=text)  # noqa: E731
    for target, options, broken in [
            (script('report'), (), None),
            (script('stop-at-first-failure'), ('--fifo',), None),
            (script('throw'), (), 'no-exception'),
            (script('throw'), ('--fifo',), 'no-exception'),
            (script('crash'), (), 'no-exception'),
            (script('delete-then-throw'), (), None),
            (script('delete-then-throw'), ('--fifo',), 'fifo-stops'),
            (script('timeout'), (), 'within-timeout'),
            (script('stop-at-first-failure'), (), 'reports-only-failures'),
            (script('report'), ('--fifo',), 'fifo-stops'),
            (script('report', recovers=2), (), 'same-answer'),
            (script('report', duration='2s'), ('--timeout', '1s'), 'within-timeout'),
            (report('{}'), (), 'reports-failures'),
            (report('{"BatchItemFailures":[{"itemIdentifier":"$ID"}]}'), (), 'key-and-case'),
            (report('{"batchItemFailures":[{"itemidentifier":"$ID"}]}'), (), 'key-and-case'),
            (report('{"batchItemFailures":["$ID"]}'), (), 'key-and-case'),
            (report('not JSON'), ('--fifo',), 'key-and-case'),
            (report('{"batchItemFailures":[{"itemIdentifier":"unknown"}]}'), (), 'ids-of-batch'),
            (report('{"batchItemFailures":[{"itemIdentifier":""}]}'), (), 'ids-of-batch')]:
        verdicts, evidence = checked(target, *options, status=1 if broken else 0)
        assert [rule for rule, verdict in verdicts.items() if verdict == 'fail'] == ([broken] if broken else []), (target, verdicts)
        assert not broken or evidence[broken][0]['sentence'] and 'check ' in evidence[broken][0]['answer'], evidence
        assert ('fifo-stops' in verdicts) == ('--fifo' in options)
        assert broken or 'delete-then-throw' in target or set(verdicts.values()) == {'pass'}, verdicts
    _, evidence = checked(script('throw'), status=1)
    assert evidence['no-exception'][0]['batch'] == 'bad at place 1 of 5', evidence  # who throws when nothing succeeded breaks no rule
    verdicts, _ = checked(script('throw'), bad=None)
    assert verdicts['reports-failures'] == 'not tried' and verdicts['no-exception'] == 'pass', verdicts


def check_speaks_to_people():
    words = ['check', '--good', 'good', '--bad', 'poison', '--']
    told = redrive(*words, script('report'))
    assert told == redrive(*words, script('report')) and '14 batches' in told and 'FAIL' not in told, told
    told = redrive(*words, script('throw'), status=1)
    assert re.search(r'^FAIL  no-exception .*\n +bad at place 1 of 5\n +seen +it gave no answer: 4 good of 5', told, re.M), told
    assert re.search(r'^[0-9]+ batches were not tried, because the handler hangs$', redrive(*words, script('timeout'), status=1), re.M)
    assert '11 batches were left out: --bad gives' in redrive('check', '--good', 'x', '--', script('report'))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'bodies.yaml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('good: [plain, {order: 1}]\nbad:\n  - poison\n')
        assert 'FAIL' not in redrive('check', '--bodies', path, '--', script('report'))
        with open(path, 'w', encoding='utf-8') as file:
            file.write('good: x\n')
        assert 'good and bad are lists' in redrive('check', '--bodies', path, '--', script('report'), status=2).errors
    assert 'check needs --good BODY' in redrive('check', '--', script('report'), status=2).errors
    assert 'check needs a target' in redrive('check', '--good', 'x', status=2).errors
    assert 'there is no program' in redrive('check', '--good', 'x', '--', 'exec:no-such-program', status=2).errors
    assert 'the runtime could not be started' in redrive('check', '--good', 'x', '--', 'exec:true', status=1).errors
    assert 'exit status 1; it wrote nothing' in redrive('check', '--good', 'x', '--', 'exec:false', status=1).errors
    assert 'cannot be checked: the handler refused' in redrive('check', '--good', 'x', '--', 'http://127.0.0.1:1/', status=1).errors


def check_tries_a_real_handler():
    handler = subprocess.Popen([os.path.join(EXAMPLES, 'redrive-example-orders')], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True)
    try:
        url = re.search(r'http://\S+', handler.stdout.readline()).group()
        order = '{"orderId":{n},"sku":"A","quantity":%d}'
        verdicts, _ = checked(url, good=order % 1, bad=order % 0)
        assert set(verdicts.values()) == {'pass'}, verdicts
        verdicts, _ = checked(url, '--fifo', good=order % 1, bad=order % 0, status=1)
        assert [rule for rule, verdict in verdicts.items() if verdict == 'fail'] == ['fifo-stops'], verdicts
    finally:
        handler.terminate()
        handler.communicate()


TEMPLATE = '''AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Late: {Type: Number}
Globals:
  Function:
    Timeout: 20
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: 2
  Plain:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 10}
  Lane:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      VisibilityTimeout: !Ref Late
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      ReservedConcurrentExecutions: 3
      Events:
        Orders:
          Type: SQS
          Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 10, MaximumBatchingWindowInSeconds: 5}
        Plain:
          Type: SQS
          Properties:
            Queue: !GetAtt Plain.Arn
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 10}
  Other:
    Type: AWS::Lambda::Function
    Properties: {}
  OtherMapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Lane.Arn
      FunctionName: !Ref Other
      FunctionResponseTypes: [ReportBatchItemFailures]
'''
GOOD_TEMPLATE = '''
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Handler:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 10}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Orders.Arn
      FunctionName: !Ref Handler
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: {MaximumConcurrency: 10}
'''


def findings(*words, status=1):
    return {(finding['rule'], finding['subject']) for finding in json.loads(redrive('lint', *words, '--format', 'json', status=status))['findings']}


def lint_reads_templates():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'template.yaml')

        def write(text):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        write(TEMPLATE)
        assert findings(path) == {
            ('receive-count-low', 'Orders'), ('dlq-retention', 'Dead'), ('fifo-dlq-kind', 'Lane.fifo'), ('reporting-off', 'HandlerOrders'),
            ('window-needless', 'HandlerOrders'), ('visibility-short', 'Orders'), ('reserved-concurrency-low', 'HandlerOrders'),
            ('dlq-missing', 'Plain'), ('lease-shorter-than-timeout', 'Plain'), ('reserved-concurrency-low', 'HandlerPlain'),
            ('fifo-order', 'OtherMapping'), ('concurrency-unlimited', 'OtherMapping')}
        told = redrive('lint', path, status=1)
        line = TEMPLATE.splitlines().index('  Plain:') + 1
        assert re.search(rf'template\.yaml:{line}: error dlq-missing\n +Plain: .*\n +reason .*\n.*\n +fix ', told), told
        assert told.endswith('4 queues and 3 mappings: 3 errors, 6 warnings, 3 notes\n'), told
        sarif = json.loads(redrive('lint', path, '--format', 'sarif', status=1))
        run = sarif['runs'][0]
        ids = {rule['id'] for rule in run['tool']['driver']['rules']}
        assert sarif['version'] == '2.1.0' and len(run['results']) == 12, sarif
        assert all(result['ruleId'] in ids and result['level'] in ('error', 'warning', 'note') for result in run['results'])
        manual = redrive('lint', '--help')
        assert all(rule in manual for rule in ids), ids
        suite = ElementTree.fromstring(redrive('lint', path, '--format', 'junit', status=1).encode()).find('testsuite')
        failing = {case.get('name') for case in suite if case.find('failure') is not None}
        assert {case.get('name') for case in suite} == ids and failing == {
            rule for rule, subject in findings(path)} - {'window-needless', 'fifo-order', 'concurrency-unlimited'}, failing
        assert (suite.get('tests'), suite.get('failures')) == (str(len(ids)), str(len(failing)))
        assert f'{path}:{line}: Plain: ' in suite.find('testcase[@name="dlq-missing"]/failure').text
        assert 'OtherMapping' in suite.find('testcase[@name="fifo-order"]/system-out').text

        write(GOOD_TEMPLATE)
        assert redrive('lint', path) == '2 queues and 1 mappings: 0 errors, 0 warnings, 0 notes\n'
        for before, after, finding in [
                ('VisibilityTimeout: 60', 'VisibilityTimeout: 59', ('visibility-short', 'Orders')),
                ('VisibilityTimeout: 60', 'VisibilityTimeout: 9', ('lease-shorter-than-timeout', 'Orders')),
                ('maxReceiveCount: 5', 'maxReceiveCount: 4', ('receive-count-low', 'Orders')),
                ('1209600', '345600', ('dlq-retention', 'Dead')),
                ('Timeout: 10}', 'Timeout: 10, ReservedConcurrentExecutions: 9}', ('reserved-concurrency-low', 'Mapping'))]:
            write(GOOD_TEMPLATE.replace(before, after))
            assert findings(path) == {finding}, finding
        write(GOOD_TEMPLATE.replace('      ScalingConfig: {MaximumConcurrency: 10}\n', ''))
        assert findings(path, status=0) == {('concurrency-unlimited', 'Mapping')}  # a note alone fails nothing
        write('Resources: [')
        assert f'{path}:' in redrive('lint', path, status=2).errors
        write('neither: one')
        assert 'neither a template (Resources) nor a scenario' in redrive('lint', path, status=2).errors
    assert 'No such file' in redrive('lint', path, status=2).errors
    assert '--format takes text, json, sarif or junit' in redrive('lint', path, '--format', 'xml', status=2).errors
    assert 'lint needs a template' in redrive('lint', status=2).errors


def lint_asks_a_running_emulator():
    arn = 'arn:aws:sqs:us-east-1:000000000000:'
    with Serve('--clock', 'manual', '--function', 'reports=' + script('report'), '--function', 'throws=' + script('throw')) as server:
        assert findings('--endpoint', server.endpoint, status=0) == set()
        for name, types in (('reports', []), ('throws', ['ReportBatchItemFailures'])):
            server.call('CreateQueue', QueueName=name)
            mapping(server, FunctionName=name, EventSourceArn=arn + name, FunctionResponseTypes=types)
        found = findings('--endpoint', server.endpoint)
        assert ('reporting-off', 'reports to reports') in found and ('dlq-missing', 'throws') in found, found
        assert not {'reports-lost', 'reporting-unused'} & {rule for rule, _ in found}, found
        for name in ('reports', 'throws'):
            server('send', name, 'poison')
        server('clock', 'advance', '1s')
        found = findings('--endpoint', server.endpoint)
        assert ('reports-lost', 'reports to reports') in found and ('reporting-unused', 'throws to throws') in found, found
    redrive('lint', '--endpoint', server.endpoint, status=1)


# A suite that sends one good and one poison message, and drives the clock itself.
SUITE = '''
import json, os, sys, urllib.request
base = os.environ["AWS_ENDPOINT_URL"]
post = lambda path, body, headers: json.loads(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
    urllib.request.Request(base + path, json.dumps(body).encode(), headers)).read() or b"{}")
sqs = lambda operation, **members: post("/", members, {
    "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS." + operation})
arn = "arn:aws:sqs:us-east-1:000000000000:"
sqs("CreateQueue", QueueName="orders-dlq")
url = sqs("CreateQueue", QueueName="orders", Attributes={"RedrivePolicy": json.dumps(
    {"deadLetterTargetArn": arn + "orders-dlq", "maxReceiveCount": 1})})["QueueUrl"]
post("/2015-03-31/event-source-mappings/", {"FunctionName": "orders", "EventSourceArn": arn + "orders",
                                            "FunctionResponseTypes": ["ReportBatchItemFailures"]}, {})
for body in sys.argv[1:]:
    sqs("SendMessage", QueueUrl=url, MessageBody=body)
post("/_redrive/api/clock", {"run": "idle"}, {"Content-Type": "application/json"})
'''
POISON = 'orders=sim:{"fail":{"body":"poison"},"how":"report"}'
MALFORMED = 'orders=sim:{"fail":{"body":"poison"},"how":"malformed","malformed":"{\\"batchItemFailures\\":{}}"}'


def exec_runs_a_suite_and_sums_up():
    words = ['exec', '--clock', 'manual', '--function', POISON]
    output = redrive(*words, '--', 'python3', '-c', SUITE, 'good')
    assert output.errors == 'redrive: the command ended with status 0; every queue is empty; no malformed report\n', output.errors
    output = redrive(*words, '--', 'python3', '-c', SUITE, 'good', 'poison')
    assert 'messages are left: 0 in queues, 1 in dead-letter queues' in output.errors, output.errors
    assert re.search(r'^orders-dlq +1 +0 +0  a dead-letter queue$', output.errors, re.M), output.errors
    output = redrive(*words, '--fail-on', 'malformed,dlq', '--', 'python3', '-c', SUITE, 'poison', status=1)
    assert '--fail-on dlq: dead-letter queues hold 1 message\n' in output.errors, output.errors
    redrive(*words, '--fail-on', 'leftover,malformed', '--', 'python3', '-c', SUITE, 'poison')
    output = redrive(*words[:-1], MALFORMED, '--quiet', '--fail-on=malformed', '--', 'python3', '-c', SUITE, 'poison', status=1)
    assert output.errors == 'redrive: --fail-on malformed: 1 invocation gave no valid report\n', output.errors


# Two messages of a group, of which the first fails and the handler reports it alone.
GROUP = SUITE.split('sqs("CreateQueue", QueueName="orders-dlq")')[0] + '''
url = sqs("CreateQueue", QueueName="o.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
sqs("SendMessageBatch", QueueUrl=url, Entries=[
    {"Id": str(number), "MessageBody": body, "MessageGroupId": "g"} for number, body in enumerate(sys.argv[1:])])
post("/2015-03-31/event-source-mappings/", {"FunctionName": "orders", "EventSourceArn": arn + "o.fifo",
                                            "FunctionResponseTypes": ["ReportBatchItemFailures"]}, {})
post("/_redrive/api/clock", {"run": "idle"}, {"Content-Type": "application/json"})
'''
RECOVERS = 'orders=sim:{"fail":{"body":"poison"},"how":"report","recovers":2}'


def exec_sees_a_lost_order():
    words = ['exec', '--clock', 'manual', '--function', RECOVERS]
    output = redrive(*words, '--fail-on', 'order', '--', 'python3', '-c', GROUP, 'poison', 'good', status=1)
    assert re.search(r'order violations: 1, the first: in group g of o.fifo [0-9a-f-]{36} succeeded before [0-9a-f-]{36}, which failed\n',
                     output.errors), output.errors
    assert '--fail-on order: 1 time a later message of a FIFO group' in output.errors, output.errors
    redrive(*words, '--fail-on', 'dlq,leftover', '--', 'python3', '-c', GROUP, 'poison', 'good')
    output = redrive(*words, '--fail-on', 'order', '--', 'python3', '-c', GROUP, 'good', 'poison')
    assert 'order violations' not in output.errors, output.errors
    logged = redrive(*words, '--log', '--', 'python3', '-c', GROUP, 'poison', 'good').errors
    assert len(re.findall(r'order-violation queue=o.fifo group=g succeeded=[0-9a-f-]{36} before=[0-9a-f-]{36} ', logged)) == 1, logged


def messages_come_twice_on_purpose():
    def deliveries(*options):
        path = os.path.join(tempfile.mkdtemp(), 'trace')
        redrive('exec', '--clock', 'manual', '--seed', '5', '--quiet', '--trace-file', path, '--function', 'orders=sim:{}', *options,
                '--fail-on', 'leftover,dlq', '--', 'python3', '-c', SUITE.replace('"maxReceiveCount": 1', '"maxReceiveCount": 2'), *'abcdefghij')
        with open(path, encoding='utf-8') as file:
            points = [json.loads(line) for line in file]
        again = [point for point in points if point['kind'] == 'visible again']
        assert all(point['reason'].startswith('duplicate on purpose') for point in again), again
        assert sum(point['kind'] == 'received' for point in points) == 10 + len(again)
        return len(again), [point.get('messageId') for point in points]
    assert deliveries()[0] == 0 and deliveries('--duplicate', '1')[0] == 10
    some = deliveries('--duplicate', '50%')
    assert 0 < some[0] < 10
    assert "--duplicate takes a share such as 5% or 0.05, not \"2\"" in redrive('serve', '--duplicate', '2', status=2).errors


def faults_are_listed_set_and_cleared():
    with Serve('--clock', 'manual', '--seed', '3', '--fault', 'orders=crash:at 1', '--function', 'orders=sim:{}') as server:
        faults = lambda **command: json.loads(subprocess.run(
            ['curl', '-s', '--noproxy', '*', server.endpoint + '/_redrive/api/faults'] + (['-d', json.dumps(command)] if command else []),
            capture_output=True, check=True).stdout)
        assert [fault['fault'] for fault in faults()['faults']] == ['orders=crash:at 1']
        listed = faults(set=['orders=throttle:every 2', 'x=timeout:20%'])['faults']
        assert [(fault['fault'], fault['declared']) for fault in listed] == [
            ('orders=crash:at 1', True), ('orders=throttle:every 2', False), ('x=timeout:20%', False)], listed
        assert 'the kinds of faults' in faults(set=['y=crash', 'y=x'])['message'] and len(faults()['faults']) == 3
        assert 'faults takes' in faults(clear=False)['message'] and 'set takes' in faults(set=7)['message']
        assert len(faults(clear='x')['faults']) == 2
        server.call('CreateQueue', QueueName='orders')
        mapping(server, FunctionName='orders', EventSourceArn='arn:aws:sqs:us-east-1:000000000000:orders')
        message = server('send', 'orders', 'x').strip()
        server('clock', 'run')
        assert [(fault['tries'], fault['struck']) for fault in faults()['faults']] == [(3, 1), (3, 1)], faults()
        assert the_cause(server, message) == ['fault'], server('why', message)
        assert 'crashed on purpose (fault orders=crash:at 1)' in ' '.join(server('why', message).split())
        subprocess.run(['curl', '-s', '--noproxy', '*', '-X', 'POST', server.endpoint + '/_redrive/api/reset'], capture_output=True, check=True)
        assert [(fault['fault'], fault['tries']) for fault in faults()['faults']] == [('orders=crash:at 1', 0)], faults()
        assert faults(clear=True)['faults'] == []
    assert '--fault: the kinds of faults are' in redrive('serve', '--fault', 'orders=x', status=2).errors


# A handler without a library: it says what it got, and fails for poison.
HANDLER = '''
import os, sys, urllib.request
base = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
while True:
    answer = ask(base + 'next')
    event, request = answer.read(), answer.headers['Lambda-Runtime-Aws-Request-Id']
    print('first line' + ('\\n' + 'x' * 99) * (10000 if b'flood' in event else 0), flush=True)
    print('about to \\x1b[31mfail', file=sys.stderr, flush=True)
    ask(urllib.request.Request(base + request + ('/error' if b'poison' in event else '/response'), b'{"errorMessage":"no"}'))
'''


def what_a_handler_wrote_is_shown():
    path = os.path.join(tempfile.mkdtemp(), 'handler.py')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(HANDLER)
    with Serve('--quiet', '--keep-alive', '200ms', '--function', f'orders=exec:{sys.executable} {path}') as server:
        server.call('CreateQueue', QueueName='orders')
        mapping(server, FunctionName='orders', EventSourceArn='arn:aws:sqs:us-east-1:000000000000:orders')
        poison = server('send', 'orders', 'poison').strip()
        ended = time.monotonic() + PATIENCE_S
        while 'first line' not in server('why', poison) and time.monotonic() < ended:
            pass
        told = server('why', poison)
        assert 'WHAT THE FUNCTION WROTE in delivery 1\n  first line\n  about to ?[31mfail\n' in told or '  about to ?[31mfail\n  first line\n' in told, told
        told = server('trace', '--queue', 'orders')
        assert '\nWHAT orders WROTE until ' in told and '  first line\n' in told and '  about to ?[31mfail\n' in told, told
        assert 'first line\n' in json.loads(server('why', poison, '--json'))['deliveries'][0]['output']
        headers = subprocess.run(['curl', '-si', '--noproxy', '*', '-H', 'X-Amz-Log-Type: Tail', '-d', '"flood"',
                                  server.endpoint + '/2015-03-31/functions/orders/invocations'], capture_output=True, text=True, check=True).stdout
        log = base64.b64decode(re.search(r'(?i)x-amz-log-result: (\S+)', headers).group(1)).decode()
        assert len(log) == 4096 and 'x' * 99 in log and 'END RequestId' in log and 'REPORT RequestId' in log, log
        children = lambda: subprocess.run(['pgrep', '-P', str(server.process.pid)], capture_output=True, check=False).stdout
        while children() and time.monotonic() < ended:
            pass
        assert children() == b'', 'an idle process is still there'


def exec_is_the_command():
    assert redrive('exec', '--quiet', '--', 'cat', text='through') == 'through'
    assert redrive('exec', '--quiet', '--', 'sh', '-c', 'echo out; echo errors >&2; exit 7', status=7).errors == 'errors\n'
    assert redrive('exec', '--quiet', '--', 'sh', '-c', 'kill -9 $$', status=137).errors == ''
    output = redrive('exec', '--', 'no-such-program', status=127)
    assert output.errors == 'redrive: no-such-program cannot be started: No such file or directory\n', output.errors
    for number, name in ((signal.SIGTERM, 'TERM'), (signal.SIGINT, 'INT')):
        process = subprocess.Popen([REDRIVE, 'exec', '--quiet', '--', 'sh', '-c',
                                    f'trap "echo caught; exit 5" {name}; echo ready; while :; do read line; done'],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert process.stdout.readline() == 'ready\n'
        process.send_signal(number)
        assert process.communicate(timeout=PATIENCE_S)[0] == 'caught\n' and process.returncode == 5, process.returncode


def exec_lets_no_real_credential_through():
    real = {'AWS_ACCESS_KEY_ID': 'REAL', 'AWS_SECRET_ACCESS_KEY': 'REAL', 'AWS_SESSION_TOKEN': 'REAL', 'AWS_PROFILE': 'REAL',
            'AWS_REGION': 'REAL', 'AWS_CONTAINER_CREDENTIALS_FULL_URI': 'http://REAL', 'NO_PROXY': 'intranet'}
    shown = redrive('exec', '--quiet', '--region', 'eu-west-1', '--', 'env', environment=clean_environment() | real)
    assert 'REAL' not in shown, shown
    shown = dict(line.split('=', 1) for line in shown.splitlines() if '=' in line)
    assert shown['AWS_REGION'] == shown['AWS_DEFAULT_REGION'] == 'eu-west-1'
    assert re.fullmatch(r'http://127\.0\.0\.1:\d+', shown['AWS_ENDPOINT_URL']), shown
    assert shown['AWS_ENDPOINT_URL'] == shown['AWS_ENDPOINT_URL_SQS'] == shown['AWS_ENDPOINT_URL_LAMBDA'] == shown['REDRIVE_API']
    assert shown['NO_PROXY'] == 'intranet,127.0.0.1,localhost' and shown['no_proxy'].endswith('127.0.0.1,localhost')
    assert redrive('exec', '--quiet', '--', REDRIVE, 'queues') == 'There are no queues yet.\n'


def commands_sign_where_signatures_are_asked_for():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'orders.db')
        with Serve('--db', path, '--region', 'eu-west-1') as server:
            server.call('CreateQueue', QueueName='orders')
        words = ['exec', '--quiet', '--db', path, '--region', 'eu-west-1', '--credentials', 'AKIA:its:secret', '--']
        sent = redrive(*words, REDRIVE, 'send', 'orders', 'größer').strip()
        assert sent in redrive(*words, REDRIVE, 'peek', 'orders')
        wrong = redrive(*words, 'env', 'AWS_SECRET_ACCESS_KEY=other', REDRIVE, 'send', 'orders', 'x', status=1)
        assert 'signature we calculated does not match' in wrong.errors and 'its:secret' not in wrong.errors, wrong.errors
        unknown = redrive(*words, 'env', 'AWS_ACCESS_KEY_ID=NOBODY', REDRIVE, 'purge', 'orders', status=1)
        assert 'The security token included in the request is invalid.' in unknown.errors, unknown.errors
        assert sent in redrive(*words, REDRIVE, 'peek', 'orders')


TESTS = [commands_sign_where_signatures_are_asked_for,
         exec_runs_a_suite_and_sums_up, exec_sees_a_lost_order, messages_come_twice_on_purpose, faults_are_listed_set_and_cleared, what_a_handler_wrote_is_shown, exec_is_the_command, exec_lets_no_real_credential_through,
         every_command_has_a_manual, a_typing_error_is_one_sentence_and_status_2, nobody_answers,
         serve_prints_one_line_and_ends_cleanly, serve_says_what_is_wrong, serve_warns_when_others_can_reach_it,
         a_database_outlives_the_process, a_message_from_send_to_trace, a_follower_is_told_the_end, dead_letters_are_moved_back,
         why_explains_the_dead_letter_queue, why_explains_a_lost_order, why_explains_what_is_hidden_or_came_twice,
         check_finds_which_rule_a_handler_breaks, check_speaks_to_people, check_tries_a_real_handler,
         lint_reads_templates, lint_asks_a_running_emulator,
         functions_are_listed_with_what_they_are_called, a_poison_message_stops_at_the_horizon,
         the_tour_is_the_same_for_equal_seeds, the_tour_without_its_handler, every_response_goes_as_on_aws, a_broken_rule_is_seen,
         a_terminal_gets_colours_and_fits]


def main():
    print(f'1..{len(TESTS)}')
    failed = 0
    for number, test in enumerate(TESTS, 1):
        note = wrong = None
        try:
            note = test()
        except Exception as error:  # each test stands alone
            wrong = f'{type(error).__name__}: {error}'
            failed += 1
        print(f'{"not ok" if wrong else "ok"} {number} - {test.__name__.replace("_", " ")}' + (f' # {note}' if note else ''),
              flush=True)
        for line in (wrong or '').splitlines():
            print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
