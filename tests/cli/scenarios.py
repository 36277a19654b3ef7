#!/usr/bin/env python3
"""scenarios -- redrive test in both directions: what is so passes, what is not fails and says why, what is wrong is told where.

    scenarios.py REDRIVE SCENARIOS-DIRECTORY EXAMPLE-BOOTSTRAP
"""
import glob
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

REDRIVE, SCENARIOS, BOOTSTRAP = (os.path.abspath(word) for word in sys.argv[1:4])
PATIENCE_S = 100
FOLDER = tempfile.mkdtemp()

WORLD = """\
resources:
  dead: {Type: AWS::SQS::Queue}
  orders:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 2}}
  handler:
    Type: AWS::Lambda::Function
    Target: {sim: {fail: {body: poison}, how: report}}
  mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: orders, FunctionName: handler, FunctionResponseTypes: [ReportBatchItemFailures]}
"""
SENT = WORLD + """\
steps:
  - send: {to: orders, bodies: {good: fine, bad: poison}}
  - run: idle
"""


def run(*words, status=0, cwd=None):
    ended = subprocess.run([REDRIVE, 'test', *words], capture_output=True, text=True, timeout=PATIENCE_S, cwd=cwd, check=False)
    assert ended.returncode == status, f'status {ended.returncode}, not {status}:\n{ended.stdout}{ended.stderr}'
    return ended


def scenario(text, name='scenario.yaml'):
    path = os.path.join(FOLDER, name)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def examples():
    paths = sorted(glob.glob(os.path.join(SCENARIOS, '*.yaml')))
    return paths if shutil.which('curl') else [path for path in paths if not path.endswith('real_handler.yaml')]


# ---- tests ----

def every_example_is_so():
    paths = examples()
    assert len(paths) >= 12, paths
    began = time.monotonic()
    out = run(*paths).stdout
    assert out.count('\nok ') == len(paths) and out.startswith(f'1..{len(paths)}\n'), out
    return f'{len(paths)} scenarios, {time.monotonic() - began:.1f} s'


def equal_seeds_give_equal_bytes():
    paths = [path for path in examples() if not path.endswith('real_handler.yaml')]
    wrong = scenario(SENT + '  - expect: {message: bad, in: deleted}\n')
    reports = [os.path.join(FOLDER, name) for name in ('one.xml', 'two.xml')]
    first, second = (run(*paths, wrong, '--seed', '7', '--junit', report, status=1).stdout for report in reports)
    assert first == second
    one, two = (open(report, encoding='utf-8').read() for report in reports)
    assert one == two


