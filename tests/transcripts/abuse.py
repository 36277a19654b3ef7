#!/usr/bin/env python3
"""Bad input of every kind to a serving redrive: what is no request, no JSON, no form, too deep, too long, too slow, too many. Each
gets a status that says so, or a closed connection; afterwards the server answers as before, and ends with status 0 and says nothing
(of a sanitizer either: a leak is a failure).

    abuse.py REDRIVE [SEED]      prints TAP
"""
import http.client
import json
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse

PATIENCE_S, SILENCE_S = 60, 0.1
JSON = {'Content-Type': 'application/x-amz-json-1.0'}
FORM = {'Content-Type': 'application/x-www-form-urlencoded'}


class Server:
    def __init__(self, redrive):
        self.process = subprocess.Popen(
            [redrive, 'serve', '--port', '0', '--clock', 'manual', '--seed', '1', '--quiet', '--function', 'f=sim:{}'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        address = urllib.parse.urlsplit(line.split()[4])
        self.host, self.port = address.hostname, address.port

    def connect(self):
        return socket.create_connection((self.host, self.port), PATIENCE_S)

    def request(self, method, path, headers, body=b''):
        """(status, body) of a well-formed request."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def call(self, action, body):
        return self.request('POST', '/', {**JSON, 'X-Amz-Target': f'AmazonSQS.{action}'}, body)

    def raw(self, *pieces, expected=0):
        """The statuses of the answers to these bytes: until so many are expected, or, of what is no request, until the server closes
        or stays silent: it may wait for the rest."""
        with self.connect() as connection:
            connection.settimeout(PATIENCE_S if expected else SILENCE_S)
            try:
                for piece in pieces:
                    connection.sendall(piece)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before the end: the answer says why
            received = b''
            try:
                while not expected or len(statuses(received)) < expected:
                    got = connection.recv(65536)
                    if not got:
                        break
                    received += got
            except ConnectionResetError:
                pass
            except TimeoutError:
                check(not expected, f'no answer to {pieces[0][:60]!r}')
        return statuses(received)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, errors.decode()


def statuses(received):
    found = []
    while received.startswith(b'HTTP/1.'):
        head, _, rest = received.partition(b'\r\n\r\n')
        found.append(int(head[9:12]))
        length = [line for line in head.split(b'\r\n') if line.lower().startswith(b'content-length:')]
        received = rest[int(length[0].split(b':')[1]):] if length else b''
    return found


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(status):
    return 400 <= status < 500


class Abuse:
    def __init__(self, server, random_):
        self.server, self.random = server, random_

    def each_refused(self, action, bodies):
        for body in bodies:
            status, answer = self.server.call(action, body)
            check(refused(status), f'{body[:80]!r}: {status}')
            check(b'__type' in answer and json.loads(answer), answer)

    def test_what_is_no_json(self):
        self.each_refused('CreateQueue', [
            b'{', b'}', b'[]', b'"x"', b'1', b'nul', b'{"QueueName":"q"', b'{"QueueName":"q"} x', b'{"QueueName":NaN}', b'{\'a\':1}',
            b'\xef\xbb\xbf{"QueueName":"q"}', b'{"QueueName":"\xff\xfe"}', b'{"QueueName":"\xc0\x80"}', b'{"QueueName":"\xed\xa0\x80"}',
            b'{"QueueName":"\x01"}', b'{"QueueName":"a\\u0000b"}', b'{"QueueName":"\\ud800"}', b'{"QueueName":"\\x41"}', b'\0', b'{}'])

    def test_wrong_types(self):
        wrong = ['1', 'true', '[]', '{}', '1e999', '-0.5', '[[["x"]]]', '{"a":{"b":{}}}']
        for action in ('SendMessage', 'ReceiveMessage', 'CreateQueue', 'SetQueueAttributes', 'SendMessageBatch', 'DeleteMessageBatch',
                       'ChangeMessageVisibility', 'TagQueue', 'ListQueues', 'StartMessageMoveTask'):
            for name in ('QueueUrl', 'MessageBody', 'Entries', 'Attributes', 'AttributeNames', 'MaxNumberOfMessages', 'QueueName',
                         'MessageAttributes', 'ReceiptHandle', 'Tags', 'NextToken', 'SourceArn'):
                status, _ = self.server.call(action, f'{{"{name}":{self.random.choice(wrong)}}}'.encode())
                check(status == 200 or refused(status), f'{action} {name}: {status}')

    def test_deep_nesting(self):
        for opening, closing in (('[', ']'), ('{"a":', '}')):
            for depth in (500, 2000, 200000):
                body = b'{"QueueName":' + (opening * depth + '1' + closing * depth).encode() + b'}'
                check(refused(self.server.call('CreateQueue', body)[0]), f'{depth} deep')
                check(refused(self.server.request('POST', '/2015-03-31/event-source-mappings', {}, body)[0]), f'{depth} deep')
                check(self.server.request('POST', '/_redrive/api/clock', {}, body)[0] == 400, f'{depth} deep')
        self.each_refused('CreateQueue', [b'[' * 1000000])

    def test_large_bodies(self):
        check(self.server.raw(b'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n', expected=1) == [413], 'announced')
        self.server.raw(b'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n')
        status = self.server.raw(b'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
                                 *[b'100000\r\n' + b'x' * 0x100000 + b'\r\n'] * 40, b'0\r\n\r\n', expected=1)
        check(status in ([413], []), f'in chunks: {status}')
        many = json.dumps({'QueueUrl': 'orders', 'Entries': [{'Id': str(i), 'MessageBody': ''} for i in range(50000)]}).encode()
        check(refused(self.server.call('SendMessageBatch', many)[0]), 'entries')
        members = b'{' + b','.join(b'"a%d":1' % i for i in range(100000)) + b'}'
        check(refused(self.server.call('CreateQueue', members)[0]), 'members')
        form = b'Action=SendMessage&' + b'&'.join(b'a.%d.b=c' % i for i in range(30000))
        check(refused(self.server.request('POST', '/', FORM, form)[0]), 'parameters')
        check(refused(self.server.request('POST', '/', FORM, b'Action=SendMessage&' + b'&' * 3000000)[0]), 'separators')
        check(refused(self.server.request('POST', '/', FORM, b'Action=' + b'x' * 1000000)[0]), 'action')

    def test_percent_encoding(self):
        for query in ('%', '%4', '%zz', '%00', '%ff', '%c0%80', 'Action=%', 'Action=CreateQueue&QueueName=%00', '&&&==&=%26',
                      'Action=SendMessage&MessageAttribute.99999999999999999999.Name=a', 'Action=CreateQueue&Attribute.-1.Name=a',
                      'Action=CreateQueue&QueueName=' + '%41' * 1000, 'Attribute..Name=' + '.' * 1000):
            check(refused(self.server.request('GET', '/?' + query, {})[0]), query)
            check(refused(self.server.request('POST', '/', FORM, query.encode())[0]), query)
        for path in ('/%', '/%00', '/2015-03-31/functions/%ff/invocations', '/2015-03-31/functions/%2e%2e%2f', '/_redrive/api/%00',
                     '/_redrive/api/messages?queue=%ff', '/_redrive/api/trace/%', '//', '/../..', '/' + 'a/' * 2000):
            for method in ('GET', 'POST'):
                check(refused(self.server.request(method, path, {})[0]), f'{method} {path}')

    def test_what_is_no_http(self):
        for bytes_ in (b'\0' * 100, b'\r\n' * 1000, b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'GET / HTTP/1.1\r\n\r\n',
                       b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', b' / HTTP/1.1\r\n\r\n',
                       b'GET  HTTP/1.1\r\nHost: localhost\r\n\r\n', b'GET / HTTP/1.1\r\nHost localhost\r\n\r\n', b'\xff\xfe\xfd\n\n',
                       b'GET / HTTP/1.1\r\n: x\r\nHost: localhost\r\n\r\n', b'GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n',
                       b'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n', b'x' * 100000, b'GET http://[::1 HTTP/1.1\r\n\r\n'):
            for status in self.server.raw(bytes_):
                check(status < 600, f'{bytes_[:60]!r}: {status}')

    def test_odd_methods(self):
        for method in ('BREW', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH', 'get', 'X' * 5000, 'HEAD', 'DELETE', 'PUT'):
            for path in ('/', '/_redrive/api/health', '/2015-03-31/functions', '/2018-06-01/runtime/invocation/next'):
                for status in self.server.raw(f'{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode()):
                    check(status < 500, f'{method[:20]} {path}: {status}')

    def test_lengths_that_are_none(self):
        for header in ('Content-Length: -1', 'Content-Length: x', 'Content-Length: 1 2', 'Content-Length: +5', 'Content-Length:',
                       'Content-Length: 5\r\nContent-Length: 6', 'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked, chunked',
                       'Transfer-Encoding: chunked\r\nContent-Length: 5', 'Content-Length: 0x10', 'Expect: what'):
            for status in self.server.raw(f'POST / HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\nhello'.encode()):
                check(status < 500, f'{header}: {status}')
        for chunks in (b'zz\r\n', b'-1\r\nx\r\n', b'ffffffffffffffffff\r\nx', b'5;' + b'a' * 100000, b'5\r\nhelloX', b'0\r\nX: y\r\n'):
            for status in self.server.raw(b'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n' + chunks):
                check(status < 500, f'{chunks[:20]!r}: {status}')

    def test_header_floods(self):
        for headers in (b'a: b\r\n' * 200, b'a: b\r\n' * 5000, b'a: ' + b'x' * 200000 + b'\r\n', b'x' * 200000 + b': a\r\n',
                        b''.join(b'x%d: y\r\n' % i for i in range(65)), b' folded\r\n' * 100):
            for status in self.server.raw(b'GET /_redrive/api/health HTTP/1.1\r\nHost: localhost\r\n' + headers + b'\r\n'):
                check(status == 200 or refused(status), f'{headers[:20]!r}: {status}')
        check(refused(self.server.raw(b'GET /' + b'x' * 200000 + b' HTTP/1.1\r\nHost: localhost\r\n\r\n', expected=1)[0]), 'long path')

    def test_pipelined_requests(self):
        one = b'GET /_redrive/api/health HTTP/1.1\r\nHost: localhost\r\n\r\n'
        found = self.server.raw(one * 200, expected=200)
        check(found == [200] * 200, found)
        found = self.server.raw(one * 3 + b'nonsense\r\n\r\n' + one, expected=3)
        check(found[:3] == [200] * 3, found)
        waiting = b'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n' \
                  b'X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: 42\r\n\r\n{"QueueUrl":"orders","WaitTimeSeconds":20}'
        with self.server.connect() as connection:  # hung up with a parked request and others behind it
            connection.sendall(waiting + one * 5 + waiting)

    def test_slow_and_half_requests(self):
        request = b'POST /_redrive/api/clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n{"advance":"1s"}'
        with self.server.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(len(request)):
                connection.sendall(request[at:at + 1])
            check(statuses(connection.recv(65536)) == [200], 'byte by byte')
        for end in range(0, len(request), 7):
            with self.server.connect() as connection:
                connection.sendall(request[:end])
        for end in range(0, len(request), 11):  # hung up with a reset
            with self.server.connect() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
                connection.sendall(request[:end])

    def test_answers_that_nobody_reads(self):
        for _ in range(40):
            self.server.call('SendMessage', json.dumps({'QueueUrl': 'orders', 'MessageBody': 'x' * 200000}).encode())
        look = b'GET /_redrive/api/messages?queue=orders HTTP/1.1\r\nHost: localhost\r\n\r\n'
        for _ in range(5):
            with self.server.connect() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.sendall(look * 10)

    def test_noise(self):
        for _ in range(100):
            request = bytearray(b'POST /?Action=SendMessage&QueueUrl=orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: '
                                b'application/x-www-form-urlencoded\r\nContent-Length: 30\r\n\r\nMessageBody=x&DelaySeconds=1&a')
            for _ in range(self.random.randrange(1, 6)):
                request[self.random.randrange(len(request))] = self.random.randrange(256)
            for status in self.server.raw(bytes(request)):
                check(status < 600, f'{bytes(request)!r}: {status}')

    def test_thousands_of_connections(self):
        held = []
        try:
            for number in range(3000):
                connection = self.server.connect()
                held.append(connection)
                if number % 3 == 0:
                    connection.sendall(b'GET / HTTP/1.1\r\nHost: loc')
            check(self.server.request('GET', '/_redrive/api/health', {})[0] == 200, 'health')
        finally:
            for connection in held:
                connection.close()

    def test_many_at_once(self):
        def work(seed):
            chance = random.Random(seed)
            for _ in range(20):
                self.server.raw(bytes(chance.randrange(256) for _ in range(chance.randrange(200))))
        threads = [threading.Thread(target=work, args=(self.random.random(),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 8192), hard), hard))
    server = Server(sys.argv[1])
    tests = [name for name in vars(Abuse) if name.startswith('test_')]
    print(f'1..{len(tests) + 1}\n# seed {seed}', flush=True)
    server.call('CreateQueue', b'{"QueueName":"orders"}')
    abuse, failed = Abuse(server, random.Random(seed)), 0
    for number, name in enumerate(tests, 1):
        wrong = None
        try:
            getattr(abuse, name)()
            check(server.request('GET', '/_redrive/api/health', {})[0] == 200, 'no health afterwards')
            check(server.call('GetQueueUrl', b'{"QueueName":"orders"}')[0] == 200, 'no answer afterwards')
        except (AssertionError, OSError, http.client.HTTPException) as error:
            wrong, failed = error, failed + 1
        print(f'{"not ok" if wrong else "ok"} {number} - {name[5:]}', flush=True)
        if wrong:
            print(f'# {type(wrong).__name__}: {str(wrong)[:500]}')
    status, errors = server.stop()
    fine = status == 0 and errors == ''
    print(f'{"ok" if fine else "not ok"} {len(tests) + 1} - it ends with status 0 and says nothing')
    if not fine:
        print('# ' + f'status {status}\n{errors[:4000]}'.replace('\n', '\n# '))
    return 1 if failed or not fine else 0


if __name__ == '__main__':
    sys.exit(main())
