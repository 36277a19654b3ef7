#!/usr/bin/env python3
"""run -- transcripts: text scripts that talk to a real redrive over a real socket. TAP on standard output.

    run.py REDRIVE SCRIPT...

A script is written once and runs in both protocols, AWS JSON and Query. A line is a step; words are quoted as in a shell.

    only json | query                    the script is about one protocol
    rules RULE...                        the rules that the next steps pin: S-89, L-157-row-6, sqs-mistake-16; reported with the
                                         script's result
    serve OPTION...                      further options of redrive serve; before any other step
    call ACTION MEMBER=VALUE...          an SQS operation; lists and maps by path: Entries.0.Id=1 Attributes.DelaySeconds=5
    wait-for ACTION MEMBER=VALUE...      the same, in the background: a long poll; `answered` looks at what it got
    answered | silent                    the background call has its answer (now the last) | has none yet
    lambda METHOD PATH [JSON]            a request of the Lambda API
    admin METHOD PATH [JSON]             a request below /_redrive/api/
    http METHOD PATH [HEADER...] [body=TEXT | body=TEXT*COUNT]
    advance DURATION | run               moves the clock
    expect STATUS [PATH=PATTERN...]      of the last answer; * stands for anything; `none`: it is not there; code= of a fault,
                                         header:NAME= in lower case
    keep NAME=PATH                       of the last answer; later $NAME stands for it
    half TEXT                            opens a connection, sends this much of a request, and leaves it
    idle COUNT                           opens so many connections and leaves them
    hang-up                              closes those connections

Time stands still unless told, so no script waits for it. The server of a script must end with status 0 in the end.
"""
import fnmatch
import http.client
import json
import os
import re
import resource
import shlex
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse
import xml.etree.ElementTree

PATIENCE_S = 30
INTEGERS = {'MaxNumberOfMessages', 'VisibilityTimeout', 'WaitTimeSeconds', 'DelaySeconds', 'MaxResults',
            'MaxNumberOfMessagesPerSecond'}
RULE = re.compile(r'[SL]-\d+(-[A-Za-z0-9]+)*|sqs-mistake-\d+')
# What lists and maps are called in Query: input, then output (element -> JSON's name).
QUERY_LISTS = {'AttributeNames': 'AttributeName', 'MessageAttributeNames': 'MessageAttributeName',
               'MessageSystemAttributeNames': 'MessageSystemAttributeName', 'TagKeys': 'TagKey',
               'AWSAccountIds': 'AWSAccountId', 'Actions': 'ActionName'}
QUERY_MAPS = {'Attributes': ('Attribute', 'Name', 'Value'), 'MessageAttributes': ('MessageAttribute', 'Name', 'Value'),
              'Tags': ('Tag', 'Key', 'Value'), 'tags': ('Tag', 'Key', 'Value')}
XML_LISTS = {'Message': 'Messages', 'QueueUrl': 'QueueUrls', 'BatchResultErrorEntry': 'Failed',
             'ListMessageMoveTasksResultEntry': 'Results'}
XML_MAPS = {'Attribute': ('Attributes', 'Name', 'Value'), 'MessageAttribute': ('MessageAttributes', 'Name', 'Value'),
            'Tag': ('Tags', 'Key', 'Value')}


class Wrong(Exception):
    """A step did not go as the script says."""