# What is expected -> what is told instead.
WRONG = [
    ('{message: bad, in: deleted}', ['expected  in: deleted', 'actual    in: dead', 'the story of bad:', 'maxReceiveCount is 2']),
    ('{message: bad, deliveries: 3}', ['expected  deliveries: 3', 'actual    deliveries: 2']),
    ('{message: good, deliveries: {at_least: 2}}', ['expected  deliveries: at least 2', 'actual    deliveries: 1']),
    ('{message: bad, delivered_at: [0s, 29s]}', ['delivered at: 0 s, 29 s', 'delivered at: 0 s, 30 s']),
    ('{message: bad, state: in flight}', ['expected  state: in flight', 'actual    state: visible']),
    ('{message: good, reason: by magic}', ['a reason with: by magic']),
    ('{message: [good, bad], in: dead}', ['expected  good: in: dead', 'actual    good: in: deleted', 'the story of good:']),
    ('{queue: dead, count: 0}', ['expected  count: 0', 'actual    count: 1', 'it holds: [bad]']),
    ('{queue: dead, exactly: [good]}', ['expected  exactly: [good]', 'it holds: [bad]']),
    ('{queue: dead, at_least: [bad, good]}', ['expected  at least: [bad, good]']),
    ('{never: {delivered: bad, more_than: 1}}', ['bad never delivered more than 1 times', 'actual    deliveries: 2']),
    ('{never: {message: bad, in: dead}}', ['bad never in: dead', 'dead-lettered at 1 min']),
    ('{order: {ids: [bad, good]}}', ['bad done with before good', 'good was done with at 1 ms, bad at 1 min']),
    ('{invocations: {function: handler, at_most: 1}}', ['expected  invocations: at most 1', 'actual    invocations: 2']),
    ('{order_violations: {at_least: 1}}', ['expected  order violations: at least 1', 'actual    order violations: 0']),
    ('{throttles: {at_least: 1}}', ['actual    throttles: 0']),
    ('{batches: {sizes: [1, 1, 1]}}', ['expected  sizes: [1, 1, 1]', 'actual    sizes: [2, 1]']),
    ('{duplicates: {at_least: 1}}', ['expected  messages processed more than once: at least 1', 'actual    messages processed more than once: 0']),
    ('{metric: {name: NumberOfMessagesReceived, queue: orders, at_most: 2}}', ['NumberOfMessagesReceived: at most 2', 'NumberOfMessagesReceived: 3']),
    ('{metric: {name: NumberOfMessagesDeleted, exactly: 2}}', ['expected  NumberOfMessagesDeleted: 2', 'actual    NumberOfMessagesDeleted: 1']),
    ('{metric: {name: Errors, function: handler, at_least: 0.5}}', ['Errors: at least 0.5', 'Errors: 0']),
    ('{metric: {name: InvokedEventCount, mapping: mapping, exactly: 0}}', ['actual    InvokedEventCount: 3']),
    ('{cost: {at_most: 0.000001}}', ['expected  dollars: at most 0.000001', 'actual    dollars: 0.000002804', '6 requests of SQS, 2 invocations, 0.000 GB-seconds']),
    ('{logged: {function: handler, contains: done}}', ['expected  invocations that wrote "done": at least 1']),
    ('{virtual_time: {at_most: 59s}}', ['expected  virtual time: at most 59 s', 'actual    virtual time: 1 min']),
]


def what_is_not_so_fails_and_says_why():
    for number, (expectation, told) in enumerate(WRONG):
        path = scenario(SENT + f'  - expect: {expectation}\n', f'wrong{number}.yaml')
        out = run(path, status=1).stdout
        assert f'{path}:15:14: ' in out and '\nnot ok 1 - ' in out, out
        assert '1 of 1 expectation failed (seed 1)' in out, out
        for words in told:
            assert words in out, f'{words!r} is not in:\n{out}'
    return f'{len(WRONG)} expectations'


def a_failure_says_how_to_see_it_again():
    path = scenario(SENT + '  - expect: {message: bad, in: deleted}\n', "it's.yaml")
    function = 'handler=sim:{"fail": {"body": "poison"}}'
    out = run(path, '--seed', '77', '--function', function, '--duplicate', '5%', status=1).stdout
    again = [line for line in out.splitlines() if line.startswith('#   again: ')]
    words = shlex.split(again[0][len('#   again: '):])
    assert words == ['redrive', 'test', '--seed', '77', '--duplicate', '0.05', '--function', function, path], words
    assert run(*words[2:], status=1).stdout == out
    assert 'again' not in run(scenario(SENT)).stdout


def a_terminal_sees_how_far_a_long_run_is():
    slow = scenario(SENT.replace('{sim: {fail: {body: poison}, how: report}}', 'exec:sh -c "sleep 2; exit 1"').replace('maxReceiveCount: 2', 'maxReceiveCount: 1'), 'slow.yaml')
    ours, theirs = pty.openpty()
    ended = subprocess.run([REDRIVE, 'test', slow], stdout=subprocess.PIPE, stderr=theirs, timeout=PATIENCE_S, check=False)
    os.close(theirs)
    shown = ''
    try:
        while piece := os.read(ours, 10000):
            shown += piece.decode()
    except OSError:  # what Linux says at the end of a terminal
        os.close(ours)
    assert ended.returncode == 0 and '\r\033[K0 of 1 scenarios; slow.yaml is at work' in shown and shown.endswith('\r\033[K'), (ended, shown)


