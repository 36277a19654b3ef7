#!/usr/bin/env python3
"""The real program in a broken environment: `redrive serve --db FILE` ends with status 3 and one sentence that names the file and says
what to do; a file that it refuses is left as it is; and what was acknowledged before the disk was full is there when there is room.

    environment.py REDRIVE

Prints TAP. What this machine does not allow (another user, a small file system) is skipped with a word.
"""
import contextlib
import http.client
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse

PATIENCE_S, NOBODY, PAGE_BYTES = 30, 65534, 4096
ADVICE = 'name another file with --db'


class Wrong(Exception):
    pass


class Skip(Exception):
    pass


class Server:
    def __init__(self, redrive, database, prepare=None):
        self.process = subprocess.Popen([redrive, 'serve', '--port', '0', '--db', database, '--quiet'], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, preexec_fn=prepare)
        line = self.process.stdout.readline().decode()
        self.ready = line.startswith('redrive is ready at http://')
        if self.ready:
            self.address = urllib.parse.urlsplit(line.split()[4]).netloc
            self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_S)

    def sqs(self, action, **members):
        """The answer; None if the server has gone."""
        try:
            self.connection.request('POST', '/', json.dumps(members), {
                'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': f'AmazonSQS.{action}'})
            response = self.connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return None
        if response.status != 200:
            raise Wrong(f'{action}: {response.status} {body.decode()}')
        return json.loads(body) if body else {}

    def bodies(self):
        self.connection.request('GET', '/_redrive/api/messages?queue=orders&max=10000')
        return [shown['body'] for shown in json.loads(self.connection.getresponse().read())['messages']]

    def end(self):
        """Status and what it said."""
        if self.ready:
            self.connection.close()
        said = self.process.stderr.read().decode()
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return status, said

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.end()


def judge(status, said, database, words=''):
    if status != 3:
        raise Wrong(f'status {status}: {said}')
    if said.count('\n') != 1 or not said.startswith('redrive: ') or database not in said or ADVICE not in said or words not in said:
        raise Wrong(f'not one sentence with the file, "{words}" and "{ADVICE}": {said}')


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def write(path, data):
    with open(path, 'wb') as file:
        file.write(data)


def query(path, script):
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