class Answer:
    def __init__(self, status, headers, body, protocol='json'):
        self.status, self.headers, self.body = status, headers, body
        self.tree, self.code = {}, ''
        text = body.decode('utf-8', 'replace')
        if text.startswith('<') and 'html' not in headers.get('content-type', ''):
            self.read_xml(xml.etree.ElementTree.fromstring(text))
        elif text:
            try:
                self.tree = json.loads(text)
            except ValueError:
                self.tree = {}
        if isinstance(self.tree, dict) and status >= 400 and not self.code:
            query_error = headers.get('x-amzn-query-error', '').split(';')[0]
            self.code = query_error or self.tree.get('__type', '').split('#')[-1] or self.tree.get('Type', '')

    def read_xml(self, root):
        for element in root.iter():
            element.tag = element.tag.split('}')[-1]
        if root.find('Error') is not None:
            self.code = root.findtext('Error/Code', '')
            self.tree = {'message': root.findtext('Error/Message', '')}
            return
        for child in root:
            if child.tag.endswith('Result'):
                self.tree = xml_tree(child, root.tag)

    def at(self, path):
        """What stands at a path, as text; None if there is nothing."""
        if path == 'code':
            return self.code
        if path == 'message' and isinstance(self.tree, dict):
            return self.tree.get('message', self.tree.get('Message'))
        if path.startswith('header:'):
            return self.headers.get(path[len('header:'):])
        if path == 'body':
            return self.body.decode('utf-8', 'replace')
        node = self.tree
        segments = path.split('.')
        while segments:
            if isinstance(node, list):
                segment = segments.pop(0)
                node = node[int(segment)] if segment.isdigit() and int(segment) < len(node) else None
            elif isinstance(node, dict):
                # Names of message attributes may hold dots: the longest name that fits.
                for count in range(len(segments), 0, -1):
                    name = '.'.join(segments[:count])
                    if name in node:
                        node, segments = node[name], segments[count:]
                        break
                else:
                    return None
            else:
                return None
        if isinstance(node, bool):
            return 'true' if node else 'false'
        return None if node is None else str(node) if not isinstance(node, (dict, list)) else json.dumps(node)

    def __str__(self):
        return f'status {self.status} {self.code} {self.body[:600].decode("utf-8", "replace")}'


def xml_tree(element, action=''):
    """An element's children with JSON's names."""
    tree = {}
    for child in element:
        if child.tag in XML_MAPS and child.find(XML_MAPS[child.tag][1]) is not None:
            name, key, value = XML_MAPS[child.tag]
            inner = child.find(value)
            tree.setdefault(name, {})[child.findtext(key)] = xml_tree(inner) if len(inner) else inner.text or ''
        elif child.tag.endswith('BatchResultEntry'):
            tree.setdefault('Successful', []).append(xml_tree(child))
        elif child.tag in XML_LISTS and (child.tag != 'QueueUrl' or action.startswith('List')):
            item = xml_tree(child) if len(child) else child.text
            tree.setdefault(XML_LISTS[child.tag], []).append(item)
        else:
            tree[child.tag] = xml_tree(child) if len(child) else child.text or ''
    return tree


def nest(members):
    """[('Entries.0.Id', '1')] -> {'Entries': [{'Id': '1'}]}"""
    root = {}
    for path, value in members:
        node, segments = root, path.split('.')
        # The name of a message attribute may hold dots itself: MessageAttributes.NAME.DataType
        if segments[0] in QUERY_MAPS and len(segments) > 3:
            segments = [segments[0], '.'.join(segments[1:-1]), segments[-1]]
        for segment, following in zip(segments, segments[1:] + [None]):
            if following is None:
                leaf = int(value) if segment in INTEGERS and 'Attributes' not in segments and value.lstrip('-').isdigit() else value
                if isinstance(node, list):
                    node.append(leaf)
                else:
                    node[segment] = leaf
                break
            empty = [] if following.isdigit() and segment not in QUERY_MAPS else {}
            if isinstance(node, list):
                while len(node) <= int(segment):
                    node.append({})
                node = node[int(segment)]
            else:
                node = node.setdefault(segment, empty)
    return root


def flatten(action, tree, front=''):
    """The parameters of a Query request for a nested input."""
    pairs = []
    for name, value in tree.items():
        if name in QUERY_MAPS and isinstance(value, dict):
            singular, key, content = QUERY_MAPS[name]
            for number, (entry, inner) in enumerate(value.items(), 1):
                pairs.append((f'{front}{singular}.{number}.{key}', entry))
                if isinstance(inner, dict):
                    pairs += [(f'{front}{singular}.{number}.{content}.{part}', text) for part, text in inner.items()]
                else:
                    pairs.append((f'{front}{singular}.{number}.{content}', inner))
        elif name == 'Entries':
            for number, entry in enumerate(value, 1):
                pairs += flatten(action, entry, f'{action}RequestEntry.{number}.')
        elif isinstance(value, list):
            pairs += [(f'{front}{QUERY_LISTS.get(name, name)}.{number}', text) for number, text in enumerate(value, 1)]
        else:
            pairs.append((front + name, value))
    return pairs


