#!/usr/bin/env python3
"""fidelity_test -- the page and its check on small catalogues and logs: what is noticed, and what is not. TAP on standard output."""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fidelity

RULES = [{'rule': 'S-1', 'says': 'One.', 'evidence': 'recorded'},
         {'rule': 'S-2', 'says': 'Two.', 'evidence': 'assumed', 'choice': ['This.', 'That.']},
         {'rule': 'S-2-row-3', 'says': 'A part.', 'evidence': 'assumed'},
         {'rule': 'S-4', 'says': 'Four.', 'evidence': 'documented', 'informative': 'It is about clients.'},
         {'rule': 'S-5', 'says': 'Five.', 'evidence': 'documented', 'left_out': 'All of it.'}]
GOOD = ['# rules a_test: S-1 toy-mistake-1', 'ok 1 - ../tests/toy_test.c:the case:a_test: Passed',
        '# rules a_loop: S-2-row-3', 'ok 2 - ../tests/toy.h:the case:a_loop: Passed', '# rules a_loop: S-2-row-3',
        'ok 3 - ../tests/toy_test.c:the case:a_loop: Passed', '# rules a script (json): S-1', 'ok 4 - a script (json)']


def catalogue(folder, rules, complete=True):
    path = folder / 'toy.json'
    path.write_text(json.dumps({'title': 'Toys', 'complete': complete, 'sections': [{'title': 'All', 'rules': rules}],
                                'mistakes': [{'mistake': 'toy-mistake-1', 'says': 'A slip.'}]}), encoding='utf-8')
    return fidelity.Catalogue(path)


def look(lines, rules=RULES, complete=True):
    """(problems, page) of one program that printed these lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        catalogues = [catalogue(folder, rules, complete)]
        log = folder / 'testlog.json'
        log.write_text(json.dumps({'name': 'redrive:unit / queue/toy', 'stdout': '\n'.join(lines), 'result': 'OK'}) + '\n',
                       encoding='utf-8')
        tests = fidelity.read_log(log)
    joined = fidelity.join(catalogues, tests)
    problems = list(catalogues[0].problems()) + list(fidelity.unknown_rules(catalogues, tests))
    return problems + list(fidelity.rules_without_test(catalogues, joined)), fidelity.page(catalogues, tests, joined)


def without(lines, part):
    return [line for line in lines if part not in line]


def replaced(old, new):
    return [line.replace(old, new) for line in GOOD]


def everything_is_shown():
    problems, page = look(GOOD)
    return (problems == [] and '| S-1 | One. | recorded |  | queue/toy: `a script (json)`<br>queue/toy: `a_test` |' in page
            and '| S-2 | Two. | assumed | This.<br>That. | queue/toy: `a_loop` |' in page
            and '| toy 1 | A slip. | queue/toy: `a_test` |' in page and '| S-4 | Four. | It is about clients. |' in page
            and '| S-5 | Five. | All of it. |' in page)


def a_rule_without_test_is_named():
    return 'S-2-row-3 has no test' in look(without(GOOD, 'a_loop'))[0]


def a_mistake_without_test_is_named():
    return look(replaced(' toy-mistake-1', ''))[0] == ['toy-mistake-1 has no test']


def a_failed_test_shows_nothing():
    lines = replaced('ok 1', 'not ok 1')
    return look(lines)[0] == ['toy-mistake-1 has no test that passed; these did not: queue/toy: a_test']


def one_failure_of_a_loop_is_enough():
    return any(problem.startswith('S-2 has no test that passed') for problem in look(replaced('ok 3', 'not ok 3'))[0])


def a_test_that_never_ended_shows_nothing():
    return any(problem.startswith('toy-mistake-1 has no test that passed') for problem in look(without(GOOD, 'ok 1'))[0])


def an_unknown_rule_is_named():
    lines = GOOD + ['# rules stray: S-99', 'ok 5 - stray']
    return look(lines)[0] == ['queue/toy: stray pins S-99, which no catalogue has'] and look(lines, complete=False)[0] == []


def a_skipped_test_stays_on_the_page():
    lines = replaced('ok 4 - a script (json)', 'ok 4 - a script (json) # SKIP no network')
    return look(lines) == ([], look(GOOD)[1])


def catalogues_are_checked():
    rules = RULES + [dict(RULES[0]), {'rule': 'S-6', 'says': '', 'evidence': 'hearsay', 'choise': 'x'}]
    problems = look(GOOD, rules)[0]
    return all(any(part in problem for problem in problems)
               for part in ('S-1 is there twice', '"choise" that nobody reads', 'the evidence of S-6', 'S-6 says nothing'))


def main():
    tests = [everything_is_shown, a_rule_without_test_is_named, a_mistake_without_test_is_named, a_failed_test_shows_nothing,
             one_failure_of_a_loop_is_enough, a_test_that_never_ended_shows_nothing, an_unknown_rule_is_named,
             a_skipped_test_stays_on_the_page, catalogues_are_checked]
    print(f'1..{len(tests)}')
    failed = 0
    for number, test in enumerate(tests, 1):
        passed = test()
        failed += not passed
        print(f'{"ok" if passed else "not ok"} {number} - {test.__name__}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
