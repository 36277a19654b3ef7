#!/usr/bin/env python3
"""config -- what a file declares is there when redrive is ready: --config of serve and exec, and lint. TAP on standard output.

    config.py REDRIVE EXAMPLES-DIRECTORY EXAMPLE-BOOTSTRAP
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

REDRIVE, EXAMPLES, BOOTSTRAP = (os.path.abspath(word) for word in sys.argv[1:4])
PATIENCE_S = 60
FOLDER = tempfile.mkdtemp()

SMALL = """\
resources:
  dead: {Type: AWS::SQS::Queue}
  orders:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 5}, Tags: [{Key: team, Value: shop}]}
  handler:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 4}
    Target: {sim: {}}
  mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt orders.Arn, FunctionName: !Ref handler, BatchSize: 3}
"""
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 7, Environment: {Variables: {LEVEL: debug}}}}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: shop-orders
      VisibilityTimeout: 42
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Table: {Type: AWS::DynamoDB::Table}
  Process:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Events:
        Incoming: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 7, FunctionResponseTypes: [ReportBatchItemFailures]}}
"""


def write(text, name='config.yaml', mode=0o644):
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def run(*words, status=0, cwd=None):
    ended = subprocess.run([REDRIVE, *words], capture_output=True, text=True, timeout=PATIENCE_S, cwd=cwd, check=False)
    assert ended.returncode == status, f'{words}: status {ended.returncode}\n{ended.stdout}{ended.stderr}'
    return ended


class Serve:
    def __init__(self, *words, cwd=None):
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen([REDRIVE, 'serve', '--port', '0', *words], stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        cwd=cwd)
        self.line = self.process.stdout.readline()
        found = re.search(r'http://\S+', self.line)
        assert found, self.told()
        self.endpoint = found.group()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def told(self):
        self.errors.seek(0)
        return self.errors.read()

    def ask(self, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data, headers or {})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read() or 'null')

    def sqs(self, action, **members):
        return self.ask('/', members, {'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.' + action})

    def attributes(self, queue):
        return self.sqs('GetQueueAttributes', QueueUrl=queue, AttributeNames=['All'])['Attributes']

    def mappings(self):
        return self.ask('/2015-03-31/event-source-mappings/')['EventSourceMappings']

    def function(self, name):
        return self.ask(f'/2015-03-31/functions/{name}/configuration')


# ---- tests ----

def what_it_declares_is_there_when_redrive_is_ready():
    with Serve('--config', write(SMALL)) as world:
        attributes = world.attributes('orders')
        assert attributes['VisibilityTimeout'] == '30', attributes
        assert json.loads(attributes['RedrivePolicy']) == {'deadLetterTargetArn': 'arn:aws:sqs:us-east-1:000000000000:dead',
                                                           'maxReceiveCount': 5}, attributes
        assert world.sqs('ListQueueTags', QueueUrl='orders')['Tags'] == {'team': 'shop'}
        [mapping] = world.mappings()
        assert (mapping['State'], mapping['BatchSize']) == ('Enabled', 3), mapping
        assert world.function('handler')['Timeout'] == 4
        told = world.told()
        for line in ('config file=', 'queues=2 functions=1 mappings=1', 'config queue=orders fate=created',
                     'config function=handler target="sim:{}"', 'queue=orders function=handler fate=created'):
            assert line in told, told


def json_is_read_too():
    text = json.dumps({'resources': {'orders': {'Type': 'AWS::SQS::Queue', 'Properties': {'DelaySeconds': 5}}}})
    with Serve('--config', write(text, 'config.json')) as world:
        assert world.attributes('orders')['DelaySeconds'] == '5'


def a_second_start_changes_nothing():
    path, database = write(SMALL), os.path.join(FOLDER, 'twice.db')
    with Serve('--config', path, '--db', database) as world:
        before, [mapping] = world.attributes('orders'), world.mappings()
    with Serve('--config', path, '--db', database) as world:
        again, [mapping_again] = world.attributes('orders'), world.mappings()
        assert (before, mapping) == (again, mapping_again), (before, again, mapping, mapping_again)
        told = world.told()
        assert 'fate=created' not in told and 'fate=changed' not in told and told.count('fate=kept') == 3, told


