#!/usr/bin/env python3
"""programs -- what is asked over HTTP, or written into the database by hand, starts no program and changes none. TAP on standard output.

    programs.py REDRIVE
"""
import http.client
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

REDRIVE = os.path.abspath(sys.argv[1])
PATIENCE_S = 60
FOLDER = tempfile.mkdtemp()
EVIDENCE = os.path.join(FOLDER, 'started')  # what the evil program leaves
SEEN = os.path.join(FOLDER, 'seen')  # the environment and the words of the declared one
FUNCTIONS = '/2015-03-31/functions'


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


EVIL = write('evil', f'#!/bin/sh\n: > {EVIDENCE}\n')
# It says what it was given, and ends before it asks for work: an invocation of it is over when it is.
GOOD = write('good', f'#!/bin/sh\nenv > {SEEN}\necho "words: $*" >> {SEEN}\n')


class Serve:
    def __init__(self, *words):
        self.process = subprocess.Popen([REDRIVE, 'serve', '--port', '0', *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.port = int(re.search(r'http://127\.0\.0\.1:(\d+)', self.process.stdout.readline()).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE_S)
        connection.request(method, path, None if body is None else json.dumps(body), {'Content-Type': 'application/json'})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def create(self, name, **members):
        return self.ask('POST', FUNCTIONS, {'FunctionName': name, 'Role': 'r', 'Code': {'ZipFile': ''}, **members})

    def invoke(self, name):
        return self.ask('POST', f'{FUNCTIONS}/{name}/invocations', {})


def variables(**names):
    return {'Environment': {'Variables': names}}


def unharmed():
    assert not os.path.exists(EVIDENCE), 'the program was started'


# ---- tests ----

TARGETS = [f'exec:{EVIL}', f'exec:sh {EVIL}', f' exec:{EVIL}', f'EXEC:{EVIL}', f'Exec:{EVIL}', f'exec:\t{EVIL}', f'exec:\n{EVIL}', 'attach:9001',
           f'file://{EVIL}', f'file:{EVIL}', EVIL, f'sim:{{"exec":"{EVIL}"}}', f'http://127.0.0.1:1/ exec:{EVIL}']


def no_target_that_is_sent_is_a_program():
    with Serve() as world:
        for number, target in enumerate(TARGETS):
            status, text = world.create(f'evil{number}', **variables(REDRIVE_TARGET=target))
            if target.startswith('http'):
                world.invoke(f'evil{number}')  # whatever it is, it is no program
            else:
                assert status == 400, (target, status, text)
                assert world.invoke(f'evil{number}')[0] == 404, target
            unharmed()


def a_function_does_not_become_a_program():
    with Serve() as world:
        assert world.create('mine', **variables(REDRIVE_TARGET='sim:{}'))[0] == 201
        for target in TARGETS[:-1]:
            status, text = world.ask('PUT', f'{FUNCTIONS}/mine/configuration', variables(REDRIVE_TARGET=target))
            assert status == 400, (target, status, text)
        assert world.ask('PUT', f'{FUNCTIONS}/mine/code', {'ZipFile': 'eA=='})[0] == 403
        assert 'sim:{}' in world.ask('GET', f'{FUNCTIONS}/mine')[1]
        assert world.invoke('mine')[0] == 200
        unharmed()


HARM = {'LD_PRELOAD': EVIL, 'LD_AUDIT': EVIL, 'LD_LIBRARY_PATH': FOLDER, 'PATH': FOLDER, 'BASH_ENV': EVIL, 'ENV': EVIL, 'PYTHONSTARTUP': EVIL,
        'NODE_OPTIONS': f'--require {EVIL}', 'REDRIVE_MARK': 'harm'}
RESERVED = {'AWS_LAMBDA_RUNTIME_API': '127.0.0.1:1', '_HANDLER': EVIL}


def seen_by(world):
    if os.path.exists(SEEN):
        os.remove(SEEN)
    status, text = world.invoke('declared')
    assert status == 200 and 'Runtime.ExitError' in text, (status, text)
    with open(SEEN, encoding='utf-8') as file:
        return file.read()


def nothing_of_a_declared_program_changes():
    with Serve('--function', f'declared=exec:{GOOD} one two', '--set', 'declared.Environment.REDRIVE_MARK=own') as world:
        before = seen_by(world)
        assert 'words: one two' in before and 'REDRIVE_MARK=own' in before, before
        # CreateFunction binds to it: what it says of the environment is kept for clients, and nobody else sees it.
        for name, value in RESERVED.items():
            assert world.create('declared', **variables(**{name: value}))[0] == 400
        status, text = world.create('declared', Handler=EVIL, Runtime='provided.al2023', **variables(**HARM))
        assert status == 201, (status, text)
        assert world.create('declared', **variables(REDRIVE_TARGET=f'exec:{EVIL}'))[0] == 409
        for body in (variables(**HARM), {'Handler': EVIL}, {'Runtime': 'x'}, {'Layers': [EVIL]}, {'ImageConfig': {'Command': [EVIL]}},
                     variables(REDRIVE_TARGET=f'exec:{EVIL}'), variables(REDRIVE_TARGET='sim:{}')):
            status, text = world.ask('PUT', f'{FUNCTIONS}/declared/configuration', body)
            assert status == 403, (body, status, text)
        assert world.ask('PUT', f'{FUNCTIONS}/declared/code', {'ZipFile': 'eA==', 'Publish': True})[0] == 403
        assert world.ask('POST', f'{FUNCTIONS}/declared/versions', {'Description': EVIL})[0] == 201
        assert world.ask('POST', f'{FUNCTIONS}/declared/aliases', {'Name': 'live', 'FunctionVersion': '1'})[0] == 201
        after = seen_by(world)
        for name, value in HARM.items():
            assert f'\n{name}={value}\n' not in '\n' + after, (name, after)
        assert 'words: one two' in after and 'REDRIVE_MARK=own' in after and f'declared=exec:{EVIL}' not in after, after
        assert world.ask('DELETE', f'{FUNCTIONS}/declared')[0] == 204  # as it was declared
        assert 'words: one two' in seen_by(world)
        unharmed()


def record(target):
    return json.dumps({'Target': target, 'Timeout': 3, 'MemorySize': 128, 'ReservedConcurrentExecutions': -1, 'ModifiedAtMs': 1,
                       'Configuration': ''}).encode()


def a_database_written_by_hand_starts_nothing():
    path = os.path.join(FOLDER, 'database')
    with Serve('--db', path) as world:
        assert world.create('mine', **variables(REDRIVE_TARGET='sim:{}'))[0] == 201
    database = sqlite3.connect(path)
    for number, target in enumerate(TARGETS):
        database.execute('INSERT INTO record VALUES (?, ?, ?)', ('function', f'evil{number}', record(target)))
    database.execute('UPDATE record SET bytes = ? WHERE kind = ? AND key = ?', (record(f'exec:{EVIL}'), 'function', 'mine'))
    database.commit()
    database.close()
    with Serve('--db', path, '--function', f'declared=exec:{GOOD} one') as world:
        names = [name for name in ['mine', *(f'evil{number}' for number in range(len(TARGETS)))]]
        for name in names:
            status, _ = world.invoke(name)
            assert status == 404 or name == f'evil{len(TARGETS) - 1}', (name, status)
        assert 'words: one' in seen_by(world)
        text = world.ask('GET', FUNCTIONS)[1]
        assert text.count('"FunctionName"') <= 2 and EVIL not in world.ask('GET', f'{FUNCTIONS}/declared')[1], text
        unharmed()


def a_function_is_declared_again_by_the_command_line_alone():
    path = os.path.join(FOLDER, 'declared')
    with Serve('--db', path, '--function', f'declared=exec:{GOOD} one') as world:
        assert world.create('declared')[0] == 201
        seen_by(world)
    database = sqlite3.connect(path)
    assert database.execute("SELECT count(*) FROM record WHERE kind = 'function'").fetchone() == (0,)
    database.close()
    with Serve('--db', path) as world:
        assert world.invoke('declared')[0] == 404


TESTS = [no_target_that_is_sent_is_a_program, a_function_does_not_become_a_program, nothing_of_a_declared_program_changes,
         a_database_written_by_hand_starts_nothing, a_function_is_declared_again_by_the_command_line_alone]


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
