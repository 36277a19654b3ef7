#!/usr/bin/env python3
"""rooms_test -- the laws that a compiler does not know, checked by reading the sources. TAP on standard output.

    rooms_test.py [SOURCE-ROOT]

1. Rooms: queue/base <- queue <- esm <- emulator <- cli; includes follow the arrows, and each room's system headers are its own.
2. Time and chance come from timeline and random: the calls that ask the system stand in two named files. Tests do not sleep.
3. Functions have at most 70 lines, files at most 800.
4. What is left to do stands in no comment.

Before the tree, each law is tried on small trees that break it: a law that finds nothing proves nothing.
"""
import pathlib
import re
import sys
import tempfile

ROOMS = ['queue/base', 'queue', 'esm', 'emulator', 'cli']
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800

NETWORK = r'microhttpd\.h|curl/.*|sys/(epoll|socket|un|timerfd|eventfd|signalfd|pidfd)\.h|netinet/.*|arpa/.*|netdb\.h|poll\.h'
THREADS = r'pthread\.h|threads\.h|semaphore\.h|spawn\.h'
CLOCKS = r'time\.h|sys/time\.h|sys/times\.h'
MARKUP = r'cjson/.*|cJSON\.h|yaml\.h|expat\.h|libxml.*'
FORBIDDEN_HEADERS = {
    'queue/base': f'{NETWORK}|{THREADS}|{CLOCKS}|{MARKUP}|sqlite3\\.h',
    'queue': f'{NETWORK}|{THREADS}|{CLOCKS}|{MARKUP}',
    'esm': f'{NETWORK}|{THREADS}|yaml\\.h|sqlite3\\.h',
}
# The only other thread of the program, and the one place that asks the system for a seed.
HEADER_EXCEPTIONS = {('queue/checkpoint.c', 'pthread.h')}

# The face of the emulator, and a library that both load late.
SEEN_BY_CLI = ('emulator/emulator.h', 'emulator/curl_library.h')

SYSTEM_TIME_AND_CHANCE = re.compile(
    r'\b(time|clock_gettime|gettimeofday|ftime|rand|srand|rand_r|random|srandom|drand48|getrandom|getentropy|arc4random\w*'
    r'|uuid_generate\w*|sleep|usleep|nanosleep|clock_nanosleep)\s*\(')
MAY_ASK_THE_SYSTEM = {'emulator/clock.c', 'queue/base/random.c'}
SLEEP = re.compile(r'\b(sleep|usleep|nanosleep|clock_nanosleep)\s*\(')
LEFT_TO_DO = re.compile(r'\b(' + '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'X' * 3, 'HA' + 'CK']) + r')\b')

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def bare(source):
    """The source without comments and strings, its lines where they were."""
    return TOKEN.sub(lambda match: '\n' * match.group().count('\n') or ' ', source)


def room_of(path):
    for room in ROOMS:
        if path.startswith(room + '/'):
            return room
    return None


def c_files(root, folders):
    for folder in folders:
        for path in sorted((root / folder).rglob('*.[ch]')):
            yield path.relative_to(root).as_posix(), path.read_text(encoding='utf-8')


def check_own_include(name, included):
    """What is wrong with #include "included" in this file, or None."""
    room, other = room_of(name), room_of(included)
    if other is None:
        return None if room in ('emulator', 'cli') else f'includes "{included}", which names no room'
    if ROOMS.index(other) > ROOMS.index(room):
        return f'{room}/ includes "{included}": an arrow followed to the left'
    if room == 'cli' and other not in ('cli', 'queue/base') and included not in SEEN_BY_CLI:
        return f'cli/ includes "{included}": it sees {" and ".join(SEEN_BY_CLI)} and queue/base/ only'
    return None


def law_of_includes(root):
    for name, source in c_files(root, ['queue', 'esm', 'emulator', 'cli']):
        for own, system in INCLUDE.findall(source):
            if own:
                wrong = check_own_include(name, own)
                if wrong:
                    yield f'{name}: {wrong}'
                continue
            forbidden = FORBIDDEN_HEADERS.get(room_of(name))
            if forbidden and re.fullmatch(forbidden, system) and (name, system) not in HEADER_EXCEPTIONS:
                yield f'{name}: {room_of(name)}/ includes <{system}>'


def law_of_time(root):
    for name, source in c_files(root, ['queue', 'esm', 'emulator', 'cli']):
        if name in MAY_ASK_THE_SYSTEM:
            continue
        for number, line in enumerate(bare(source).splitlines(), 1):
            for call in SYSTEM_TIME_AND_CHANCE.findall(line):
                yield f'{name}:{number}: {call}()'
    for name, source in c_files(root, ['tests']):
        for number, line in enumerate(bare(source).splitlines(), 1):
            for call in SLEEP.findall(line):
                yield f'{name}:{number}: a test sleeps with {call}()'


def law_of_length(root):
    for name, source in c_files(root, ['queue', 'esm', 'emulator', 'cli']):
        lines = source.splitlines()
        if len(lines) > FILE_LINES_MAX:
            yield f'{name}: {len(lines)} lines'
        begin = None
        for number, line in enumerate(lines, 1):
            if line == '{':
                begin = number
            elif line.startswith('}') and begin is not None:
                if number - begin - 1 > FUNCTION_LINES_MAX:
                    yield f'{name}:{begin}: a function of {number - begin - 1} lines'
                begin = None


