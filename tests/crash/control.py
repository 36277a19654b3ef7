"""What is asked of queues as wholes while the server is killed: tags, attributes, permissions, purges, queues that come and go, move
tasks, mappings. One thread asks, so that one answer at most is missing: after a restart everything is as before that request or as
after it, never in between.

The state is plain data, {part: value}; what is read from the server must be equal to it.
"""
import copy
import json
import threading

ACCOUNT, REGION = '000000000000', 'us-east-1'
BODIES_MAX, PACE = 60, 3
PRINCIPAL = '111122223333'
RETENTION = {'MessageRetentionPeriod': '1209600'}
QUEUES = {
    'settings': RETENTION,
    'scratch': RETENTION,
    'mapped': RETENTION,
    'moved-dead': RETENTION,
    'moved': {**RETENTION, 'RedrivePolicy': json.dumps(
        {'deadLetterTargetArn': f'arn:aws:sqs:{REGION}:{ACCOUNT}:moved-dead', 'maxReceiveCount': 9})},
}
ATTRIBUTES = {'VisibilityTimeout': (0, 43200), 'DelaySeconds': (0, 900), 'MaximumMessageSize': (1024, 262144)}
TEMPORARY = ('temporary-a', 'temporary-b')
BEGINNING = {'tags': {}, 'permissions': [], 'scratch': [], 'moving': [], 'mapping': None,
             'attributes': {'VisibilityTimeout': '30', 'DelaySeconds': '0', 'MaximumMessageSize': '1048576'},
             **{name: None for name in TEMPORARY}}


def arn(queue):
    return f'arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}'


def difference(found, expected):
    return {part: {'found': found[part], 'expected': expected[part]} for part in found if found[part] != expected[part]}