def a_story_is_told_once():
    path = scenario(SENT + '  - expect: [{message: bad, in: deleted}, {message: bad, deliveries: 3}, {message: good, in: dead}]\n', 'once.yaml')
    out = run(path, status=1).stdout
    assert out.count('the story of bad:') == 2 and out.count('the story of bad: above\n') == 1, out
    assert out.count('maxReceiveCount is 2') == 1 and out.count('the story of good:') == 1 and 'good: above' not in out, out


def the_opposite_of_each_is_so():
    run(scenario(SENT + """\
  - expect:
    - {message: bad, in: dead, state: visible, deliveries: 2, delivered_at: [0s, 30s], reason: maxReceiveCount}
    - {message: good, in: deleted, deliveries: {exactly: 1}}
    - {queue: dead, count: 1, visible: 1, in_flight: 0, delayed: 0, exactly: bad}
    - never: {delivered: good, more_than: 1}
    - never: {message: good, in: dead}
    - never: {message: bad, in: expired}
    - order: {ids: [good, bad]}
    - invocations: {exactly: 2}
    - throttles: {exactly: 0}
    - order_violations: 0
    - batches: {function: handler, count: 2, sizes: [2, 1]}
    - duplicates: 0
    - duplicates: {queue: orders, exactly: 0}
    - metric: {name: NumberOfMessagesReceived, queue: orders, exactly: 3}
    - metric: {name: redrive_item_failure_ratio, mapping: handler, at_least: 0.6, at_most: 0.7}
    - cost: {at_least: 0.000001, at_most: 0.00001}
    - logged: {contains: anything, exactly: 0}
    - virtual_time: {at_least: 60s, at_most: 60s}
  - purge: dead
  - expect: {message: bad, in: purged}
"""))


INJECTED = [
    ('{fault: crsh, into: handler}', 'the kinds of faults are throttle, timeout, crash, lose-response and fail-delete, not "crsh"'),
    ('{fault: crash, into: hander}', "'hander' is no mapping and no function"),
    ('{fault: crash, into: handler, every: 2, at: 1}', 'inject takes one of share, every and at'),
    ('{fault: crash, into: handler, every: 0}', 'a fault strikes in a share of the tries'),
    ('{fault: crash}', "inject needs 'into'"),
    ('nothing', 'inject takes {fault: throttle, into: NAME, every: 3}, or none'),
]


def faults_on_purpose_are_steps():
    for words, sentence in INJECTED:
        assert sentence in run(scenario(WORLD + f'steps:\n  - inject: {words}\n'), status=2).stderr, words
    injected = SENT.replace('steps:\n', 'steps:\n  - inject: {fault: %s, into: mapping, at: 1}\n')
    for fault, reason in (('timeout', 'too late on purpose'), ('crash', 'crashed on purpose'),
                          ('lose-response', 'its response was lost on purpose'), ('fail-delete', 'the deletion failed on purpose')):
        run(scenario(injected % fault + f"  - expect: {{message: good, in: deleted, deliveries: 2, reason: '{reason} (fault '}}\n"))
    run(scenario(injected % 'throttle' + '  - expect: [{message: good, in: deleted, deliveries: 1}, throttles: 1]\n'))


def messages_come_twice_on_purpose():
    sent = SENT.replace('steps:', 'duplicate: 100%\nsteps:')
    path = scenario(sent + '  - expect: {message: good, in: deleted, deliveries: 2, reason: duplicate on purpose}\n')
    run(path)
    run(path, '--duplicate', '1')
    assert 'actual    deliveries: 1' in run(path, '--duplicate', '0', status=1).stdout
    wrong = scenario(SENT.replace('steps:', 'duplicate: 2\nsteps:'))
    assert 'duplicate takes a share such as 5% or 0.05' in run(wrong, status=2).stderr


QUEUE = """\
resources:
  jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
steps:
  - send: {to: jobs, bodies: {one: 1, two: 2, three: 3}}
"""