def where_file_and_database_differ_the_file_wins_and_nothing_is_deleted():
    database = os.path.join(FOLDER, 'differ.db')
    with Serve('--config', write(SMALL), '--db', database) as world:
        world.sqs('SetQueueAttributes', QueueUrl='orders', Attributes={'DelaySeconds': '9'})
        world.sqs('CreateQueue', QueueName='by-hand')
    changed = SMALL.replace('VisibilityTimeout: 30', 'VisibilityTimeout: 60').replace('BatchSize: 3', 'BatchSize: 4, Enabled: false') \
        .replace('maxReceiveCount: 5', 'maxReceiveCount: 6').replace('resources:\n', 'resources:\n  more: {Type: AWS::SQS::Queue}\n')
    with Serve('--config', write(changed), '--db', database) as world:
        attributes = world.attributes('orders')
        assert (attributes['VisibilityTimeout'], attributes['DelaySeconds']) == ('60', '9'), attributes
        assert json.loads(attributes['RedrivePolicy'])['maxReceiveCount'] == 6, attributes
        [mapping] = world.mappings()
        assert mapping['BatchSize'] == 4 and mapping['State'] in ('Disabling', 'Disabled'), mapping
        told = world.told()
        assert 'queue=orders fate=changed changes="VisibilityTimeout from 30 to 60, RedrivePolicy from {' in told, told
        assert 'BatchSize from 3 to 4' in told and 'queue=more fate=created' in told and 'queue=dead fate=kept' in told, told
        assert len(world.sqs('ListQueues')['QueueUrls']) == 4


def a_template_is_a_config():
    with Serve('--config', write(TEMPLATE, 'template.yaml'), '--function', 'Process=sim:{}', '--set', 'Process.MemorySize=256') as world:
        assert world.attributes('shop-orders')['VisibilityTimeout'] == '42'
        [mapping] = world.mappings()
        assert mapping['BatchSize'] == 7 and mapping['FunctionResponseTypes'] == ['ReportBatchItemFailures'], mapping
        function = world.function('Process')
        assert (function['Timeout'], function['MemorySize']) == (7, 256), function


def an_alias_stands_for_its_function():
    text = SMALL.replace('FunctionName: !Ref handler', 'FunctionName: !Ref live') + """\
  live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref handler, FunctionVersion: !GetAtt version.Version, Name: live}
  version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref handler}}
"""
    with Serve('--config', write(text)) as world:
        [mapping] = world.mappings()
        assert mapping['FunctionArn'].endswith(':function:handler'), mapping
    ended = run('serve', '--port', '0', '--config', write(text.replace('{FunctionName: !Ref handler, F', '{FunctionName: !Ref live, F')), status=2)
    assert "FunctionName: there is no function 'live:live'" in ended.stderr, ended.stderr


def a_config_names_a_template_and_its_targets():
    write(TEMPLATE, 'deep/template.yaml')
    shutil.copy(BOOTSTRAP, os.path.join(FOLDER, 'deep/bootstrap'))
    path = write('template: template.yaml\ntargets: {Process: "exec:./bootstrap"}\n', 'deep/config.yaml')
    with Serve('--config', path, cwd='/') as world:
        assert 'deep/./bootstrap' in world.told(), world.told()
        assert len(world.mappings()) == 1


def the_command_line_wins():
    with Serve('--config', write(SMALL), '--function', 'handler=http://127.0.0.1:9/', '--set', 'handler.Timeout=9') as world:
        assert world.function('handler')['Timeout'] == 9
        assert 'target="http://127.0.0.1:9/"' in world.told(), world.told()


def account_and_region_are_those_of_the_options():
    with Serve('--config', write(SMALL), '--account', '123456789012', '--region', 'eu-west-1') as world:
        assert world.attributes('orders')['QueueArn'] == 'arn:aws:sqs:eu-west-1:123456789012:orders'
        assert json.loads(world.attributes('orders')['RedrivePolicy'])['deadLetterTargetArn'].endswith(':123456789012:dead')


def signatures_are_for_others():
    ended = run('exec', '--log', '--credentials', 'AKIA:secret', '--config', write(SMALL), '--', 'true')
    assert 'queues=2 functions=1 mappings=1' in ended.stderr, ended.stderr