class Script:
    def __init__(self, redrive, path, protocol):
        self.redrive, self.path, self.protocol = redrive, path, protocol
        self.kept, self.last, self.open = {}, None, []
        self.process = self.background = None
        self.options = []

    def start(self):
        if self.process:
            return
        self.process = subprocess.Popen(
            [self.redrive, 'serve', '--port', '0', '--clock', 'manual', '--start', '2026-01-01T00:00:00Z', '--seed', '1',
             '--quiet'] + self.options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        if not line.startswith('redrive is ready at http://'):
            raise Wrong(f'redrive did not start: {line}{self.process.stderr.read().decode()}')
        self.address = urllib.parse.urlsplit(line.split()[4])

    def stop(self):
        """Ends the server; its status must be 0."""
        if not self.process:
            return
        # The connections that were left are still there: the server ends nevertheless.
        self.process.send_signal(signal.SIGTERM)
        try:
            _, errors = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise Wrong('redrive did not end within its grace')
        finally:
            self.step_hang_up([])
        if self.process.returncode != 0:
            raise Wrong(f'redrive ended with status {self.process.returncode}: {errors.decode()}')

    def send(self, method, path, headers, body):
        self.start()
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=PATIENCE_S)
        connection.putrequest(method, path, skip_host='host' in {name.lower() for name in headers}, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body or method in ('POST', 'PUT'):
            connection.putheader('Content-Length', str(len(body)))
        connection.endheaders()
        try:
            if body:
                connection.send(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the end: the answer says why
        return connection

    def receive(self, connection):
        try:
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def request(self, method, path, headers, body):
        return self.receive(self.send(method, path, headers, body))

    def sqs_request(self, action, members):
        """Headers and body of an operation in the script's protocol."""
        tree = nest(members)
        if self.protocol == 'json':
            return ({'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': f'AmazonSQS.{action}'},
                    json.dumps(tree).encode())
        pairs = [('Action', action), ('Version', '2012-11-05')] + flatten(action, tree)
        return {'Content-Type': 'application/x-www-form-urlencoded'}, urllib.parse.urlencode(pairs).encode()

    def sqs(self, action, members):
        return self.request('POST', '/', *self.sqs_request(action, members))

    # ---- steps ----

    def members(self, words):
        pairs = [word.partition('=')[::2] for word in words]
        return [(path, value) for path, value in pairs]

    def step_only(self, words):
        pass

    def step_rules(self, words):
        unreadable = [word for word in words if not RULE.fullmatch(word)]
        if unreadable or not words:
            raise Wrong(f'rules takes numbers like S-89, L-157-row-6 or sqs-mistake-16, not {" ".join(unreadable) or "nothing"}')

    def step_serve(self, words):
        self.options += words

    def step_call(self, words):
        self.last = self.sqs(words[0], self.members(words[1:]))

    def step_wait_for(self, words):
        self.background_answer = None
        connection = self.send('POST', '/', *self.sqs_request(words[0], self.members(words[1:])))

        def read():
            self.background_answer = self.receive(connection)
        self.background = threading.Thread(target=read)
        self.background.start()
        # Its bytes are there before those of the following requests, each of which takes a turn of its own: then it is in line.
        for _ in range(2):
            self.request('GET', '/_redrive/api/health', {}, b'')

    def step_answered(self, words):
        self.background.join(PATIENCE_S)
        if self.background.is_alive():
            raise Wrong('the background call has no answer')
        self.last = self.background_answer

    def step_silent(self, words):
        if not self.background.is_alive():
            raise Wrong(f'the background call has its answer already: {self.background_answer}')

    def step_lambda(self, words):
        self.last = self.request(words[0], words[1], {'Content-Type': 'application/json'},
                                 ' '.join(words[2:]).encode())

    def step_admin(self, words):
        self.last = self.request(words[0], '/_redrive/api/' + words[1], {}, ' '.join(words[2:]).encode())

    def step_http(self, words):
        headers, body = {}, b''
        for word in words[2:]:
            if word.startswith('body='):
                text, star, count = word[5:].rpartition('*')
                body = (text * int(count)).encode() if star and count.isdigit() else word[5:].encode()
            else:
                name, _, value = word.partition(':')
                headers[name] = value.strip()
        self.last = self.request(words[0], words[1], headers, body)

    def step_advance(self, words):
        self.step_admin(['POST', 'clock', json.dumps({'advance': words[0]})])
        self.step_expect(['200', 'stopped=arrived'])

    def step_run(self, words):
        self.step_admin(['POST', 'clock', json.dumps({'run': 'idle'})])
        self.step_expect(['200', 'stopped=arrived'])

    def step_expect(self, words):
        if self.last is None or not fnmatch.fnmatchcase(str(self.last.status), words[0]):
            raise Wrong(f'expected status {words[0]}, got {self.last}')
        for word in words[1:]:
            path, _, pattern = word.partition('=')
            value = self.last.at(path)
            if pattern == 'none':
                fits = value is None
            else:
                pattern = pattern.replace('[', '[[]').replace('?', '[?]')
                fits = value is not None and fnmatch.fnmatchcase(value, pattern)
            if not fits:
                raise Wrong(f'{path} is {value!r}, not {pattern!r}: {self.last}')

    def step_keep(self, words):
        for name, path in self.members(words):
            self.kept[name] = self.last.at(path)
            if self.kept[name] is None:
                raise Wrong(f'there is nothing at {path}: {self.last}')

    def connect(self):
        self.start()
        connection = socket.create_connection((self.address.hostname, self.address.port), PATIENCE_S)
        self.open.append(connection)
        return connection

    def step_half(self, words):
        self.connect().sendall(words[0].encode().decode('unicode_escape').encode('latin-1'))

    def step_hang_up(self, words):
        for connection in self.open:
            connection.close()
        self.open = []

    def step_idle(self, words):
        for _ in range(int(words[0])):
            self.connect()

    # ---- running ----

    def lines(self):
        with open(self.path, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if line and not line.startswith('#'):
                    yield number, line

    def is_for_protocol(self):
        return all(line.split()[1] == self.protocol for _, line in self.lines() if line.startswith('only '))

    def rules(self):
        """What all its lines of rules say, once each."""
        return list(dict.fromkeys(word for _, line in self.lines() if line.startswith('rules ') for word in line.split()[1:]))

    def run(self):
        """None, or what went wrong."""
        wrong = None
        for number, line in self.lines():
            for name in sorted(self.kept, key=len, reverse=True):
                line = line.replace('$' + name, self.kept[name])
            words = shlex.split(line)
            try:
                getattr(self, 'step_' + words[0].replace('-', '_'))(words[1:])
            except (Wrong, OSError, http.client.HTTPException) as error:
                wrong = f'{os.path.basename(self.path)}:{number}: {line}\n{type(error).__name__}: {error}'
                break
        try:
            self.stop()
        except Wrong as error:
            wrong = wrong or f'{os.path.basename(self.path)}: {error}'
        return wrong


def main():
    redrive, paths = sys.argv[1], sys.argv[2:]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 8192), hard), hard))
    scripts = [script for path in sorted(paths) for script in (Script(redrive, path, 'json'), Script(redrive, path, 'query'))
               if script.is_for_protocol()]
    print(f'1..{len(scripts)}')
    failed = 0
    for number, script in enumerate(scripts, 1):
        wrong = script.run()
        failed += wrong is not None
        name = f'{os.path.splitext(os.path.basename(script.path))[0]} ({script.protocol})'
        if script.rules():
            print(f'# rules {name}: {" ".join(script.rules())}')
        print(f'{"ok" if wrong is None else "not ok"} {number} - {name}', flush=True)
        for line in (wrong or '').splitlines():
            print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
