#!/usr/bin/env python3
"""fidelity -- docs/fidelity.md, made from the results of a test run: which rule of AWS's behaviour is shown by which test.

    fidelity.py LOG            writes the page; LOG is Meson's testlog.json of a whole run
    fidelity.py --check LOG    writes nothing: a sentence for each problem, and status 1 if there is one

A test says which rules it pins: RULES("S-198 S-202") in C, a line `rules S-198 S-202` in a transcript, and whatever prints TAP may
print the same comment beside its result: `# rules NAME: S-198 S-202`. The catalogues beside this file say what the rules are:
sqs.json those of Amazon SQS (S-n), lambda-esm.json those of Lambda's event source mappings (L-n). A catalogue holds

    title      its chapter on the page
    complete   false while rules are missing in it: then a test may name a rule that it does not have (true if absent)
    sections   [{title, rules: [...]}], and of each rule
        rule         "S-198", or a part of one that stands for itself: "L-157-row-15"
        says         one short sentence
        evidence     recorded, documented or assumed
        choice       what redrive does where AWS's behaviour is unknown or free; a text or a list of texts
        left_out     what redrive leaves out on purpose, and why; such a rule needs no test
        informative  why the rule does not constrain redrive; such a rule needs no test
    mistakes   [{mistake, says}]: what emulators get wrong, each a test of its own; named like a rule (sqs-mistake-16)

Every other rule and every mistake needs a test that passed. A test that pins a part of a rule (S-234-b, L-157-row-19) counts for the
part, if the catalogue has it, and for the rule.
"""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / 'docs' / 'fidelity.md'
CATALOGUES = ('sqs.json', 'lambda-esm.json')
EVIDENCE = ('recorded', 'documented', 'assumed')
TESTS_SHOWN_MAX = 2

RESULT = re.compile(r'^(not )?ok\b[ \d]*-? ?(.*)$')
SKIPPED = re.compile(r'#\s*(?:skip|todo)\b', re.IGNORECASE)
RULES = re.compile(r'^# rules (.+): ([^:]*)$')
LIBCHECK = re.compile(r'^\S+\.[ch]:[^:]*:(\w+): ')  # FILE:CASE:TEST: Passed
PART = re.compile(r'^([A-Z]-\d+)-.+$')

INTRODUCTION = """# Fidelity: where each behaviour comes from

This page is generated from the results of a test run: `./dev fidelity` writes it, `./dev test` fails when it is out of date or when a
rule has lost its test. The rules, numbered S-n for Amazon SQS and L-n for Lambda's event source mappings, stand in `tests/fidelity/`;
which test shows which rule is said by the tests. Every behaviour has one of three origins:

- **recorded**: an automated recording against AWS exists, or a raw AWS answer was published;
- **documented**: AWS's service model, API reference or developer guide says so;
- **assumed**: neither exists; it was decided as a user would want.

Where AWS leaves a choice, or nobody knows what AWS does, the table says what redrive does. Of many tests the most specific are named.
"""


class Problem(Exception):
    """The log or a catalogue cannot be used; the sentence says why."""


# ---- the catalogues ----

class Catalogue:
    def __init__(self, path):
        try:
            tree = json.loads(path.read_text(encoding='utf-8'))
        except (OSError, ValueError) as error:
            raise Problem(f'{path.name} cannot be read: {error}')
        self.name = path.name
        self.title, self.is_complete = tree['title'], tree.get('complete', True)
        self.sections = tree['sections']
        self.rules = [rule for section in self.sections for rule in section['rules']]
        self.mistakes = tree.get('mistakes', [])
        self.prefixes = {rule['rule'].split('-')[0] for rule in self.rules}
        self.prefixes |= {mistake['mistake'].split('-')[0] for mistake in self.mistakes}
        self.names = [rule['rule'] for rule in self.rules] + [mistake['mistake'] for mistake in self.mistakes]

    def problems(self):
        for name in sorted({name for name in self.names if self.names.count(name) > 1}):
            yield f'{self.name}: {name} is there twice'
        for rule in self.rules:
            unknown = set(rule) - {'rule', 'says', 'evidence', 'choice', 'left_out', 'informative'}
            if unknown:
                yield f'{self.name}: {rule["rule"]} has a member "{min(unknown)}" that nobody reads'
            if rule.get('evidence') not in EVIDENCE:
                yield f'{self.name}: the evidence of {rule["rule"]} is none of {", ".join(EVIDENCE)}'
            if not rule.get('says'):
                yield f'{self.name}: {rule["rule"]} says nothing'

    def demanded(self):
        return [rule['rule'] for rule in self.rules if is_constraining(rule)] + [one['mistake'] for one in self.mistakes]


