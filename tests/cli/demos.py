#!/usr/bin/env python3
"""demos -- what the demos that measure claim, counted again from their traces by other means. TAP on standard output.

    demos.py REDRIVE
"""
import json
import os
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
        points = traces[name]
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
    _, variants, traces = traced('snowball', *SMALL, '--handler-time', '400ms', '--variant', 'whole')
    received = {}
    for point in traces['whole']:
        if point['kind'] == 'received':
            received[point['messageId']] = received.get(point['messageId'], 0) + 1
    gone = {point['messageId'] for point in traces['whole'] if point['kind'] == 'deleted'}
    again = sum(count - 1 for message, count in received.items() if message in gone)
    totals = variants['whole']['totals']
    assert again <= totals['goodDeliveredAgain'] <= again + 5 * totals['goodInQueue'], (again, totals)
    assert sum(received.values()) == totals['goodDeliveries'] + totals['poisonDeliveries']
    assert variants['whole']['stretches'][-1]['errors'] > 0


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
                            (['--max-poison-share', 'much'], 'a share such as 5%'), (['--span', '1m'], 'four visibility timeouts')]:
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


TESTS = [a_snowball_is_what_its_trace_says, throwing_brings_good_messages_back, a_snowball_as_a_test,
         a_snowball_is_told, approaches_are_what_their_traces_say, the_trade_offs_of_the_approaches, approaches_are_told,
         fairness_is_what_its_traces_say, few_functions_at_once_are_fair_by_processing_time, fairness_is_told]


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
