#!/usr/bin/env python3
"""demos -- what the demos that measure claim, counted again from their traces by other means. TAP on standard output.

    demos.py REDRIVE
"""
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile

REDRIVE = os.path.abspath(sys.argv[1])
PATIENCE_S = 120
SMALL = ['--arrivals', '1', '--poison', '5%', '--visibility', '30s', '--span', '20m']


def redrive(*words, status=0, **variables):
    names = ('NO_COLOR', 'LC_ALL', 'LC_CTYPE', 'LANG')
    environment = {name: value for name, value in os.environ.items() if name not in names}
    ended = subprocess.run([REDRIVE, *words], capture_output=True, timeout=PATIENCE_S, check=False, env=environment | variables)
    out, errors = ended.stdout.decode(), ended.stderr.decode()
    assert ended.returncode == status, f'{words}: status {ended.returncode}, {out}{errors}'
    return out if status == 0 else errors


def traced(*words):
    """The findings of a demo by variant, and the points of each variant's trace."""
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, 'trace')
        answer = json.loads(redrive('demo', *words, '--json', '--trace-file', prefix))
        points = {}
        for findings in answer['variants']:
            with open(f'{prefix}.{findings["variant"]}.jsonl', encoding='utf-8') as file:
                points[findings['variant']] = [json.loads(line) for line in file]
    return answer, {findings['variant']: findings for findings in answer['variants']}, points


def reported(points):
    """The messages that the function reported, ever."""
    return {point['messageId'] for point in points
            if point['kind'] == 'verdict' and not point['reason'].startswith('deleted:')}


def pins(rules):
    """The rules that a test shows, reported with its result; tests/fidelity/fidelity.py reads them."""
    def with_rules(test):
        test.rules = rules
        return test
    return with_rules


# ---- snowball ----

def stretches_of(points, findings, origin_ms):
    """Deliveries by stretch: one ends before the first message that was sent at its end."""
    ends = [origin_ms + stretch['seconds'] * 1000 for stretch in findings['stretches']]
    at, lists = 0, [[] for _ in ends]
    for point in points:
        if point.get('queue') != 'orders':
            continue
        while point['kind'] == 'sent' and at < len(ends) and point['atMs'] >= ends[at]:
            at += 1
        if point['kind'] in ('received', 'deleted') and at < len(ends):
            lists[at].append(point)
    return lists