def is_constraining(rule):
    return not rule.get('informative') and not rule.get('left_out')


def texts(value):
    return [] if value is None else [value] if isinstance(value, str) else value


# ---- the results ----

class Test:
    def __init__(self, program, name):
        self.program, self.name = program, name
        self.rules, self.passed, self.failed, self.skipped = [], 0, 0, 0

    def is_passed(self):
        return self.passed > 0 and self.failed == 0

    def is_shown(self):
        """Where a test is skipped depends on the machine, and the page does not."""
        return self.passed + self.skipped > 0 and self.failed == 0

    def title(self):
        return f'{self.program}: {self.name}'


def read_log(path):
    """Every test of the log that pins rules. A loop test has several results; it passed if all of them did."""
    try:
        with open(path, encoding='utf-8') as log:
            entries = [json.loads(line) for line in log if line.strip()]
    except (OSError, ValueError) as error:
        raise Problem(f'the results of the tests cannot be read: {error}')
    tests = {}
    for entry in entries:
        program = entry['name'].split(' / ')[-1]
        for line in entry.get('stdout', '').splitlines():
            read_line(tests, program, line)
    return [test for test in tests.values() if test.rules]


def read_line(tests, program, line):
    rules, result = RULES.match(line), RESULT.match(line)
    if rules:
        test = tests.setdefault((program, rules.group(1)), Test(program, rules.group(1)))
        test.rules += [rule for rule in rules.group(2).split() if rule not in test.rules]
    elif result:
        libcheck = LIBCHECK.match(result.group(2))
        name = libcheck.group(1) if libcheck else SKIPPED.split(result.group(2))[0].strip()
        test = tests.setdefault((program, name), Test(program, name))
        if SKIPPED.search(result.group(2)):
            test.skipped += 1
        elif result.group(1):
            test.failed += 1
        else:
            test.passed += 1


def join(catalogues, tests):
    """Rule -> its tests, the most specific first."""
    known = {name for catalogue in catalogues for name in catalogue.names}
    joined = {name: [] for name in known}
    for test in tests:
        for rule in test.rules:
            whole = PART.match(rule)
            for name in dict.fromkeys([rule] + ([whole.group(1)] if whole else [])):
                if name in joined and test not in joined[name]:
                    joined[name].append(test)
    for of_rule in joined.values():
        of_rule.sort(key=lambda test: (len(test.rules), test.program, test.name))
    return joined


def unknown_rules(catalogues, tests):
    known = {name for catalogue in catalogues for name in catalogue.names}
    all_complete = all(catalogue.is_complete for catalogue in catalogues)
    complete = {prefix for catalogue in catalogues if catalogue.is_complete for prefix in catalogue.prefixes}
    for test in tests:
        for rule in test.rules:
            whole = PART.match(rule)
            is_known = rule in known or (whole and whole.group(1) in known)
            if not is_known and (all_complete or rule.split('-')[0] in complete):
                yield f'{test.title()} pins {rule}, which no catalogue has'


def rules_without_test(catalogues, joined):
    for catalogue in catalogues:
        for name in catalogue.demanded():
            if any(test.is_passed() for test in joined[name]):
                continue
            if joined[name]:
                yield f'{name} has no test that passed; these did not: {", ".join(test.title() for test in joined[name])}'
            else:
                yield f'{name} has no test'


# ---- the page ----

def rows(header, lines):
    cells = [header, ['---'] * len(header)] + lines
    return '\n'.join('| ' + ' | '.join(cell.replace('|', '\\|').replace('\n', ' ') for cell in line) + ' |' for line in cells) + '\n'