def an_outside_consumer_receives_and_deletes():
    run(scenario(QUEUE + """\
  - receive: {from: jobs, max: 2, visibility: 10s, as: worker}
  - receive: {from: jobs, max: 10, as: other}
  - receive: {from: jobs, as: nobody}
  - expect:
    - received: {by: worker, exactly: [one, two], count: 2}
    - received: {by: other, exactly: three}
    - received: {by: nobody, count: 0}
    - {queue: jobs, in_flight: 3}
  - change_visibility: {of: one, to: 60s}
  - delete: other
  - advance: 10s
  - expect: [{message: one, state: in flight}, {message: two, state: visible}, {message: three, in: deleted}]
  - receive: {from: jobs, as: again}
  - delete: [one, again]
  - change_visibility: {of: two, to: 5s, refused: not available for visibility timeout change}
  - expect: [{queue: jobs, count: 0}, {message: two, deliveries: 2}]
"""))
    for words, line, told in [
            ('receive: {from: jobs, max: 2, as: a}\n  - expect: {received: {by: a, exactly: [one]}}', 6,
             ['expected  received: [one]', 'actual    received: [two, one]']),
            ('receive: {from: jobs, as: a}\n  - delete: {of: a, refused: gone}', 6, ['delete: {of: a, refused: gone}', 'expected  refused: gone', 'DeleteMessage succeeded'])]:
        path = scenario(QUEUE + f'  - {words}\n')
        out = run(path, status=1).stdout
        assert f'{path}:{line}:' in out, out
        for each in told:
            assert each in out, f'{each!r} is not in:\n{out}'
    for words, sentence in [
            ('delete: one', "5:5: no receive above got 'one'"),
            ('delete: onne', "5:5: no receive and no message above is called 'onne'; did you mean 'one'?"),
            ('receive: {from: jobs, as: one}', "5:27: the name 'one' is given twice"),
            ('receive: {from: jobs, max: 0}', '5:27: max takes 1 to 10000 messages'),
            ('receive: {from: jobs, visibility: 1500ms}', '5:27: a visibility timeout has whole seconds'),
            ('receive: {from: jobs, visibilty: 1s}', "5:27: receive has no 'visibilty'; did you mean 'visibility'?"),
            ('receive: {from: jobs, visibility: 13h}', '5:5: ReceiveMessage was refused: '),
            ('receive: {from: jobs, as: a}\n  - expect: {received: {by: b}}', "6:25: no receive above has 'as: b'"),
            ('receive: {from: jobs, as: a}\n  - delete: a\n  - change_visibility: {of: a, to: 1s}', '7:5: ChangeMessageVisibility was refused: ')]:
        stderr = run(scenario(QUEUE + f'  - {words}\n'), status=2).stderr
        assert sentence in stderr, f'{words}\n{sentence}\n{stderr}'


def what_comes_again_and_again_is_told_once():
    text = SENT.replace('maxReceiveCount: 2', 'maxReceiveCount: 9')
    out = run(scenario(text + '  - expect: {message: bad, in: deleted}\n'), status=1).stdout
    assert '...          the same 8 more times, until +4m30s, receive count 9\n' in out, out
    assert out.count(' visible again ') == 1 and out.count('received 9 times, maxReceiveCount is 9') == 1, out


def a_load_is_a_rate_over_virtual_time():
    run(scenario(WORLD + """\
steps:
  - send: {to: orders, body: 'fine {n}', every: 500ms, for: 1m, id: 'order-{n}'}
  - expect:
    - {message: order-120, in: deleted, delivered_at: [59500ms]}
    - virtual_time: {at_least: 60s, at_most: 60s}
    - metric: {name: NumberOfMessagesSent, queue: orders, exactly: 120}
  - send: {to: orders, bodies: [x, y, z], every: 10s}
  - expect: {virtual_time: {at_least: 90s, at_most: 90s}}
"""))