class Control:
    """What was acknowledged, and what one request without an answer would have made of it."""

    def __init__(self, wrong):
        self.wrong = wrong  # the exception
        self.sure, self.maybe = copy.deepcopy(BEGINNING), None
        self.moved_before = 0  # in the destination when the newest task began
        self.maybe_moved_before = None
        self.body = 0

    def create(self, client):
        for name in sorted(QUEUES, reverse=True, key=lambda name: 'RedrivePolicy' not in QUEUES[name]):
            client.sqs('CreateQueue', QueueName=name, Attributes=QUEUES[name])
        client.request('POST', '/2015-03-31/functions', {}, {
            'FunctionName': 'work', 'Role': 'arn:aws:iam::000000000000:role/r', 'Code': {'ZipFile': ''},
            'Environment': {'Variables': {'REDRIVE_TARGET': 'sim:{}'}}})

    # ---- looking ----

    def bodies(self, client, queue):
        return sorted(shown['body'] for shown in client.admin('GET', f'messages?queue={queue}&max=10000')['messages'])

    def mapping(self, client):
        for _ in range(10):  # what is transitional ends a turn later
            found = client.request('GET', '/2015-03-31/event-source-mappings', {}, None)['EventSourceMappings']
            if all(one['State'] in ('Enabled', 'Disabled') for one in found):
                break
        if not found:
            return None
        if len(found) > 1:
            raise self.wrong(f'there are {len(found)} mappings')
        return {'UUID': found[0]['UUID'], **{name: found[0].get(name) for name in
                ('State', 'BatchSize', 'MaximumBatchingWindowInSeconds', 'FunctionResponseTypes', 'FilterCriteria', 'ScalingConfig')}}

    def look(self, client):
        names = [url.rpartition('/')[2] for url in client.sqs('ListQueues').get('QueueUrls', [])]
        attributes = client.sqs('GetQueueAttributes', 'settings', AttributeNames=['All'])['Attributes']
        policy = json.loads(attributes['Policy']) if attributes.get('Policy') else {'Statement': []}
        return {
            'tags': client.sqs('ListQueueTags', 'settings').get('Tags', {}),
            'attributes': {name: attributes[name] for name in ATTRIBUTES},
            'permissions': sorted(statement['Sid'] for statement in policy['Statement']),
            'scratch': self.bodies(client, 'scratch'),
            'moving': sorted(self.bodies(client, 'moved-dead') + self.bodies(client, 'moved')),
            'mapping': self.mapping(client),
            **{name: self.bodies(client, name) if name in names else None for name in TEMPORARY},
        }

    def tasks(self, client):
        return client.sqs('ListMessageMoveTasks', SourceArn=arn('moved-dead'), MaxResults=10).get('Results', [])

    def check(self, client):
        found = self.look(client)
        if found not in (self.sure, self.maybe):
            raise self.wrong(f'neither as before nor as after: {difference(found, self.sure)}'
                             f'{"" if self.maybe is None else difference(found, self.maybe)}')
        self.sure, self.maybe = found, None
        self.check_task(client)

    def check_task(self, client):
        """A task says how many it has moved, and so many lie there: what it says is of the same transaction."""
        tasks = self.tasks(client)
        lying = len(self.bodies(client, 'moved'))
        if not tasks:
            possible = {0}
        else:
            moved = tasks[0]['ApproximateNumberOfMessagesMoved']
            possible = {before + moved for before in (self.moved_before, self.maybe_moved_before) if before is not None}
        if lying not in possible:
            raise self.wrong(f'{lying} messages were moved, not {sorted(possible)}: {tasks[:1]}')
        self.moved_before = lying - (tasks[0]['ApproximateNumberOfMessagesMoved'] if tasks else 0)
        self.maybe_moved_before = None
        if tasks and tasks[0]['Status'] not in ('RUNNING', 'COMPLETED'):
            raise self.wrong(f'a move task ended otherwise: {tasks[0]}')

    # ---- asking ----

    def step(self, client, random_):
        steps = [self.tag, self.untag, self.set_attribute, self.permit, self.forbid, self.send_scratch, self.purge, self.temporary,
                 self.temporary, self.send_moved, self.move, self.map]
        random_.choice(steps)(client, random_)

    def ask(self, after, call, *arguments, **members):
        self.maybe = after
        answer = call(*arguments, **members)
        self.sure, self.maybe = after, None
        return answer

    def after(self, **parts):
        return {**copy.deepcopy(self.sure), **parts}

    def next_bodies(self, count):
        self.body += count
        return [f'body {self.body - index:07}' + '-' * (index % 3) * 900 for index in range(count)]

    def send(self, client, part, queue, bodies):
        self.ask(self.after(**{part: sorted(self.sure[part] + bodies)}), client.sqs, 'SendMessageBatch', queue,
                 Entries=[{'Id': str(index), 'MessageBody': body} for index, body in enumerate(bodies)])

    def tag(self, client, random_):
        tags = {f'key{random_.randrange(5)}': str(random_.randrange(1000)) for _ in range(2)}
        self.ask(self.after(tags={**self.sure['tags'], **tags}), client.sqs, 'TagQueue', 'settings', Tags=tags)

    def untag(self, client, random_):
        keys = [f'key{random_.randrange(5)}']
        tags = {key: value for key, value in self.sure['tags'].items() if key not in keys}
        self.ask(self.after(tags=tags), client.sqs, 'UntagQueue', 'settings', TagKeys=keys)

    def set_attribute(self, client, random_):
        values = {name: str(random_.randint(*bounds)) for name, bounds in ATTRIBUTES.items()}
        self.ask(self.after(attributes=values), client.sqs, 'SetQueueAttributes', 'settings', Attributes=values)

    def permit(self, client, random_):
        label = f'label{random_.randrange(6)}'
        if label not in self.sure['permissions']:
            self.ask(self.after(permissions=sorted(self.sure['permissions'] + [label])), client.sqs, 'AddPermission', 'settings',
                     Label=label, AWSAccountIds=[PRINCIPAL], Actions=['SendMessage'])

    def forbid(self, client, random_):
        if self.sure['permissions']:
            label = random_.choice(self.sure['permissions'])
            self.ask(self.after(permissions=[other for other in self.sure['permissions'] if other != label]), client.sqs,
                     'RemovePermission', 'settings', Label=label)

    def send_scratch(self, client, random_):
        if len(self.sure['scratch']) < BODIES_MAX:
            self.send(client, 'scratch', 'scratch', self.next_bodies(random_.choice([1, 3, 10])))

    def purge(self, client, random_):
        self.ask(self.after(scratch=[]), client.sqs, 'PurgeQueue', 'scratch')

    def temporary(self, client, random_):
        """A queue of a name is made, filled and deleted; made again it is empty."""
        name = random_.choice(TEMPORARY)
        bodies = self.sure[name]
        if bodies is None:
            self.ask(self.after(**{name: []}), client.sqs, 'CreateQueue', QueueName=name, Attributes=RETENTION)
        elif len(bodies) < BODIES_MAX and random_.random() < 0.7:
            self.send(client, name, name, self.next_bodies(random_.choice([1, 5])))
        else:
            self.ask(self.after(**{name: None}), client.sqs, 'DeleteQueue', name)

    def send_moved(self, client, random_):
        if len(self.sure['moving']) < BODIES_MAX:
            self.send(client, 'moving', 'moved-dead', self.next_bodies(random_.choice([1, 5])))

    def move(self, client, random_):
        tasks = self.tasks(client)
        if tasks and tasks[0]['Status'] == 'RUNNING':
            return
        if len(self.sure['moving']) >= BODIES_MAX:
            self.empty_moved(client)
            return
        self.maybe_moved_before = len(self.bodies(client, 'moved'))
        client.sqs('StartMessageMoveTask', SourceArn=arn('moved-dead'), DestinationArn=arn('moved'),
                   MaxNumberOfMessagesPerSecond=PACE)
        self.moved_before, self.maybe_moved_before = self.maybe_moved_before, None

    def empty_moved(self, client):
        """No task runs. What was moved by the newest one counts no more."""
        lying = len(self.bodies(client, 'moved'))
        self.maybe_moved_before = self.moved_before - lying
        self.ask(self.after(moving=self.bodies(client, 'moved-dead')), client.sqs, 'PurgeQueue', 'moved')
        self.moved_before, self.maybe_moved_before = self.maybe_moved_before, None

    def map(self, client, random_):
        path, old = '/2015-03-31/event-source-mappings', self.sure['mapping']
        if old is not None and random_.random() < 0.3:
            self.ask(self.after(mapping=None), client.request, 'DELETE', f'{path}/{old["UUID"]}', {}, None)
            self.mapping(client)
            return
        settings = {'BatchSize': random_.randint(1, 10), 'MaximumBatchingWindowInSeconds': random_.randint(0, 300),
                    'FunctionResponseTypes': random_.choice([[], ['ReportBatchItemFailures']]),
                    'ScalingConfig': {'MaximumConcurrency': random_.randint(2, 1000)},
                    'FilterCriteria': {'Filters': [{'Pattern': json.dumps({'body': {'a': [random_.randrange(9)]}})}]}}
        if old is not None:
            enabled = random_.random() < 0.5
            after = {'UUID': old['UUID'], 'State': 'Enabled' if enabled else 'Disabled', **settings}
            self.ask(self.after(mapping=after), client.request, 'PUT', f'{path}/{old["UUID"]}', {},
                     {**settings, 'Enabled': enabled, 'FunctionName': 'work'})
            return
        # Its UUID is known by the answer alone: without one, whatever is there is taken over.
        self.maybe = Anything(self.after(mapping=settings))
        answer = client.request('POST', path, {}, {**settings, 'EventSourceArn': arn('mapped'), 'FunctionName': 'work'})
        self.sure = self.after(mapping={'UUID': answer['UUID'], 'State': 'Enabled', **settings})
        self.maybe = None


class Anything(dict):
    """Equal to a state whose mapping has these settings and any UUID."""

    def __eq__(self, other):
        mapping = other['mapping']
        return mapping is not None and {**other, 'mapping': {name: mapping[name] for name in self['mapping']}} == dict(self)


class Controller(threading.Thread):
    """Random requests until the server is gone."""

    def __init__(self, control, client, random_, going, gone):
        super().__init__()
        self.control, self.client, self.random, self.going, self.gone, self.wrong = control, client, random_, going, gone, None

    def run(self):
        try:
            while not self.going.is_set():
                self.control.step(self.client, self.random)
        except self.gone:
            pass
        except Exception as error:  # in a thread nobody else would hear of it
            self.wrong = error
        finally:
            self.client.close()
