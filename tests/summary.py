#!/usr/bin/env python3
"""summary -- adds up the subtests in Meson's test logs, names what failed, and ends with one line of figures.

    summary.py [--check NAME=STATUS] LOG [LOG-OF-THE-SAME-TESTS-RUN-AGAIN]

Of the second log only failures count, so that a test is one test. A log that is not there is a failure: the build broke. A check
that ran beside the tests and has said what it found is one more test, by its exit status.
"""
import json
import re
import sys

RESULT = re.compile(r'^(not )?ok\b\s*(.*)$')
DIRECTIVE = re.compile(r'#\s*(skip|todo)', re.IGNORECASE)


def subtests(entry):
    """(passed, failures, skipped) of one entry of the log."""
    passed, failures, skipped = 0, [], 0
    for line in entry.get('stdout', '').splitlines():
        match = RESULT.match(line)
        if not match:
            continue
        if DIRECTIVE.search(match.group(2)):
            skipped += 1
        elif match.group(1):
            failures.append(f"{entry['name']}: {match.group(2)}")
        else:
            passed += 1
    if entry['result'] == 'SKIP' and not (passed or failures or skipped):
        skipped = 1
    elif entry['result'] in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS') and not failures:
        failures.append(f"{entry['name']}: {entry['result'].lower()}")
    elif entry['result'] in ('OK', 'EXPECTEDFAIL') and not (passed or failures or skipped):
        passed = 1  # a test that speaks by its exit status
    return passed, failures, skipped


def read(path):
    passed, failures, skipped = 0, [], 0
    try:
        with open(path, encoding='utf-8') as log:
            entries = [json.loads(line) for line in log if line.strip()]
    except OSError:
        return 0, [f'{path}: the tests did not run'], 0
    for entry in entries:
        more_passed, more_failures, more_skipped = subtests(entry)
        passed += more_passed
        failures += more_failures
        skipped += more_skipped
    return passed, failures, skipped


def main():
    arguments = sys.argv[1:]
    checks = []
    while arguments[:1] == ['--check']:
        checks.append(arguments[1].rpartition('='))
        arguments = arguments[2:]
    passed, failures, skipped = read(arguments[0])
    for path in arguments[1:]:
        failures += [f'sanitized: {failure}' for failure in read(path)[1]]
    failures += [f'{name}: its sentences stand above' for name, _, status in checks if status != '0']
    passed += sum(status == '0' for _, _, status in checks)
    for failure in failures:
        print(f'failed: {failure}')
    print(f'{passed} passed, {len(failures)} failed, {skipped} skipped')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