def a_redrive_is_cancelled_and_a_queue_deleted():
    run(scenario(SENT + """\
  - send: {to: orders, bodies: {one: poison, two: poison, three: poison}}
  - run: idle
  - disable: mapping
  - redrive: {from: dead, per_second: 1}
  - advance: 1s
  - redrive: {cancel: dead}
  - run: idle
  - expect: [{queue: dead, count: 3}, {queue: orders, exactly: bad}]
  - delete_queue: dead
  - expect: {message: three, in: queue deleted}
"""))


def a_function_is_invoked_and_answers():
    world = WORLD.replace('Target: {sim: {fail: {body: poison}, how: report}}', 'Duration: 200ms\n    Target: {sim: {fail: {body: poison}, how: %s}}')
    event = "payload: {Records: [{messageId: a, body: poison}]}"
    told = '{batchItemFailures: [{itemIdentifier: a}]}'
    run(scenario(world % 'report' + f'steps:\n  - invoke: {{function: handler, {event}, answer: {told}}}\n  - expect: {{virtual_time: {{at_most: 200ms, at_least: 200ms}}}}\n'))
    run(scenario(world % 'throw' + f'steps:\n  - invoke: {{function: handler, {event}, error: Unhandled, contains: errorMessage}}\n'))
    for how, wish, sentences in [
            ('report', 'answer: {batchItemFailures: []}', ['expected  answer: {"batchItemFailures":[]}', 'actual    answer: {"batchItemFailures":[{"itemIdentifier":"a"}]}']),
            ('report', 'contains: twice', ['expected  an answer with: twice']),
            ('report', 'error: Unhandled', ['expected  error: Unhandled', 'actual    error: none, and the answer: ']),
            ('throw', 'contains: errorType', ['expected  error: none', 'actual    error: Unhandled, and the answer: '])]:
        path = scenario(world % how + f'steps:\n  - invoke: {{function: handler, {event}, {wish}}}\n')
        out = run(path, status=1).stdout
        assert f'{path}:14:5: invoke: {{' in out, out
        for sentence in sentences:
            assert sentence in out, f'{sentence!r} is not in:\n{out}'


def what_a_handler_wrote_is_shown_and_expected():
    text = SENT.replace('{sim: {fail: {body: poison}, how: report}}', 'exec:sh -c "seq 30; echo it broke >&2; exit 1"').replace('maxReceiveCount: 2', 'maxReceiveCount: 5')
    out = run(scenario(text + '  - expect: [{message: bad, in: deleted}, {message: good, in: deleted}, {logged: {contains: no such}}]\n'), status=1).stdout
    assert out.count('what handler wrote last:\n#         17\n') == 1 and out.count('#         it broke\n') == 1, out
    assert 'what handler wrote last: above' in out and '#         16\n' not in out, out
    assert 'the same 4 more times' in out, out
    run(scenario(text + '  - expect: [{logged: {function: handler, contains: it broke}}, {logged: {contains: it broke, at_least: 5}}, {logged: {contains: fixed, exactly: 0}}]\n'))


def who_processes_twice_is_found():
    injected = SENT.replace('steps:\n', 'steps:\n  - inject: {fault: %s, into: mapping, at: 1}\n')
    for fault in ('fail-delete', 'lose-response'):
        out = run(scenario(injected % fault + '  - expect: {duplicates: 0}\n'), status=1).stdout
        assert 'actual    messages processed more than once: 1' in out and 'the story of good:' in out and 'the story of bad:' not in out, out
    run(scenario(injected % 'crash' + '  - expect: {duplicates: 0}\n'))