class Environment:
    def __init__(self, redrive, folder):
        self.redrive, self.folder = redrive, folder
        self.good = os.path.join(folder, 'good.db')
        self.path = os.path.join(folder, 'world.db')
        server = Server(redrive, self.good)
        server.sqs('CreateQueue', QueueName='orders')
        for number in range(60):
            server.sqs('SendMessage', QueueUrl='http://localhost/000000000000/orders', MessageBody=f'{number}' + 'x' * 3000)
        if server.stop() != (0, ''):
            raise Wrong('no good file')

    def fresh(self):
        for end in ('', '-wal', '-shm', '.lock'):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path + end)
        write(self.path, read(self.good))

    def refused(self, words, prepare=None, path=None):
        path = path or self.path
        before = read(path) if os.path.isfile(path) else None
        server = Server(self.redrive, path, prepare)
        if server.ready:
            server.stop()
            raise Wrong('it serves')
        judge(*server.end(), path, words)
        if before is not None and read(path) != before:
            raise Wrong('the file is not what it was')

    # ---- files that are no good ----

    def text_is_no_database(self):
        write(self.path, b'a letter to nobody\n' * 1000)
        self.refused('is not a redrive database')

    def another_programs_database(self):
        os.unlink(self.path)
        query(self.path, 'PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);')
        self.refused("is another program's database")

    def another_programs_log_stays(self):
        os.unlink(self.path)
        query(self.path, 'PRAGMA journal_mode = WAL; CREATE TABLE t (a);')
        other = sqlite3.connect(self.path)
        other.execute('INSERT INTO t VALUES (1)')
        other.commit()
        data, log = read(self.path), read(self.path + '-wal')
        other.close()
        write(self.path, data)
        write(self.path + '-wal', log)
        self.refused("is another program's database")
        if read(self.path + '-wal') != log:
            raise Wrong('the log is not what it was')

    def a_newer_schema(self):
        query(self.path, 'PRAGMA user_version = 99')
        self.refused('was written by a newer redrive (schema 99')

    def a_missing_table(self):
        for table in ('receive_state', 'message', 'meta', 'queue', 'deduplication', 'record', 'dropped', 'queue_attribute'):
            self.fresh()
            query(self.path, f'DROP TABLE {table}')
            self.refused(f'is damaged (no such table: {table}')

    def a_missing_column(self):
        query(self.path, 'ALTER TABLE receive_state DROP COLUMN phase')
        self.refused('is damaged (')

    def a_missing_row(self):
        query(self.path, 'DELETE FROM meta')
        self.refused('is damaged')

    def a_message_of_no_queue(self):
        query(self.path, 'DELETE FROM queue')
        self.refused('it names queue 1, which it does not hold')

    def a_record_that_is_none(self):
        for kind in ('mapping', 'function', 'event'):
            self.fresh()
            query(self.path, f"INSERT INTO record VALUES ('{kind}', '7', x'00')")
            self.refused('is damaged')

    def damaged_pages(self):
        pages = len(read(self.good)) // PAGE_BYTES
        for page in (0, 1, 2, pages // 2):
            self.fresh()
            data = bytearray(read(self.path))
            data[page * PAGE_BYTES:(page + 1) * PAGE_BYTES] = b'\xa5' * PAGE_BYTES
            write(self.path, data)
            self.refused('is not a redrive database' if page == 0 else 'is damaged')

    def a_file_that_is_cut(self):
        write(self.path, read(self.path)[:5 * PAGE_BYTES + 100])
        self.refused('is damaged')

    # ---- places that are no good ----

    def a_directory(self):
        self.refused('', path=self.folder)

    def a_folder_that_is_not_there(self):
        self.refused('No such file or directory', path=os.path.join(self.folder, 'absent', 'world.db'))

    def as_nobody(self):
        if os.geteuid() != 0:
            return None
        os.chmod(self.folder, 0o755)
        os.chmod(self.path, 0o644)
        if not os.access(self.redrive, os.X_OK):
            raise Skip('nobody may not start it')
        return lambda: os.setuid(NOBODY)

    def a_file_that_must_not_be_written(self):
        prepare = self.as_nobody()
        write(self.path + '.lock', b'')
        os.chmod(self.path + '.lock', 0o666)
        os.chmod(self.path, 0o444)
        try:
            self.refused('is read-only; make it writable', prepare)
        except PermissionError as error:
            raise Skip('another user cannot start it here') from error

    def a_folder_that_must_not_be_written(self):
        prepare = self.as_nobody()
        os.chmod(self.folder, 0o555)
        try:
            self.refused('Permission denied', prepare)
        except PermissionError as error:
            raise Skip('another user cannot start it here') from error
        finally:
            os.chmod(self.folder, 0o755)

    def a_second_process(self):
        first = Server(self.redrive, self.path)
        try:
            self.refused('is in use by another redrive; stop it')
            if first.sqs('ListQueues') is None:
                raise Wrong('the first one does not answer any more')
        finally:
            ended = first.stop()
        if ended != (0, ''):
            raise Wrong(f'the first one ended with {ended}')

    # ---- no room ----

    def fill(self, database, prepare=None):
        """Sends until the server has gone: every acknowledged message is there afterwards, and one more at most."""
        server = Server(self.redrive, database, prepare)
        if not server.ready:
            raise Wrong(f'it did not start: {server.end()}')
        server.sqs('CreateQueue', QueueName='orders')
        sent = []
        for number in range(4000):
            body = f'more {number} ' + 'y' * 20000
            if server.sqs('SendMessage', QueueUrl='http://localhost/000000000000/orders', MessageBody=body) is None:
                break
            sent.append(body)
        else:
            raise Wrong('there was room for everything')
        judge(*server.end(), database)
        return sent

    def compare(self, database, sent):
        server = Server(self.redrive, database)
        if not server.ready:
            raise Wrong(f'it does not open any more: {server.end()}')
        there = [body for body in server.bodies() if body.startswith('more')]
        if there[:len(sent)] != sent or len(there) > len(sent) + 1:
            raise Wrong(f'{len(sent)} were acknowledged, {len(there)} are there')
        if server.sqs('SendMessage', QueueUrl='http://localhost/000000000000/orders', MessageBody='at last') is None:
            raise Wrong(f'it does not take messages again: {server.end()}')
        if server.stop() != (0, ''):
            raise Wrong('it did not stop')

    def a_file_that_must_not_grow(self):
        sent = self.fill(self.path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20)))
        self.compare(self.path, sent)

    def a_full_disk(self):
        place = os.path.join(self.folder, 'small')
        os.mkdir(place)
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'none', place], stderr=subprocess.DEVNULL,
                                               check=False).returncode != 0:
            raise Skip('no small file system can be made here')
        try:
            database = os.path.join(place, 'world.db')
            sent = self.fill(database)
            subprocess.run(['mount', '-o', 'remount,size=16m', place], check=True)
            self.compare(database, sent)
        finally:
            subprocess.run(['umount', place], check=True)


CASES = ['text_is_no_database', 'another_programs_database', 'another_programs_log_stays', 'a_newer_schema', 'a_missing_table',
         'a_missing_column', 'a_missing_row', 'a_message_of_no_queue', 'a_record_that_is_none', 'damaged_pages', 'a_file_that_is_cut',
         'a_directory', 'a_folder_that_is_not_there', 'a_file_that_must_not_be_written', 'a_folder_that_must_not_be_written',
         'a_second_process', 'a_file_that_must_not_grow', 'a_full_disk']


def main():
    failed = 0
    print(f'1..{len(CASES)}', flush=True)
    with tempfile.TemporaryDirectory(prefix='redrive-environment-') as folder:
        environment = Environment(os.path.abspath(sys.argv[1]), folder)
        for number, name in enumerate(CASES, 1):
            environment.fresh()
            try:
                getattr(environment, name)()
                print(f'ok {number} - {name}', flush=True)
            except Skip as skip:
                print(f'ok {number} - {name} # SKIP {skip}', flush=True)
            except Wrong as wrong:
                failed += 1
                print(f'not ok {number} - {name}\n# {str(wrong)[:600]}', flush=True)
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
