#!/usr/bin/env python3
"""mutate_test -- the tool on a small source: which mutants it makes, and which of them a weak test notices. TAP.

Skipped where Debian's python3-clang is not installed.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SYSTEM_PYTHON = '/usr/bin/python3'
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

try:
    import clang.cindex
except ImportError:
    if sys.executable != SYSTEM_PYTHON and os.path.exists(SYSTEM_PYTHON):
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON] + sys.argv)
    print('1..0 # SKIP python3-clang is not installed')
    sys.exit(0)

import instrument
import killers

SUBJECT = r'''
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#define LIMIT 10
enum mark { MARK_LOW, MARK_HIGH };
struct row { const char *name; int least; bool open; enum mark mark; };
void fail(const char *text);

static const struct row rows[] = {
    {"one", 1, false, MARK_LOW},
    [1] = {"two", .least = LIMIT, true, MARK_HIGH},
    {NULL},
};

int least_of(const char *name)
{
    static const int nothing[] = {-1};
    char unused[4] = {0};
    assert(unused[sizeof(unused) - 1] == 0 && name != NULL);
    for (const struct row *row = rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0 && row->open == (row->mark != MARK_LOW))
            return row->least;
    return *nothing;
}

int clamp(int value)
{
    if (value > 1000)
        fail("no such value");
    return value > LIMIT ? LIMIT : value;
}

bool both(bool left, bool right)
{
    return left && right;
}

int count(int value, int step)
{
    for (int i = 0; i < step; i++)
        value++;
    value += step;
    return value - step;
}

bool is_vowel(char letter)
{
    switch (letter) {
    case 'a':
    case 'e': return true;
    default: break;
    }
    if (both(letter == 'o', true))
        return true;
    return false;
}

int unreached(void)
{
    return LIMIT;
}
'''

TEST = r'''
#include <stdbool.h>
#include <stdlib.h>
int least_of(const char *), clamp(int), count(int, int);
bool both(bool, bool), is_vowel(char);
void fail(const char *text) { abort(); }
int main(void)
{
    return !(least_of("one") == 1 && least_of("two") == 10 && least_of("three") == -1 && clamp(5) == 5 && clamp(11) == 10 &&
             both(true, true) && !both(true, false) && count(3, 2) == 5 && is_vowel('a') && is_vowel('o') && !is_vowel('b'));
}
'''

# What is made, and whether the test above notices.
EXPECTED = '''
least_of: for (const struct row *row = rows; row->name [!= -> ==] NULL; row++) killed
least_of: if (strcmp(row->name, name) == 0 [&& -> ||] row->open == (row->mark != MARK_LOW)) killed
least_of: if (strcmp(row->name, name) [== -> !=] 0 && row->open == (row->mark != MARK_LOW)) killed
least_of: if (strcmp(row->name, name) == [0 -> 0 + 1] && row->open == (row->mark != MARK_LOW)) killed
least_of: if (strcmp(row->name, name) == 0 && row->open [== -> !=] (row->mark != MARK_LOW)) killed
least_of: if (strcmp(row->name, name) == 0 && row->open == (row->mark [!= -> ==] MARK_LOW)) killed
clamp: return value [> -> >=] LIMIT ? LIMIT : value; survived
clamp: return value [> -> <=] LIMIT ? LIMIT : value; killed
clamp: return value > [LIMIT -> LIMIT + 1] ? LIMIT : value; killed
clamp: return value > [LIMIT -> LIMIT - 1] ? LIMIT : value; survived
clamp: return value > [LIMIT -> 0] ? LIMIT : value; killed
clamp: return value > LIMIT ? [LIMIT -> LIMIT + 1] : value; killed
clamp: return value > LIMIT ? [LIMIT -> LIMIT - 1] : value; killed
clamp: return value > LIMIT ? [LIMIT -> 0] : value; killed
both: return left [&& -> ||] right; killed
both: return [left -> !left] && right; killed
both: return left && [right -> !right]; killed
count: for (int i = [0 -> 0 + 1]; i < step; i++) killed
count: for (int i = 0; i [< -> <=] step; i++) killed
count: for (int i = 0; i [< -> >=] step; i++) killed
count: value[++ -> --]; killed
count: value [+= -> -=] step; killed
count: return value [- -> +] step; killed
is_vowel: case 'e': return [true -> false]; killed
is_vowel: if ([both(letter == 'o', true) -> !both(letter == 'o', true)]) killed
is_vowel: if (both(letter [== -> !=] 'o', true)) killed
is_vowel: if (both(letter == ['o' -> 'o' + 1], true)) killed
is_vowel: if (both(letter == 'o', [true -> false])) killed
is_vowel: return [true -> false]; killed
is_vowel: return [false -> true]; killed
unreached: return [LIMIT -> LIMIT + 1]; unreached
unreached: return [LIMIT -> LIMIT - 1]; unreached
unreached: return [LIMIT -> 0]; unreached
is_vowel: [case 'e' -> no such case]: return true; killed
rows: {["one" -> "onX"], 1, false, MARK_LOW}, killed
rows: {"one", [1 -> 1 + 1], false, MARK_LOW}, killed
rows: {"one", [1 -> 1 - 1], false, MARK_LOW}, killed
rows: {"one", 1, [false -> true], MARK_LOW}, killed
rows: {"one", 1, false, [MARK_LOW -> MARK_LOW + 1]}, killed
rows: [1] = {["two" -> "twX"], .least = LIMIT, true, MARK_HIGH}, killed
rows: [1] = {"two", .least = [LIMIT -> LIMIT + 1], true, MARK_HIGH}, killed
rows: [1] = {"two", .least = LIMIT, [true -> false], MARK_HIGH}, killed
rows: [1] = {"two", .least = LIMIT, true, [MARK_HIGH -> MARK_HIGH + 1]}, survived
least_of: static const int nothing[] = {-[1 -> 1 + 1]}; killed
least_of: static const int nothing[] = {-[1 -> 1 - 1]}; killed
'''


def make(directory):
    """The mutants of the subject, and a killer."""
    paths = {name: os.path.join(directory, name) for name in ('subject.c', 'test.c', 'copy.c', 'test')}
    for name, text in (('subject.c', SUBJECT), ('test.c', TEST)):
        with open(paths[name], 'w', encoding='ascii') as file:
            file.write(text)
    file = instrument.File('subject.c', SUBJECT, instrument.Names([SUBJECT]))
    file.read(instrument.parse(clang.cindex.Index.create(), paths['subject.c'], ['-std=gnu17']))
    mutants, _ = file.number_all(1)
    with open(paths['copy.c'], 'w', encoding='ascii') as copy:
        copy.write(file.write({table.key: table.number for table in file.tables if not table.local}))
    subprocess.run(['cc', '-w', '-std=gnu17', '-D_GNU_SOURCE', f'-I{ROOT}', '-include', os.path.join(HERE, 'mutate.h'),
                    paths['copy.c'], paths['test.c'], os.path.join(HERE, 'mutate.c'), '-o', paths['test']], check=True)
    return file, mutants, killers.Killer('tiny', [paths['test']], directory)


def fates(file, mutants, killer):
    """A line for each mutant, as in EXPECTED."""
    asked_of = {mutant.number: mutant.number for mutant in mutants}
    for table in file.tables:
        asked_of.update({mutant.number: table.number for _, mutant in table.cells})
    killer = killers.survey(killer)
    lines = []
    for mutant in mutants:
        fate = 'unreached'
        if killer.reached[asked_of[mutant.number]]:
            fate = 'killed' if killers.attack(killer, mutant.number)[0] else 'survived'
        lines.append(f'{mutant.function}: {mutant.context} {fate}')
    return killer, lines


def main():
    killers.adopt()
    with tempfile.TemporaryDirectory(prefix='mutate-test-') as directory:
        killer, lines = fates(*make(directory))
    expected = EXPECTED.strip().splitlines()
    wrong = [f'missing: {line}' for line in expected if line not in lines]
    wrong += [f'not expected: {line}' for line in lines if line not in expected]
    results = [('an unbroken program passes', killer.wall_s is not None),
               ('a small source has its mutants, and a weak test notices those that it can', not wrong)]
    print(f'1..{len(results)}')
    for line in wrong:
        print(f'# {line}')
    for number, (name, good) in enumerate(results, 1):
        print(f'{"ok" if good else "not ok"} {number} - {name}')
    return 0 if all(good for _, good in results) else 1


if __name__ == '__main__':
    sys.exit(main())