# A scenario -> line:column and the sentence.
FAULTS = [
    ('steps: []\nnmae: x\n', "2:1: a scenario has no 'nmae'; did you mean 'name'?"),
    ('name: x\n', "1:1: a scenario needs 'steps'"),
    ('', '1:1: there is nothing in it'),
    ('steps: [\n', '2:1: '),
    ('a: 1\na: 2\n', "2:1: 'a' stands here twice"),
    ('steps: []\n---\nsteps: []\n', '2:1: a second document begins here; a file holds one'),
    (WORLD + 'steps:\n  - sned: {to: orders}\n', "13:5: there is no step 'sned'; did you mean 'send'?"),
    (WORLD + 'steps:\n  - send: {to: ordres, body: x}\n', "13:12: there is no queue 'ordres' in this scenario; did you mean 'orders'?"),
    (WORLD + 'steps:\n  - send: {to: orders, bdoy: x}\n', "13:24: send has no 'bdoy'; did you mean 'body'?"),
    (WORLD + 'steps:\n  - send: {to: orders}\n', "13:5: send needs either 'body' or 'bodies'"),
    (WORLD + 'steps:\n  - send: {to: orders, count: 2, id: a, body: x}\n', "the id 'a' is given twice; {n} in it"),
    (WORLD + 'steps:\n  - advance: soon\n', '13:5: advance takes a duration, such as 30s or 15m'),
    (WORLD + 'steps:\n  - run: idel\n', '13:5: run takes idle, or {until: idle, max: 2h}'),
    (WORLD + 'steps:\n  - advance: 1s\n    run: idle\n', "14:5: a step has one word; 'run' begins another: put a dash before it"),
    (WORLD + 'steps:\n  - set: {queue: orders, VisibilityTimout: 3}\n', "did you mean 'VisibilityTimeout'?"),
    (WORLD + 'steps:\n  - disable: mappnig\n', "did you mean 'mapping'?"),
    (SENT + '  - expect: {message: god, in: dead}\n', "15:14: no send above gives a message the id 'god'; did you mean 'good'?"),
    (SENT + '  - expect: {message: good, in: delted}\n', "15:29: in takes a queue, or deleted, expired, purged or queue deleted; did you mean 'deleted'?"),
    (SENT + '  - expect: {mesage: good}\n', "did you mean 'message'?"),
    (SENT + '  - expect: {queue: dead, count: many}\n', '15:27: queue: count takes a whole number, or bounds'),
    (SENT + '  - expect: {invocations: {function: hander, exactly: 1}}\n', "did you mean 'handler'?"),
    (SENT + '  - expect: {metric: {name: NumberOfMessagesRecieved, at_most: 1}}\n', "15:23: there is no metric 'NumberOfMessagesRecieved'; did you mean 'NumberOfMessagesReceived'?"),
    (SENT + '  - expect: {metric: {name: Errors, queue: dead, at_most: 1}}\n', '15:37: Errors is a metric of functions, not of a queue'),
    (SENT + '  - expect: {metric: {name: Errors}}\n', '15:14: it needs exactly, at_least or at_most'),
    (SENT + '  - expect: {cost: {at_most: much}}\n', '15:21: cost: at_most takes a number, 0 or more'),
    (SENT + '  - expect: {cost: {}}\n', '15:14: it needs exactly, at_least or at_most'),
    (SENT + '  - expect: {logged: {function: handler}}\n', "logged needs 'contains'"),
    (WORLD + 'steps:\n  - send: {to: orders, body: x, for: 1m}\n', '13:33: for needs every: {every: 500ms, for: 10m}'),
    (WORLD + 'steps:\n  - send: {to: orders, body: x, every: 0s}\n', '13:33: every takes 1ms or more'),
    (WORLD + 'steps:\n  - send: {to: orders, body: x, every: 1s, for: 1m, count: 3}\n', '13:44: for says how many there are'),
    (WORLD + 'steps:\n  - send: {to: orders, body: x, every: 2m, for: 1m}\n', '13:44: for is shorter than every'),
    (WORLD + 'steps:\n  - redrive: {to: orders}\n', '13:5: redrive takes {from: QUEUE, to: QUEUE, per_second: 10} or {cancel: QUEUE}'),
    (WORLD + 'steps:\n  - redrive: {cancel: dead}\n', '13:15: no redrive from dead is at work'),
    (WORLD + 'steps:\n  - invoke: {function: handlr}\n', "did you mean 'handler'?"),
    (WORLD + 'steps:\n  - invoke: {function: handler, answer: 1, contains: x}\n', '13:44: invoke takes answer or contains, not both'),
    (SENT + '  - send: {at: 1s, to: orders, body: x}\n', '15:12: the scenario is already at 1 min'),
    (WORLD.replace('AWS::Lambda::Function', 'AWS::Lambda::Funtion') + 'steps: []\n', "did you mean 'AWS::Lambda::Function'?"),
    (WORLD.replace('VisibilityTimeout', 'VisibilityTimeot') + 'steps: []\n', "5:18: AWS::SQS::Queue has no property 'VisibilityTimeot'; did you mean 'VisibilityTimeout'?"),
    (WORLD.replace('EventSourceArn: orders', 'EventSourceArn: order') + 'steps: []\n', "there is no queue 'order'"),
    (WORLD.replace('    Target: {sim: {fail: {body: poison}, how: report}}\n', '') + 'steps: []\n', '6:3: the function handler has no target'),
    (WORLD.replace('how: report', 'how: reprot') + 'steps: []\n', '6:3: sim: how must be one of report, throw'),
    (WORLD.replace('VisibilityTimeout: 30', 'VisibilityTimeout: 50000') + 'steps: []\n', '3:3: CreateQueue was refused: '),
    (WORLD.replace('VisibilityTimeout: 30', 'VisibilityTimeout: 1') + 'steps: []\n', '9:3: Lambda refused this: '),
    (WORLD + 'steps:\n  - send: {to: orders, body: ""}\n', '13:5: '),
    ('template: gone.yaml\nsteps: []\n', 'gone.yaml cannot be read: No such file or directory'),
]