WRONG = [
    ('VisibilityTimeout: 30', 'VisibilityTimout: 30', ":5:18: AWS::SQS::Queue has no property 'VisibilityTimout'; did you mean 'VisibilityTimeout'?"),
    ('VisibilityTimeout: 30', 'VisibilityTimeout: 99999', ':3:3: CreateQueue was refused: Invalid value for the parameter VisibilityTimeout.'),
    ('deadLetterTargetArn: dead', 'deadLetterTargetArn: dad', ':3:3: SetQueueAttributes was refused: '),
    ('!GetAtt orders.Arn', 'arn:aws:sqs:us-east-1:000000000000:order', "EventSourceArn: there is no queue 'arn:aws:sqs:us-east-1:000000000000:order'"),
    ('    Target: {sim: {}}\n', '', ':6:3: the function handler has no target'),
    ('Target: {sim: {}}', 'Target: exec:./nothing', ':6:3: exec: there is no program '),
    ('Timeout: 4', 'Timeout: 4000', ':6:3: Timeout takes whole seconds from 1 to 900'),
    ('Timeout: 4', 'Timeout: 400', ':10:3: Lambda refused this: Queue visibility timeout: 30 seconds is less than Function timeout: 400 seconds'),
    ('resources:', 'resource:', ":1:1: a config has no 'resource'; did you mean 'resources'?"),
    ('resources:', 'steps: []\nresources:', ':1:1: steps make this a scenario: redrive test plays it'),
    ('resources:', '? [', ':1:3: a name is expected here'),
    ('Type: AWS::Lambda::Function', 'Type: AWS::Lambda::Funktion', ":6:3: 'handler' has the type 'AWS::Lambda::Funktion', which is none that is known here; did you mean 'AWS::Lambda::Function'?"),
]


def what_is_wrong_is_told_where():
    for old, new, sentence in WRONG:
        assert old in SMALL, old
        path = write(SMALL.replace(old, new, 1), 'wrong.yaml')
        for command in (('serve', '--port', '0', '--quiet'), ('exec',)):
            ended = run(*command, '--config', path, *(('--', 'true') if command[0] == 'exec' else ()), status=2)
            assert path in ended.stderr and sentence in ended.stderr and ended.stdout == '', (sentence, ended.stderr)
    ended = run('serve', '--config', os.path.join(FOLDER, 'none.yaml'), status=2)
    assert 'none.yaml cannot be read: No such file or directory' in ended.stderr, ended.stderr
    assert 'it declares no queue' in run('serve', '--config', write('resources: {}\n', 'empty.yaml'), status=2).stderr


def a_reason_of_another_kind_is_not_the_files():
    ended = run('serve', '--port', '0', '--function', 'other=nonsense', '--config', write(SMALL), status=2)
    assert ended.stderr.startswith('redrive: --function other: the target nonsense'), ended.stderr


def lint_reads_it():
    ended = run('lint', write(SMALL, 'lint.yaml'), status=1)
    assert 'lint.yaml:10: warning reporting-off' in ended.stdout, ended.stdout


def the_example_works():
    path = os.path.join(EXAMPLES, 'config.yaml')
    if not shutil.which('curl'):
        return 'SKIP its handler needs curl'
    with Serve('--config', path, '--clock', 'leap') as world:
        assert len(world.mappings()) == 2 and len(world.sqs('ListQueues')['QueueUrls']) == 4
        world.sqs('SendMessage', QueueUrl='orders', MessageBody='{"quantity": 1}')
        ended = run('wait', '--endpoint', world.endpoint, '--queue', 'orders', '--empty')
    assert run('lint', path).stdout.count(' error ') == 0
    return None


TESTS = [what_it_declares_is_there_when_redrive_is_ready, json_is_read_too, a_second_start_changes_nothing,
         where_file_and_database_differ_the_file_wins_and_nothing_is_deleted, a_template_is_a_config, an_alias_stands_for_its_function,
         a_config_names_a_template_and_its_targets, the_command_line_wins, account_and_region_are_those_of_the_options,
         signatures_are_for_others, what_is_wrong_is_told_where, a_reason_of_another_kind_is_not_the_files, lint_reads_it,
         the_example_works]


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