@pins('L-282 L-285 L-286 L-287 L-292')
def a_snowball_is_what_its_trace_says():
    answer, variants, traces = traced('snowball', *SMALL, '--variant', 'none', '--variant', 'dlq')
    for name, findings in variants.items():
        points = [point for point in traces[name] if point.get('queue') != 'payments']
        poison = reported(points)
        sent_at = {point['messageId']: point['atMs'] for point in points
                   if point['kind'] == 'sent' and point['queue'] == 'orders'}
        origin_ms = min(sent_at.values())
        assert len(sent_at) == findings['totals']['sent'] == 1200
        received = deleted = 0
        outnumbered = 0
        for stretch, seen in zip(findings['stretches'], stretches_of(points, findings, origin_ms)):
            deliveries = [point['messageId'] in poison for point in seen if point['kind'] == 'received']
            gone = [point for point in seen if point['kind'] == 'deleted']
            assert (stretch['good'], stretch['poison']) == (deliveries.count(False), deliveries.count(True)), (name, stretch)
            received, deleted = received + len(deliveries), deleted + len(gone)
            assert (stretch['received'], stretch['deleted']) == (received, deleted), (name, stretch)
            latencies = sorted(point['atMs'] - sent_at[point['messageId']] for point in gone)
            assert stretch['goodLatencyP50Ms'] == latencies[len(latencies) // 2], (name, stretch)
            assert stretch['errors'] == 0
            if not outnumbered and deliveries.count(True) > deliveries.count(False):
                outnumbered = stretch['seconds']
        assert findings['outnumberedSeconds'] == outnumbered, (name, outnumbered)
        totals = findings['totals']
        assert totals['invocations'] == sum(point['kind'] == 'invoked' for point in points)
        lost = {point['messageId'] for point in points if point['kind'] == 'dead-lettered'}
        assert totals['poisonDeadLettered'] == len(lost) and lost <= poison
        assert totals['poisonInQueue'] == len(poison - lost) and totals['goodInQueue'] == 0
        if name == 'none':
            assert abs(len(poison) - 60) <= 1 and findings['stretches'][-1]['inFlight'] == len(poison)
            model = answer['model']['outnumberedSeconds']
            assert model == 30 * 0.9 / 0.05 and abs(outnumbered - model) < 0.25 * model, (outnumbered, model)
    share = variants['dlq']['stretches'][len(variants['dlq']['stretches']) // 2:]
    share = sum(row['poison'] for row in share) / sum(row['poison'] + row['good'] for row in share)
    assert abs(share - answer['model']['stationaryShare']) < 0.05, (share, answer['model'])


@pins('L-289')
def throwing_brings_good_messages_back():
    _, variants, traces = traced('snowball', *SMALL, '--handler-time', '400ms', '--variant', 'none', '--variant', 'whole')
    orders = {name: [point for point in points if point.get('queue') == 'orders'] for name, points in traces.items()}
    sent = {name: [point['messageId'] for point in points if point['kind'] == 'sent'] for name, points in orders.items()}
    # Every variant gets the same messages in the same order; who reports tells which of them are poison.
    poison = {sent['whole'][sent['none'].index(message)] for message in reported(orders['none'])}
    received = dict.fromkeys(sent['whole'], 0)
    for point in orders['whole']:
        if point['kind'] == 'received':
            received[point['messageId']] += 1
    gone = {point['messageId'] for point in orders['whole'] if point['kind'] == 'deleted'}
    totals = variants['whole']['totals']
    good = [message for message in sent['whole'] if message not in poison]
    assert totals['goodDeliveredAgain'] == sum(max(received[message] - 1, 0) for message in good) > 100, totals
    assert totals['goodDeliveries'] == sum(received[message] for message in good), totals
    assert totals['poisonDeliveries'] == sum(received[message] for message in poison), totals
    assert totals['goodInQueue'] == len(set(good) - gone) and not poison & gone, totals
    assert variants['whole']['stretches'][-1]['errors'] > 0


def percentile(values, part):
    return sorted(values)[len(values) * part // 100] if part != 50 else sorted(values)[len(values) // 2]


def course_of(points, findings, queue):
    """By stretch, counted from the trace alone: deletions and their latencies, executions at once, throttles, failures, in flight."""
    origin_ms = min(point['atMs'] for point in points if point['kind'] == 'sent')
    ends = [origin_ms + stretch['seconds'] * 1000 for stretch in findings['stretches']]
    length_ms = ends[0] - origin_ms
    course = [{'latencies': [], 'received': 0, 'worked': 0, 'throttles': 0, 'errors': 0} for _ in ends]
    sent_at, begun, held, at = {}, {}, set(), 0
    for point in points:
        # What the clients send at the end of a stretch belongs to the next; everything else that is due then to this one.
        while at < len(ends) and (point['atMs'] > ends[at] or point['atMs'] == ends[at] and point['kind'] == 'sent'):
            course[at]['inFlight'] = len(held)
            at += 1
        if at == len(ends):
            break
        if point.get('queue') != queue:
            continue
        kind, message, now = point['kind'], point.get('messageId'), course[at]
        if kind == 'sent':
            sent_at[message] = point['atMs']
        elif kind == 'received':
            held.add(message)
            now['received'] += 1
        elif kind in ('visible again', 'dead-lettered'):
            held.discard(message)
        elif kind == 'deleted':
            held.discard(message)
            now['latencies'].append(point['atMs'] - sent_at[message])
        elif kind == 'invoked':
            begun[point['requestId']] = point['atMs']
        elif kind == 'invocation ended':
            now['worked'] += point['atMs'] - begun[point['requestId']]
            now['errors'] += ' responded ' not in point['reason']
        elif kind in ('throttled', 'abandoned') and 'was throttled' in point['reason']:
            now['throttles'] += 1
    for row in course[at:]:
        row['inFlight'] = len(held)
    for row in course:
        row['executions'] = row['worked'] / length_ms
    return course


def first_seconds(findings, course, rings):
    """The end of the first stretch in which rings(row, sum of the rows so far) is so; 0: none."""
    return next((stretch['seconds'] for stretch, row in zip(findings['stretches'], course) if rings(stretch, row)), 0)


@pins('L-126 L-261 L-286 L-288 L-291 L-292')
def a_snowball_takes_from_its_neighbour_and_stands_still():
    words = ['--poison', '5%', '--arrivals', '2', '--span', '30m', '--in-flight-max', '100', '--account-concurrency', '8']
    answer, variants, traces = traced('snowball', *words)
    for name, findings in variants.items():
        own, neighbour = (course_of(traces[name], findings, queue) for queue in ('orders', 'payments'))
        throttles = neighbour_throttles = errors = 0
        for stretch, mine, other in zip(findings['stretches'], own, neighbour):
            throttles, neighbour_throttles = throttles + mine['throttles'], neighbour_throttles + other['throttles']
            errors += mine['errors']
            told = stretch['neighbour']
            assert stretch['inFlight'] == mine['inFlight'], (name, stretch, mine['inFlight'])
            assert abs(stretch['executions'] - mine['executions']) < 1e-9, (name, stretch, mine['worked'])
            assert abs(told['executions'] - other['executions']) < 1e-9, (name, stretch, other['worked'])
            assert (stretch['throttles'], told['throttles'], stretch['errors']) == (throttles, neighbour_throttles, errors), (name, stretch)
            for latencies, figures, prefix in ((mine['latencies'], stretch, 'goodLatency'), (other['latencies'], told, 'latency')):
                for part in (50, 99) if latencies else ():
                    assert figures[f'{prefix}P{part}Ms'] == percentile(latencies, part), (name, stretch)
        limit = answer['inFlightMax']
        still = len(own)
        while still > 0 and not own[still - 1]['latencies']:
            still -= 1
        stalled = findings['stretches'][still]['seconds'] if still < len(own) else 0
        counted = {
            'receivedMinusDeleted': first_seconds(findings, own, lambda _, row: 10 * (row['received'] - len(row['latencies'])) > row['received']),
            'inFlight': first_seconds(findings, own, lambda _, row: 2 * row['inFlight'] > limit),
            'oldest': first_seconds(findings, own, lambda stretch, _: stretch['oldestSeconds'] > 300),
            'errors': first_seconds(findings, own, lambda _, row: row['errors'] > 0),
            'throttles': first_seconds(findings, own, lambda _, row: row['throttles'] > 0),
            'neighbourThrottles': first_seconds(findings, neighbour, lambda _, row: row['throttles'] > 0),
        }
        assert counted == findings['alarms'] and stalled == findings['stalledSeconds'], (name, counted, stalled, findings['alarms'])
    none, dlq, limited = variants['none'], variants['dlq'], variants['limit']
    # Poison alone fills what may be in flight, and then nothing is done any more; its neighbour is refused meanwhile.
    model = answer['model']['stalledSeconds']
    assert model == 100 / (0.05 * 2) and abs(none['stalledSeconds'] - model) < 0.3 * model, (none['stalledSeconds'], model)
    assert none['stretches'][-1]['neighbour']['throttles'] > 0 and none['totals']['goodInQueue'] > 100
    assert not dlq['stalledSeconds'] and not dlq['stretches'][-1]['neighbour']['throttles'] and not dlq['alarms']['inFlight']
    # A limit protects the neighbour, and drowns its own queue.
    assert not limited['stretches'][-1]['neighbour']['throttles'] and limited['stretches'][-1]['concurrencyMax'] == 2
    assert limited['totals']['goodInQueue'] > none['totals']['goodInQueue']


def a_snowball_as_a_test():
    words = ['demo', 'snowball', *SMALL, '--max-poison-share', '25%', '--after', '5m']
    redrive(*words, '--variant', 'dlq')
    errors = redrive(*words, '--variant', 'none', status=1)
    assert 'of the deliveries after 5 min were poison, more than 25 %' in errors, errors


def a_snowball_is_told():
    told = redrive('demo', 'snowball', *SMALL, LC_ALL='C.UTF-8')
    assert told == redrive('demo', 'snowball', *SMALL, LC_ALL='C.UTF-8')
    assert any(0x2800 < ord(letter) <= 0x28ff for letter in told) and 'model: 50 % at 9 min' in told, told
    for plain in (redrive('demo', 'snowball', *SMALL, LC_ALL='C'),
                  redrive('demo', 'snowball', *SMALL, LC_ALL='C.UTF-8', NO_COLOR='1')):
        assert plain.isascii() and ' no DLQ n\n' in plain, plain
    assert max(len(line) for line in told.splitlines()) <= 100
    for words, sentence in [(['--poison', '60%'], 'share above 0 and up to 50%'), (['--variant', 'nun'], 'none, dlq, limit or whole'),
                            (['--after', '1m'], '--after goes with --max-poison-share'),
                            (['--max-poison-share', 'much'], 'a share such as 5%'), (['--span', '1m'], 'four visibility timeouts'),
                            (['--poison-time', '4s'], 'must be done a second before'), (['--in-flight-max', '9'], 'from 10 to 120000'),
                            (['--account-concurrency', '1'], 'from 2 to 1000'), (['--neighbour', '101'], 'from 0 to 100')]:
        assert sentence in redrive('demo', 'snowball', *words, status=2), words


# ---- approaches ----

@pins('L-278 L-279')
def approaches_are_what_their_traces_say():
    answer, variants, traces = traced('approaches', '--messages', '400', '--batch-size', '5', '--failure-share', '4%')
    failing = reported(traces['report'])
    orders = {}
    for name, points in traces.items():
        findings = variants[name]
        sent = [point['messageId'] for point in points if point['kind'] == 'sent']
        orders[name] = sent
        hanging = {message for number, message in enumerate(sent) if number % 50 == 49} if findings['diesLate'] else set()
        received = {}
        for point in points:
            if point['kind'] == 'received':
                received[point['messageId']] = received.get(point['messageId'], 0) + 1
        good = [message for message in sent if message not in failing | hanging]
        begun = {point['requestId']: point['atMs'] for point in points if point['kind'] == 'invoked'}
        ended = {point['requestId']: point['atMs'] for point in points if point['kind'] == 'invocation ended'}
        deleted = [point for point in points if point['kind'] == 'deleted']
        by_function = sum(point['actor'] == 'orders' for point in deleted)
        by_mapping = {point['requestId'] for point in points
                      if point['kind'] == 'verdict' and point['reason'].startswith('deleted:')}
        duration = sum(ended[request] - at for request, at in begun.items())
        counted = {
            'deliveries': sum(received.values()),
            'wastedDeliveries': sum(received[message] - 1 for message in good),
            'invocations': len(begun),
            'receives': len({point['requestId'] for point in points if point['kind'] == 'batched'}) + findings['emptyReceives'],
            'mappingDeletes': len(by_mapping),
            'handlerDeletes': by_function,
            'drainedMs': max(point['atMs'] for point in deleted) - min(begun.values()),
            'durationMs': duration,
        }
        assert counted == {key: findings[key] for key in counted}, (name, counted, findings)
        assert len(deleted) == len(sent) == 400
        requests = counted['receives'] + counted['mappingDeletes'] + by_function
        dollars = requests * 0.40 / 1e6 + len(begun) * 0.20 / 1e6 + duration / 1000 * 128 / 1024 * 0.0000166667
        assert findings['sqsRequests'] == requests and abs(findings['dollars'] - dollars) < 1e-12, (name, findings, dollars)
    assert len({tuple(order) for order in orders.values()}) == 1 and 5 < len(failing) < 40


def the_trade_offs_of_the_approaches():
    answer = json.loads(redrive('demo', 'approaches', '--json'))
    found = {findings['variant']: findings for findings in answer['variants']}

    def order(name, suffix=''):
        return sorted(('throw', 'delete-stop', 'delete-go-on', 'report'), key=lambda one: found[one + suffix][name])
    # Throwing tries everything again; reporting nothing that was good, as long as the function lives to report.
    assert order('wastedDeliveries')[-1] == 'throw' and found['report']['wastedDeliveries'] == 0
    assert found['delete-go-on']['wastedDeliveries'] == 0
    # Deleting costs requests, money and time ...
    assert min(found[name]['sqsRequests'] for name in ('delete-stop', 'delete-go-on')) > 3 * found['throw']['sqsRequests']
    assert order('dollars')[0] == order('drainedMs')[0] == 'report' and order('dollars')[-1].startswith('delete')
    # ... but survives a timeout, which a report does not.
    assert order('wastedDeliveries', '-late')[0] == 'delete-go-on'
    added = {name: found[name + '-late']['drainedMs'] / found[name]['drainedMs'] for name in order('dollars')}
    assert max(added, key=added.get) == 'report', added


def approaches_are_told():
    words = ['demo', 'approaches', '--messages', '200']
    told = redrive(*words, LC_ALL='C.UTF-8')
    assert told == redrive(*words, LC_ALL='C.UTF-8') and '█' in told
    assert redrive(*words, LC_ALL='C').isascii()
    assert max(len(line) for line in told.splitlines()) <= 100
    for wrong, sentence in [(['--batch-size', '11'], 'from 1 to 10'), (['--failure-share', '2'], 'a share such as 2%'),
                            (['--messages', '0'], 'from 1 to 20000'), (['--handler-time', '60s'], 'longer than a function may run')]:
        assert sentence in redrive('demo', 'approaches', *wrong, status=2), wrong


# ---- pages ----

class Page(html.parser.HTMLParser):
    """What stands in a page: its words, its tables as rows of cells, its pictures with their titles, sentences and paths."""

    def __init__(self, path):
        super().__init__()
        self.words, self.rows, self.pictures, self.open = [], [], [], []
        with open(path, encoding='utf-8') as file:
            self.source = file.read()
        self.feed(self.source)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert tag not in ('script', 'link', 'img', 'iframe', 'object') and not {'src', 'href', 'style'} & set(attributes), (tag, attrs)
        if tag in ('meta', 'path', 'line', 'rect'):
            return
        self.open.append(tag)
        if tag == 'tr':
            self.rows.append([])
        elif tag in ('td', 'th'):
            self.rows[-1].append('')
        elif tag == 'svg':
            assert attributes['role'] == 'img' and attributes['aria-labelledby'], attrs
            self.pictures.append({'text': []})

    def handle_startendtag(self, tag, attrs):
        if tag == 'path':
            self.pictures[-1].setdefault('paths', []).append(dict(attrs)['d'])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ('td', 'th'):
            self.rows[-1][-1] += data
        elif self.open and self.open[-1] in ('desc', 'text') or self.open[-2:] == ['svg', 'title']:
            self.pictures[-1]['text'].append(data)
        elif self.open and self.open[-1] != 'style':
            self.words.append(data)

    def row(self, *cells):
        found = [row for row in self.rows if all(cell in row for cell in cells)]
        assert found, (cells, self.rows)
        return found[0]


def page_of(*words):
    with tempfile.TemporaryDirectory() as folder:
        pages = [os.path.join(folder, name) for name in ('once.html', 'again.html')]
        answer = json.loads(redrive('demo', *words, '--json', '--html', pages[0]))
        redrive('demo', *words, f'--html={pages[1]}')
        once, again = (Page(path) for path in pages)
    assert once.source == again.source and folder not in once.source
    assert f'redrive demo {" ".join(words)}' in once.words, once.words
    assert 'prefers-color-scheme: dark' in once.source and 'http' not in once.source
    return answer, once


def heights_of(path):
    return [float(number) for number in re.findall(r'[ML][0-9.]+ ([0-9.]+)', path)]


def a_page_of_the_snowball_says_what_its_findings_say():
    answer, page = page_of('snowball', *SMALL, '--in-flight-max', '30')
    share, in_flight = page.pictures[0], page.pictures[1]
    assert len(page.pictures) == 5 and 'model: 50 % at 9 min' in share['text'] and 'limit 30 (on AWS 120000)' in in_flight['text']
    for number, findings in enumerate(answer['variants']):
        totals, last = findings['totals'], findings['stretches'][-1]
        row = page.row(findings['title'], str(totals['goodDeliveries'] + totals['poisonDeliveries']))
        part = last['poison'] / (last['good'] + last['poison'])
        assert f'{100 * part:.1f} %' in row and str(totals['goodInQueue']) in row and f'${totals["dollars"]:.4f}' in row, (row, findings)
        # The curves are drawn to scale: from the axis, at 0, to the height of 100 % or of the limit and a little more.
        for picture, most, value in ((share, 100, 100 * part), (in_flight, 30 * 1.08, last['inFlight'])):
            height = heights_of(picture['paths'][number])[-1]
            assert abs(height - (296 - value / most * (296 - 76))) < 0.1, (findings['title'], height, value)
        assert findings['title'] in share['text']
    alarms = [row for row in page.rows if row[0].startswith('ApproximateNumberOfMessagesNotVisible')][0]
    assert [cell == 'never' for cell in alarms[1:]] == [not findings['alarms']['inFlight'] for findings in answer['variants']]


def pages_of_the_other_demos():
    answer, page = page_of('approaches', '--messages', '200')
    assert len(page.pictures) == 6
    for findings in answer['variants']:
        row = page.row(str(findings['deliveries']), str(findings['wastedDeliveries']), str(findings['sqsRequests']))
        assert f'{findings["drainedMs"] / 1000:.1f} s' in row, (row, findings)
        assert any(str(findings['sqsRequests']) in picture['text'] for picture in page.pictures)
    answer, page = page_of('fairness', '--span', '1m', '--burst', '200')
    for findings in answer['variants']:
        page.row('quiet', str(findings['quiet']['sent']), f'{findings["quiet"]["dwellP95Ms"] / 1000:.2f} s')
    assert len(page.pictures) == 1
    for name in ('snowball', 'approaches', 'fairness'):
        assert '/nowhere/page.html: No such file' in redrive('demo', name, '--html', '/nowhere/page.html', status=1)


# ---- fairness ----

def dwells_of(points, burst_seconds, per_second):
    """Dwell times of quiet and noisy messages, by the order of sending: the noisy tenant's are the first of each second."""
    origin_ms = min(point['atMs'] for point in points if point['kind'] == 'sent')
    sent_at, kinds, seconds = {}, {}, {}
    dwells = {'quiet': [], 'noisy': []}
    for point in points:
        if point['kind'] == 'sent':
            second = (point['atMs'] - origin_ms) // 1000
            place = seconds[second] = seconds.get(second, 0) + 1
            noisy = place <= (per_second if second in burst_seconds else 1)
            sent_at[point['messageId']], kinds[point['messageId']] = point['atMs'], 'noisy' if noisy else 'quiet'
        elif point['kind'] == 'received' and point['messageId'] in sent_at:
            dwells[kinds[point['messageId']]].append(point['atMs'] - sent_at.pop(point['messageId']))
    return {kind: sorted(values) for kind, values in dwells.items()}


@pins('S-245')
def fairness_is_what_its_traces_say():
    _, variants, traces = traced('fairness', '--span', '5m', '--trickle', '1', '--burst', '80', '--tenants', '4')
    for name, findings in variants.items():
        for kind, dwells in dwells_of(traces[name], range(60, 120), 80).items():
            counted = {'received': len(dwells), 'dwellP50Ms': dwells[len(dwells) // 2],
                       'dwellP95Ms': dwells[len(dwells) * 95 // 100], 'dwellMaxMs': dwells[-1]}
            assert counted == {figure: findings[kind][figure] for figure in counted}, (name, kind, counted, findings[kind])
    without, given = variants['without'], variants['with']
    # Everything is delivered either way, and nobody but the noisy one pays.
    assert without['quiet']['received'] == given['quiet']['received'] == 1200
    assert without['noisy']['received'] == given['noisy']['received'] == given['noisy']['sent'] == 240 + 60 * 80
    assert given['quiet']['dwellMaxMs'] <= 2000 < 10000 < without['quiet']['dwellP95Ms'], (given, without)
    assert given['noisy']['dwellP95Ms'] > without['noisy']['dwellP95Ms']
    assert max(stretch['noisyGroups'] for stretch in given['stretches']) == 1
    assert max(stretch['noisyGroups'] for stretch in without['stretches']) == 0
    assert given['stretches'][-1]['noisyGroups'] == 0


@pins('S-245')
def few_functions_at_once_are_fair_by_processing_time():
    words = ['fairness', '--max-concurrency', '2', '--burst', '60', '--span', '5m']
    _, variants, _ = traced(*words)
    # Twenty in flight never reach the thirty of the first threshold.
    assert max(stretch['inFlight'] for stretch in variants['with']['stretches']) <= 20
    assert variants['with']['quiet']['dwellP95Ms'] <= 2000 < variants['without']['quiet']['dwellP95Ms'], variants
    redrive('demo', *words, '--max-dwell', '2s')
    assert 'messages waited up to' in redrive('demo', *words, '--max-dwell', '1ms', status=1)


def fairness_is_told():
    words = ['demo', 'fairness', '--span', '1m', '--burst', '200']
    told = redrive(*words, LC_ALL='C.UTF-8')
    assert told == redrive(*words, LC_ALL='C.UTF-8') and any(0x2800 < ord(letter) <= 0x28ff for letter in told)
    assert redrive(*words, LC_ALL='C').isascii()
    assert max(len(line) for line in told.splitlines()) <= 100
    for wrong, sentence in [(['--tenants', '0'], 'from 1 to 100'), (['--trickle', '0'], 'from 1 to 100'), (['--burst', '0'], 'to 10000'),
                            (['--max-concurrency', '1'], 'from 2 to 1000'), (['--handler-time', '6s'], '1ms to 5s'),
                            (['--span', '61s'], 'in steps of 5s'), (['--span', '4h', '--burst', '1000'], 'more than 200000')]:
        assert sentence in redrive('demo', 'fairness', *wrong, status=2), wrong


TESTS = [a_snowball_is_what_its_trace_says, a_snowball_takes_from_its_neighbour_and_stands_still, throwing_brings_good_messages_back, a_snowball_as_a_test,
         a_snowball_is_told, approaches_are_what_their_traces_say, the_trade_offs_of_the_approaches, approaches_are_told,
         fairness_is_what_its_traces_say, few_functions_at_once_are_fair_by_processing_time, fairness_is_told,
         a_page_of_the_snowball_says_what_its_findings_say, pages_of_the_other_demos]


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
        title = test.__name__.replace('_', ' ')
        if hasattr(test, 'rules'):
            print(f'# rules {title}: {test.rules}')
        print(f'{"not ok" if wrong else "ok"} {number} - {title}', flush=True)
        for line in (wrong or '').splitlines():
            print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
