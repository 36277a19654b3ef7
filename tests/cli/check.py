#!/usr/bin/env python3
"""check -- redrive check and handlers that are programs: those that delete messages themselves, and those that do not work.

    check.py REDRIVE
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

REDRIVE = os.path.abspath(sys.argv[1])
PATIENCE_S = 120
FOLDER = tempfile.mkdtemp()
HANDLER = os.path.join(FOLDER, 'handler.py')

with open(HANDLER, 'w', encoding='utf-8') as source:
    source.write("""\
import json, os, sys, time, urllib.request

how = sys.argv[1]
print('the handler begins', flush=True)
if how == 'import':
    import there_is_no_such_module
if how == 'never':
    time.sleep(1000)
base = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def delete(record):
    name = record['eventSourceARN'].split(':')[-1]
    account = record['eventSourceARN'].split(':')[4]
    body = {'QueueUrl': f"{os.environ['AWS_ENDPOINT_URL']}/{account}/{name}", 'ReceiptHandle': record['receiptHandle']}
    direct.open(urllib.request.Request(os.environ['AWS_ENDPOINT_URL'], json.dumps(body).encode(), {
        'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.DeleteMessage'})).read()


while True:
    with direct.open(base + 'next') as answer:
        request = answer.headers['Lambda-Runtime-Aws-Request-Id']
        records = json.load(answer)['Records']
    print(f'{len(records)} records', flush=True)
    if how == 'hang':
        if os.fork() == 0:
            time.sleep(1000)
        time.sleep(1000)
    if how == 'crash':
        os._exit(3)
    bad = [record for record in records if 'poison' in record['body']]
    for record in records:
        if how == 'delete-all' or (how == 'delete-done' and record not in bad):
            delete(record)
    path, body = '/response', json.dumps({'batchItemFailures': [{'itemIdentifier': record['messageId']} for record in bad]}).encode()
    if how.startswith('delete') and bad:
        path, body = '/error', b'{"errorMessage":"some failed"}'
    if how == 'garbage':
        body = b'\\xff<html>'
    direct.open(urllib.request.Request(base + request + path, body)).read()
""")


def check(how, *options, status=0, bad=True):
    words = [REDRIVE, 'check', '--good', 'good {n}', *(['--bad', 'poison {n}'] if bad else []), *options, '--', f'exec:python3 {HANDLER} {how}']
    ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == status, f'status {ended.returncode}, not {status}:\n{ended.stdout}{ended.stderr}'
    assert not left_running(), left_running()
    return ended


def left_running():
    """Command lines of processes of the handler."""
    found = []
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/cmdline', encoding='utf-8', errors='replace') as file:
                line = file.read().replace('\0', ' ')
        except OSError:
            continue
        if HANDLER in line and REDRIVE not in line and int(name) != os.getpid():
            found.append(line)
    return found


# ---- tests ----

def who_deletes_what_it_processed_is_right():
    told = check('delete-done').stdout
    assert 'pass  deletes-only-done      what it deletes itself is what it has processed' in told and 'FAIL' not in told, told


def who_deletes_what_failed_loses_it():
    told = check('delete-all', status=1).stdout
    assert 'FAIL  deletes-only-done ' in told and 'message 1 is bad, and the handler deleted it: it is lost' in told, told
    assert 'remedy    Delete a message when it is processed, never before' in told, told


def who_deletes_nothing_is_not_judged_for_it():
    first, second = check('report'), check('report')
    assert 'deletes-only-done' not in first.stdout and 'FAIL' not in first.stdout and first.stderr == '', first
    assert first.stdout == second.stdout  # however long it took


def real_durations_are_shown_on_demand():
    ended = check('report', '--verbose', bad=False)
    assert 'Duration: ' in ended.stderr and '5 records' in ended.stderr, ended.stderr
    assert 'Duration' not in ended.stdout and '5 records' not in ended.stdout, ended.stdout


def who_does_not_start_tells_why():
    ended = check('import', status=1)
    assert ended.stdout == '' and 'the runtime could not be started: it exited with error: exit status 1; it wrote:\n' in ended.stderr, ended
    assert "    ModuleNotFoundError: No module named 'there_is_no_such_module'\n" in ended.stderr, ended.stderr


def who_never_asks_for_work_is_told_so():
    ended = check('never', '--timeout', '1s', status=1)
    assert 'because it never asked for work (GET .../invocation/next); it wrote:\n    the handler begins\n' in ended.stderr, ended.stderr


def who_crashes_is_shown_with_its_last_words():
    told = check('crash', status=1, bad=False).stdout
    assert 'FAIL  no-exception ' in told and 'exit status' in told and '        wrote   1 records\n' in told, told
    evidence = [rule for rule in json.loads(check('crash', '--json', status=1, bad=False).stdout)['rules'] if rule['id'] == 'no-exception'][0]['evidence']
    assert evidence[0]['output'] == '1 records\n', evidence


def who_hangs_is_ended_with_all_that_it_started():
    told = check('hang', '--timeout', '1s', status=1).stdout
    assert 'FAIL  within-timeout ' in told and 'Task timed out after 1.00 seconds' in told and 'because the handler hangs' in told, told


def who_answers_garbage_is_told_so():
    told = check('garbage', status=1, bad=False).stdout
    assert 'FAIL  key-and-case ' in told and 'the response is not valid JSON' in told and 'bytes that are not text' in told, told


TESTS = [who_deletes_what_it_processed_is_right, who_deletes_what_failed_loses_it, who_deletes_nothing_is_not_judged_for_it,
         real_durations_are_shown_on_demand, who_does_not_start_tells_why, who_never_asks_for_work_is_told_so, who_crashes_is_shown_with_its_last_words,
         who_hangs_is_ended_with_all_that_it_started, who_answers_garbage_is_told_so]


def main():
    print(f'1..{len(TESTS)}')
    failed = 0
    for number, test in enumerate(TESTS, 1):
        wrong = None
        try:
            test()
        except Exception as error:  # each test stands alone
            wrong = f'{type(error).__name__}: {error}'
            failed += 1
        print(f'{"not ok" if wrong else "ok"} {number} - {test.__name__.replace("_", " ")}', flush=True)
        for line in (wrong or '').splitlines():
            print(f'# {line}')
    shutil.rmtree(FOLDER)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