def law_of_nothing_left(root):
    for folder in ['queue', 'esm', 'emulator', 'cli', 'tests', 'examples', 'docs']:
        for path in sorted((root / folder).rglob('*')):
            if not path.is_file() or path.suffix not in ('.c', '.h', '.md', '.py', '.sh', '.js', '.build'):
                continue
            if 'node_modules' in path.parts or 'corpus' in path.parts:
                continue
            for number, line in enumerate(path.read_text(encoding='utf-8', errors='replace').splitlines(), 1):
                if LEFT_TO_DO.search(line):
                    yield f'{path.relative_to(root)}:{number}: {line.strip()}'


LAWS = [
    ('includes follow the arrows', law_of_includes),
    ('time and chance are asked for in two files, and no test sleeps', law_of_time),
    ('functions and files are short', law_of_length),
    ('nothing is left to do', law_of_nothing_left),
]

LONG_FUNCTION = 'void f(void)\n{\n' + '    g();\n' * 71 + '}\n'
# (law, file, its contents, is it a violation?)
TRIALS = [
    (law_of_includes, 'queue/a.c', '#include "esm/esm.h"\n', True),
    (law_of_includes, 'queue/base/a.c', '#include "queue/engine.h"\n', True),
    (law_of_includes, 'esm/a.c', '  #  include "emulator/world.h"\n', True),
    (law_of_includes, 'emulator/a.c', '#include "cli/table.h"\n', True),
    (law_of_includes, 'cli/a.c', '#include "queue/engine.h"\n', True),
    (law_of_includes, 'cli/a.c', '#include "emulator/world.h"\n', True),
    (law_of_includes, 'cli/a.c', '#include "emulator/emulator.h"\n#include "queue/base/text.h"\n', False),
    (law_of_includes, 'emulator/a.c', '#include "esm/esm.h"\n#include "queue/engine.h"\n', False),
    (law_of_includes, 'queue/a.c', '#include "engine.h"\n', True),
    (law_of_includes, 'queue/a.h', '#include <microhttpd.h>\n', True),
    (law_of_includes, 'queue/a.c', '#include <cjson/cJSON.h>\n', True),
    (law_of_includes, 'queue/a.c', '#include <sys/epoll.h>\n', True),
    (law_of_includes, 'queue/a.c', '#include <curl/curl.h>\n', True),
    (law_of_includes, 'queue/a.c', '#include <pthread.h>\n', True),
    (law_of_includes, 'queue/checkpoint.c', '#include <pthread.h>\n', False),
    (law_of_includes, 'queue/a.c', '#include <time.h>\n', True),
    (law_of_includes, 'queue/a.c', '#include <sqlite3.h>\n', False),
    (law_of_includes, 'esm/a.c', '#include <sqlite3.h>\n', True),
    (law_of_includes, 'esm/a.c', '#include <microhttpd.h>\n', True),
    (law_of_includes, 'esm/a.c', '#include <cjson/cJSON.h>\n', False),
    (law_of_time, 'emulator/a.c', 'int x(void)\n{\n    return time(NULL);\n}\n', True),
    (law_of_time, 'emulator/clock.c', 'int x(void)\n{\n    return time(NULL);\n}\n', False),
    (law_of_time, 'cli/a.c', 'clock_gettime (CLOCK_REALTIME, &now);\n', True),
    (law_of_time, 'queue/a.c', 'x = rand();\n', True),
    (law_of_time, 'queue/a.c', 'uuid_generate_random(uuid);\n', True),
    (law_of_time, 'queue/base/random.c', 'uuid_generate_random(uuid);\n', False),
    (law_of_time, 'esm/a.c', '// time() and sleep() are not asked\nx = "time(";\nwait_time(1);\n', False),
    (law_of_time, 'tests/a_test.c', 'usleep(1000);\n', True),
    (law_of_time, 'tests/a_test.c', 'clock_gettime(CLOCK_MONOTONIC, &now);\n', False),
    (law_of_length, 'queue/a.c', LONG_FUNCTION, True),
    (law_of_length, 'queue/a.c', LONG_FUNCTION.replace('    g();\n', '', 1), False),
    (law_of_length, 'queue/a.h', '\n' * 801, True),
    (law_of_length, 'queue/a.h', '\n' * 800, False),
    (law_of_nothing_left, 'queue/a.c', '// TO' + 'DO: later\n', True),
    (law_of_nothing_left, 'docs/a.md', 'FIX' + 'ME\n', True),
    (law_of_nothing_left, 'queue/a.c', '// HA' + 'CKING.md says more\n', False),
]


def trial_outcome(law, name, contents):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True)
        path.write_text(contents, encoding='utf-8')
        return list(law(pathlib.Path(folder)))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    print(f'1..{len(TRIALS) + len(LAWS)}')
    number = failed = 0
    for law, name, contents, broken in TRIALS:
        number += 1
        good = bool(trial_outcome(law, name, contents)) == broken
        failed += not good
        first_line = contents.strip().splitlines()[0] if contents.strip() else 'blank lines'
        print(f'{"ok" if good else "not ok"} {number} - {"refused" if broken else "accepted"} in {name}: '
              + first_line.replace('#', ''))
    for title, law in LAWS:
        number += 1
        violations = list(law(root))
        failed += bool(violations)
        print(f'{"not ok" if violations else "ok"} {number} - {title}')
        for violation in violations:
            print(f'# {violation}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