def tests_cell(tests):
    fine = [test for test in tests if test.is_shown()]
    shown = '<br>'.join(f'{test.program}: `{test.name}`' for test in fine[:TESTS_SHOWN_MAX])
    return shown + (f'<br>and {len(fine) - TESTS_SHOWN_MAX} more' if len(fine) > TESTS_SHOWN_MAX else '')


def sums(catalogues, tests):
    lines = []
    for catalogue in catalogues:
        constraining = [rule for rule in catalogue.rules if is_constraining(rule)]
        lines.append([catalogue.title, str(len(constraining))] +
                     [str(sum(rule['evidence'] == evidence for rule in constraining)) for evidence in EVIDENCE] +
                     [str(sum('choice' in rule for rule in catalogue.rules)), str(sum('left_out' in rule for rule in catalogue.rules)),
                      str(sum('informative' in rule for rule in catalogue.rules)), str(len(catalogue.mistakes))])
    header = ['', 'rules with a test'] + list(EVIDENCE) + ['with a choice', 'left out, in whole or in part', 'informative', 'mistakes of emulators']
    return rows(header, lines) + f'\nThey are shown by {sum(test.is_shown() for test in tests)} tests.\n'


def section_table(section, joined):
    shown = [rule for rule in section['rules'] if not rule.get('informative')]
    if not shown:
        return ''
    with_choice = any('choice' in rule for rule in shown)
    lines = [[rule['rule'], rule['says'], rule['evidence']] + (['<br>'.join(texts(rule.get('choice')))] if with_choice else []) +
             [tests_cell(joined[rule['rule']]) or 'left out, see below'] for rule in shown]
    header = ['rule', 'what holds', 'evidence'] + (['what redrive does'] if with_choice else []) + ['shown by']
    return f'\n### {section["title"]}\n\n' + rows(header, lines)


def page(catalogues, tests, joined):
    text = INTRODUCTION + '\n' + sums(catalogues, tests)
    for catalogue in catalogues:
        text += f'\n## {catalogue.title}\n' + ''.join(section_table(section, joined) for section in catalogue.sections)
    mistakes = [one for catalogue in catalogues for one in catalogue.mistakes]
    text += '\n## Mistakes that emulators make\n\nEach was seen in one or several of them; the tests show that redrive does not make it.\n\n'
    text += rows(['', 'mistake', 'shown by'], [[one['mistake'].replace('-mistake-', ' '), one['says'], tests_cell(joined[one['mistake']])]
                                               for one in mistakes])
    every_rule = [rule for catalogue in catalogues for rule in catalogue.rules]
    text += '\n## Rules that do not constrain redrive\n\n'
    text += rows(['rule', 'what it says', 'why'], [[rule['rule'], rule['says'], rule['informative']]
                                                   for rule in every_rule if 'informative' in rule])
    text += '\n## Left out on purpose\n\n'
    text += rows(['rule', 'behaviour', 'what is left out, and why'], [[rule['rule'], rule['says'], '<br>'.join(texts(rule['left_out']))]
                                                                      for rule in every_rule if 'left_out' in rule])
    return text


def main():
    arguments = sys.argv[1:]
    is_check = arguments[:1] == ['--check']
    if len(arguments) != (2 if is_check else 1) or arguments[-1].startswith('-'):
        print(__doc__.split('\n\n')[1], file=sys.stderr)
        return 2
    try:
        catalogues = [Catalogue(HERE / name) for name in CATALOGUES]
        tests = read_log(arguments[-1])
    except Problem as problem:
        print(f'fidelity: {problem}')
        return 1
    joined = join(catalogues, tests)
    problems = [problem for catalogue in catalogues for problem in catalogue.problems()]
    problems += list(unknown_rules(catalogues, tests)) + list(rules_without_test(catalogues, joined))
    failed = [test.title() for test in tests if not test.is_shown()]
    if not is_check and failed:
        problems.append(f'the page was not written, because tests that pin rules did not pass: {", ".join(failed)}')
    text = page(catalogues, tests, joined)
    if not is_check and not failed:
        PAGE.write_text(text, encoding='utf-8')
    elif is_check and not failed and (not PAGE.exists() or PAGE.read_text(encoding='utf-8') != text):
        problems.append('docs/fidelity.md is out of date; ./dev fidelity writes it')
    for problem in problems:
        print(f'fidelity: {problem}')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