def what_is_wrong_is_told_where():
    for number, (text, sentence) in enumerate(FAULTS):
        path = scenario(text, f'fault{number}.yaml')
        ended = run(path, status=2)
        assert ended.stderr.startswith(f'redrive: {path}:') and sentence in ended.stderr, f'{text}\n{sentence}\n{ended.stderr}'
        assert ended.stderr.count('\n') == 1 and 'not ok 1' in ended.stdout, ended
    return f'{len(FAULTS)} faults'


def faults_failures_and_successes_side_by_side():
    good = scenario(SENT, 'good.yaml')
    wrong = scenario(SENT + '  - expect: {queue: dead, count: 0}\n', 'wrong.yaml')
    faulty = scenario('steps: 1\n', 'faulty.yaml')
    report = os.path.join(FOLDER, 'report.xml')
    out = run(good, wrong, faulty, 'gone.yaml', '--junit', report, status=2).stdout
    lines = [line for line in out.splitlines() if line.startswith(('ok', 'not ok'))]
    assert [line.split(' - ')[0] for line in lines] == ['ok 1', 'not ok 2', 'not ok 3', 'not ok 4'], out
    assert '# 4 scenarios: 1 passed, 1 failed, 2 cannot be run; 1 expectation, ' in out, out
    suites = xml.etree.ElementTree.parse(report).getroot()
    assert [(suite.get('failures'), suite.get('errors')) for suite in suites] == [('0', '0'), ('1', '0'), ('0', '1'), ('0', '1')]
    assert 'it holds: [bad]' in suites[1][0][0].text
    page = os.path.join(FOLDER, 'report.html')
    run(good, wrong, '--html', page, status=1)
    html = open(page, encoding='utf-8').read()
    assert html.count('<details') == 2 and html.count('<details open>') == 1 and 'it holds: [bad]' in html, html
    assert '<script' not in html and 'http' not in html, html
    assert 'cannot be written' in run(good, '--junit', '/no/such/folder/x', status=1).stderr


def a_template_stands_for_the_resources():
    scenario("""\
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Globals: {Function: {Timeout: 5}}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub 'orders-${Stage}'
      VisibilityTimeout: '30'
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Environment: {Variables: {TABLE: !Ref Table}}
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}}
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
  Table: {Type: AWS::DynamoDB::Table}
""", 'template.yaml')
    path = scenario("""\
template: template.yaml
targets: {Handler: {sim: {fail: {body: poison}, how: report}}}
steps:
  - send: {to: orders-dev, bodies: {good: fine, bad: poison}}
  - disable: HandlerOrders
  - enable: Handler
  - run: idle
  - expect: [{message: bad, in: Dead}, {message: good, in: deleted}]
""")
    run(path)
    run('scenario.yaml', cwd=FOLDER)
    assert 'Handler' in run(scenario('template: template.yaml\nsteps: []\n'), status=2).stderr


def json_is_read_too():
    tree = {'resources': {'q': {'Type': 'AWS::SQS::Queue', 'Properties': {'DelaySeconds': 5}}},
            'steps': [{'send': {'to': 'q', 'id': 'a', 'body': {'n': 1.5}}}, {'expect': {'queue': 'q', 'delayed': 1}}]}
    run(scenario(json.dumps(tree, indent=1), 'scenario.json'))
    run(scenario(json.dumps(tree), 'scenario.json'))


def a_function_comes_from_the_command_line():
    path = scenario(SENT + '  - expect: {message: [good, bad], in: deleted}\n')
    run(path, status=1)
    run(path, '--function', 'handler=sim:{}')
    assert "no scenario has a function 'handlr'" in run(path, '--function', 'handlr=sim:{}', status=2).stderr


def real_handlers_that_work_and_that_do_not():
    text = SENT.replace('    Target: {sim: {fail: {body: poison}, how: report}}\n', '    Properties: {Timeout: 1}\n    Target: exec:NAME\n')
    for words, expectation in [
            ('', '{message: bad, in: dead, deliveries: 2, delivered_at: [0s, 30s]}'),
            ('', '{message: good, in: deleted, deliveries: 1}'),
            (' throw', '{message: [good, bad], in: dead, deliveries: 2, reason: failed with an error}'),
            (' hang', '{message: [good, bad], in: dead, reason: did not finish within its Timeout}'),
            (' exit=3', '{message: [good, bad], in: dead, deliveries: 2}'),
            (' init-exit=1', '{message: [good, bad], in: dead, deliveries: 2}'),
            (' size=10', '{message: [good, bad], in: dead, reason: JSON but not an object}')]:
        path = scenario(text.replace('NAME', BOOTSTRAP + words) + f'  - expect: {expectation}\n')
        run(path)
    ended = run(scenario(text.replace('NAME', '/no/such/program')), status=2)
    assert ':6:3: exec: there is no program /no/such/program' in ended.stderr, ended.stderr


def three_retries_of_a_real_handler_cost_no_time():
    text = SENT.replace('maxReceiveCount: 2', 'maxReceiveCount: 4').replace(
        '{sim: {fail: {body: poison}, how: report}}', f'exec:{BOOTSTRAP}')
    path = scenario(text + '  - expect: {message: bad, in: dead, delivered_at: [0s, 30s, 60s, 90s]}\n')
    began = time.monotonic()
    run(path)
    return f'{(time.monotonic() - began) * 1000:.0f} ms'


TESTS = [every_example_is_so, a_terminal_sees_how_far_a_long_run_is, a_failure_says_how_to_see_it_again, a_load_is_a_rate_over_virtual_time, a_redrive_is_cancelled_and_a_queue_deleted,
         a_function_is_invoked_and_answers, what_a_handler_wrote_is_shown_and_expected, who_processes_twice_is_found,
         an_outside_consumer_receives_and_deletes, what_comes_again_and_again_is_told_once, equal_seeds_give_equal_bytes, what_is_not_so_fails_and_says_why, a_story_is_told_once, faults_on_purpose_are_steps, messages_come_twice_on_purpose, the_opposite_of_each_is_so,
         what_is_wrong_is_told_where, faults_failures_and_successes_side_by_side, a_template_stands_for_the_resources,
         json_is_read_too, a_function_comes_from_the_command_line, real_handlers_that_work_and_that_do_not,
         three_retries_of_a_real_handler_cost_no_time]


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
    shutil.rmtree(FOLDER)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
