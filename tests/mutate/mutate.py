#!/usr/bin/env python3
"""mutate -- breaks rows, constants and comparisons one at a time, and lists what no test notices.

    mutate.py [--sample N] [--seed S] [--only PATH] [--list] [--jobs N] [--build DIRECTORY]

queue/, esm/ and emulator/wire/ are broken in every expression, emulator/api/ in its tables. One build holds all mutants
(instrument.py); each one runs the tests that reach it, until one fails (killers.py). Interrupted, it tells what it found
so far; build-mutate/survivors.txt grows as they are found. Exit status 1: a tenth or more was not noticed, or not even
reached. tests/mutate/equivalent.txt lists mutants that change nothing, with the reason.
"""
import argparse
import glob
import hashlib
import multiprocessing
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import zlib

SYSTEM_PYTHON = '/usr/bin/python3'
try:
    import clang.cindex
except ImportError:
    # Debian's packages are seen by Debian's interpreter, which need not be the first one of the path.
    if sys.executable == SYSTEM_PYTHON or not os.path.exists(SYSTEM_PYTHON):
        sys.exit('mutate: python3-clang is not installed')
    os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON] + sys.argv)

import instrument
import killers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BODIES = ('queue/', 'esm/', 'emulator/wire/')  # broken in every expression
TABLES = ('emulator/api/',)                    # in their tables
SHARE_MAX = 0.10
SANITIZED_MAX = 8  # of the tests that reach a mutant
COPIED = ('cli', 'emulator', 'esm', 'examples', 'queue', 'tests', 'docs', 'meson.build', 'meson_options.txt', 'README.md')
LIBRARIES = ('libmicrohttpd', 'libcjson', 'sqlite3', 'uuid', 'nettle', 'yaml-0.1')


def say(text):
    print(f'mutate: {text}', file=sys.stderr, flush=True)


def read(path):
    # Offsets are those of bytes: one character for each.
    with open(path, encoding='latin-1', newline='') as file:
        return file.read()


def write_if_changed(path, text):
    if os.path.exists(path) and read(path) == text:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='latin-1', newline='') as file:
        file.write(text)


# ---- the instrumented copy ----

def project_files():
    for name in COPIED:
        top = os.path.join(ROOT, name)
        if os.path.isfile(top):
            yield name
        for folder, folders, files in os.walk(top):
            folders[:] = [inner for inner in folders if inner not in ('node_modules', 'target', '__pycache__', 'corpus')]
            yield from (os.path.relpath(os.path.join(folder, file), ROOT) for file in files)


def compiler_flags():
    words = subprocess.run(['pkg-config', '--cflags', *LIBRARIES], check=True, capture_output=True, text=True).stdout.split()
    return ['-std=gnu17', '-D_GNU_SOURCE', '-DREDRIVE_VERSION=""', f'-I{ROOT}', *words]


def read_source(job):
    """One file, parsed: run in a process of the pool."""
    path, names, flags = job
    file = instrument.File(path, read(os.path.join(ROOT, path)), names, path.startswith(BODIES))
    file.read(instrument.parse(clang.cindex.Index.create(), os.path.join(ROOT, path), flags))
    return file


def read_sources(paths, jobs):
    sources = sorted(path for path in paths if path.startswith(BODIES + TABLES) and path.endswith(('.c', '.h')))
    names = instrument.Names(read(os.path.join(ROOT, path)) for path in sources)
    with multiprocessing.Pool(jobs) as pool:
        return pool.map(read_source, [(path, names, compiler_flags()) for path in sources], chunksize=4)


def number_sources(files):
    """Numbers all mutants; (mutants, numbers of the tables, tables)."""
    mutants, tables, number = [], {}, 1
    for file in files:
        found, number = file.number_all(number)
        mutants += found
        tables.update({table.key: table for table in file.tables if not table.local})
    return mutants, tables


def open_declarations(files, tables):
    """Tables whose cells change are not const, wherever they are declared."""
    changed = [name for (path, name), table in tables.items() if path == '' and table.cells]
    for file in files:
        for name in changed if file.path.endswith('.h') else []:
            for match in re.finditer(rf'^extern [^;]*\b{name}\b[^;]*;', file.text, re.MULTILINE):
                file.removals.append(match.span())


def scratch_prefix(build):
    """Tests name their directories /tmp/redrive-...; those of broken programs get a name of their own, as long as that, by
    which they are removed, and where there is one a disk that is memory."""
    mark = hashlib.sha256(build.encode()).hexdigest()
    return f'/dev/shm/{mark[:3]}-' if os.access('/dev/shm', os.W_OK) else f'/tmp/m{mark[:6]}-'


def write_copy(build, files, tables, paths):
    source = os.path.join(build, 'source')
    numbers = {key: table.number for key, table in tables.items()}
    written = {file.path: file.write(numbers) for file in files}
    prefix = scratch_prefix(build)
    for path in paths:
        text = written.get(path) or read(os.path.join(ROOT, path))
        if path.startswith('tests/') and path.endswith(('.c', '.h', '.py')):
            text = text.replace('/tmp/redrive-', prefix)
        write_if_changed(os.path.join(source, path), text)
        shutil.copymode(os.path.join(ROOT, path), os.path.join(source, path))
    for folder, _, names in os.walk(source):
        for name in names:
            if os.path.relpath(os.path.join(folder, name), source) not in paths and '__pycache__' not in folder:
                os.unlink(os.path.join(folder, name))
    corpus = os.path.join(source, 'tests/fuzz/corpus')
    if not os.path.islink(corpus):
        os.symlink(os.path.join(ROOT, 'tests/fuzz/corpus'), corpus)


def run_logged(build, name, command):
    log = os.path.join(build, f'{name}.log')
    with open(log, 'w', encoding='utf-8') as file:
        if subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False).returncode == 0:
            return
    say(f'{command[0]} failed; the end of {log}:')
    with open(log, encoding='utf-8', errors='replace') as file:
        sys.stderr.write(''.join(file.readlines()[-30:]))
    sys.exit(1)


SANITIZED = ('-Db_sanitize=address', '-Db_lundef=false', '-Doptimization=0')  # later options count


def compile_copy(build, name, jobs, options=()):
    """A build directory of the copy; the second one has sanitizers."""
    source, objects = os.path.join(build, 'source'), os.path.join(build, name)
    header = os.path.join(source, 'tests/mutate/mutate.h')
    runtime = os.path.join(build, 'mutate.o')
    run_logged(build, f'{name}-runtime', ['cc', '-O1', '-g', '-D_GNU_SOURCE', f'-I{source}', '-c',
                                  os.path.join(source, 'tests/mutate/mutate.c'), '-o', runtime])
    if not os.path.exists(os.path.join(objects, 'build.ninja')):
        run_logged(build, f'{name}-setup', ['meson', 'setup', objects, source, '-Doptimization=1', '-Ddebug=false',
                                    f'-Dc_args=-w -include {header}', f'-Dc_link_args={runtime}', *options])
    wanted = []
    if options:
        # What meson says of its tests is of the last time that it ran; there may be new ones.
        run_logged(build, f'{name}-ninja', ['ninja', '-C', objects, 'build.ninja'])
        wanted = sorted({os.path.relpath(killer.command[0], objects) for killer in killers.sanitized_killers_of(objects)})
    run_logged(build, f'{name}-ninja', ['ninja', '-C', objects, '-j', str(jobs), *wanted])
    return objects


# ---- equivalents ----

def read_equivalents(path):
    """{key: reason}; a line is `path:function: text | reason`, where ... stands for any mutant."""
    equivalents = {}
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            key, bar, reason = line.rpartition(' | ')
            if not bar or not reason.strip():
                say(f'{path}:{number}: no reason is given; the form is PATH:FUNCTION: TEXT | REASON')
                sys.exit(2)
            equivalents[key.strip()] = reason.strip()
    return equivalents


def shown(text):
    return text.encode('latin-1').decode('utf-8', 'replace')


# ---- the hunt ----

class Hunt:
    """The mutants of a run, what reaches them, and what became of them."""

    def __init__(self, all_killers, tables):
        self.killers = all_killers
        self.kills = {}  # (killer's id, path): how often
        self.reached = self.close(tables)

    def close(self, tables):
        """What each killer reaches; a table that another one's initialiser names is used with it."""
        by_name = {}
        for (path, name), table in tables.items():
            by_name.setdefault(name, []).append((path, table))
        inner = {}
        for (path, _), table in tables.items():
            inner[table.number] = [other.number for mention in table.mentions for other_path, other in by_name.get(mention, [])
                                   if other_path in ('', path) or path == '']
        reached = {}
        for killer in self.killers:
            numbers = bytearray(killer.reached)
            todo = [number for number in inner if numbers[number]]
            while todo:
                for number in inner.get(todo.pop(), []):
                    if not numbers[number]:
                        numbers[number] = 1
                        todo.append(number)
            for table in tables.values():
                for _, mutant in table.cells if numbers[table.number] else []:
                    numbers[mutant.number] = 1
            reached[killer.id] = bytes(numbers)
        return reached

    def line_up(self, mutant, asked):
        """The killers that reach it: the file's own test first, then those that kill most a second; at the end a few of
        the same room under the sanitizers."""
        own = re.sub(r'\.[ch]$', '', mutant.path)
        room = mutant.path.split('/')[0] + '/'
        those = [killer for killer in self.killers if self.reached[killer.id][asked]]

        def price(killer):
            return (killer.name != own, killer.cpu_s / (1 + self.kills.get((killer.id, mutant.path), 0)), killer.name)

        sanitized = sorted((killer for killer in those if killer.sanitized and killer.name.startswith(room)), key=price)
        return sorted((killer for killer in those if not killer.sanitized), key=price) + sanitized[:SANITIZED_MAX]


def begin_worker():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process stops and tells what was found so far
    killers.adopt()


def fight(job):
    """Run in a process of the pool: (number, index of the killer or None, by time)."""
    number, line = job
    for index, killer in enumerate(line):
        noticed, by_time = killers.attack(killer, number)
        if noticed:
            return number, index, by_time
    return number, None, False


class Progress:
    def __init__(self, total):
        self.total, self.done, self.survived, self.unreached = total, 0, 0, 0
        self.terminal = sys.stderr.isatty()

    def step(self, fate):
        self.done += 1
        self.survived += fate == 'survived'
        self.unreached += fate == 'unreached'
        if self.terminal or self.done % 50 == 0 or self.done == self.total:
            text = f'mutate: {self.done} of {self.total}, {self.survived} survived, {self.unreached} unreached'
            sys.stderr.write(f'\r{text}' if self.terminal else f'{text}\n')
            if self.terminal and self.done == self.total:
                sys.stderr.write('\n')
            sys.stderr.flush()


def run_hunt(hunt, mutants, jobs, asked_of, found):
    """{number: (fate, by how many tests, by time)}. found: a file that gets every survivor at once."""
    fates, progress = {}, Progress(len(mutants))
    waiting, lines = [], {}
    for mutant in mutants:
        line = hunt.line_up(mutant, asked_of[mutant.number])
        if line:
            waiting.append(mutant)
        else:
            fates[mutant.number] = ('unreached', 0, False)
            progress.step('unreached')
    by_number = {mutant.number: mutant for mutant in mutants}

    def work():
        # Lined up when its turn comes, so that what was learnt about the file is used.
        for mutant in waiting:
            lines[mutant.number] = hunt.line_up(mutant, asked_of[mutant.number])
            yield mutant.number, [bare(killer) for killer in lines[mutant.number]]

    with multiprocessing.Pool(jobs, initializer=begin_worker) as pool:
        try:
            for number, index, by_time in pool.imap_unordered(fight, work()):
                line = lines[number]
                if index is None:
                    tests = len({killer.name for killer in line})
                    fates[number] = ('survived', tests, False)
                    print(survivor(by_number[number], tests), file=found, flush=True)
                else:
                    key = (line[index].id, by_number[number].path)
                    hunt.kills[key] = hunt.kills.get(key, 0) + 1
                    fates[number] = ('killed', index + 1, by_time)
                progress.step(fates[number][0])
        except KeyboardInterrupt:
            fates = those_before(fates, [mutant.number for mutant in mutants])
            say(f'stopped after {len(fates)} of {progress.total}; of these:')
    return fates


def those_before(fates, order):
    """Without the unreached whose turn had not come: else they would weigh too much."""
    last = max((place for place, number in enumerate(order) if fates.get(number, ('unreached',))[0] != 'unreached'), default=-1)
    return {number: fates[number] for number in order[:last + 1] if number in fates}


def bare(killer):
    """Without the map of what it reaches, which no worker needs."""
    copy = killers.Killer(killer.name, killer.command, killer.directory, killer.sanitized)
    copy.wall_s, copy.cpu_s = killer.wall_s, killer.cpu_s
    return copy


def fingerprint(killer):
    """Of everything that decides how it runs unbroken: equal ones need not be surveyed again."""
    digest = hashlib.sha256(repr((killer.command, killer.directory)).encode())
    for word in killer.command + ['redrive']:
        path = os.path.join(killer.directory, word)
        if os.path.isfile(path):
            with open(path, 'rb') as file:
                digest.update(hashlib.file_digest(file, 'sha256').digest())
    return digest.hexdigest()


def survey(build, all_killers, jobs):
    """The killers with what they reach; what was surveyed before and has not changed is taken from a file."""
    store = os.path.join(build, 'survey.pickle')
    known = {}
    if os.path.exists(store):
        with open(store, 'rb') as file:
            known = pickle.load(file)
    prints = {killer.id: fingerprint(killer) for killer in all_killers}
    todo = [killer for killer in all_killers if prints[killer.id] not in known]
    with multiprocessing.Pool(jobs, initializer=killers.adopt) as pool:
        for killer in pool.imap_unordered(killers.survey, todo):
            if killer.wall_s is not None:
                known[prints[killer.id]] = (killer.wall_s, killer.cpu_s, zlib.compress(killer.reached))
    for killer in all_killers:
        if prints[killer.id] in known:
            killer.wall_s, killer.cpu_s, packed = known[prints[killer.id]]
            killer.reached = zlib.decompress(packed)
    with open(store, 'wb') as file:
        pickle.dump({number: known[number] for number in prints.values() if number in known}, file)
    for killer in all_killers:
        if killer.wall_s is None:
            say(f'{killer.name}{" under the sanitizers" if killer.sanitized else ""} fails without any mutant and is left out')
    return [killer for killer in all_killers if killer.wall_s is not None]


def survivor(mutant, tests):
    return (f'{mutant.path}:{mutant.line}: {shown(mutant.context)} -> not noticed by {tests} '
            f'test{"s" if tests != 1 else ""} that ran it')


def report(mutants, fates):
    """Prints the survivors, the unreached and the sum; the exit status."""
    of = {fate: [mutant for mutant in mutants if fates[mutant.number][0] == fate]
          for fate in ('survived', 'unreached', 'killed')}
    for mutant in of['survived']:
        print(survivor(mutant, fates[mutant.number][1]))
    if of['unreached']:
        print('\nreached by no test:')
    for mutant in of['unreached']:
        print(f'{mutant.path}:{mutant.line}: {shown(mutant.context)}')
    by_time = sum(fates[mutant.number][2] for mutant in of['killed'])
    left = len(of['survived']) + len(of['unreached'])
    share = left / len(mutants) if mutants else 0
    print(f'\n{len(of["killed"])} killed ({by_time} of them by the time limit), {len(of["survived"])} survived, '
          f'{len(of["unreached"])} unreached: {100 * share:.1f} % not noticed')
    return 1 if share >= SHARE_MAX else 0


def keys_of(mutant):
    """By which equivalent.txt may name it: alone, or with the others of its place, or with all of its function."""
    key = shown(mutant.key)
    return {key, key.replace(f' -> {shown(mutant.after)}]', ' -> ...]'), f'{mutant.path}:{mutant.function}: ...'}


def choose(mutants, options):
    equivalents = read_equivalents(options.equivalents)
    known = {key for mutant in mutants for key in keys_of(mutant)}
    for key in equivalents:
        if key not in known:
            say(f'{os.path.relpath(options.equivalents, ROOT)}: there is no such mutant any more: {key}')
    chosen = [mutant for mutant in mutants if not keys_of(mutant) & equivalents.keys()]
    say(f'{len(mutants)} mutants, {len(mutants) - len(chosen)} known to change nothing')
    if options.only:
        chosen = [mutant for mutant in chosen if mutant.path.startswith(tuple(options.only))]
        if not chosen:
            say(f'nothing is broken below {", ".join(options.only)}; it must be a path below {", ".join(BODIES + TABLES)}')
            sys.exit(2)
    if options.sample is not None and options.sample < len(chosen):
        chosen = random.Random(options.seed).sample(chosen, options.sample)
    return sorted(chosen, key=lambda mutant: mutant.number)


def count(word):
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f'{word} is less than 1')
    return number


def read_options():
    parser = argparse.ArgumentParser(prog='./dev mutate', description='Breaks rows, constants and comparisons of queue/, esm/ '
                                     'and emulator/wire/, and the tables of emulator/api/, one at a time; lists what no test '
                                     'notices.')
    parser.add_argument('--sample', type=count, metavar='N', help='so many, chosen by the seed (default: all)')
    parser.add_argument('--seed', type=int, default=1, metavar='S', help='what chooses the sample (default 1)')
    parser.add_argument('--only', action='append', metavar='PATH', help='files that begin so; may be repeated')
    parser.add_argument('--list', action='store_true', help='shows what would be broken, and runs nothing')
    parser.add_argument('--jobs', type=count, default=len(os.sched_getaffinity(0)), metavar='N',
                        help='at once (default: cores)')
    parser.add_argument('--build', default=os.path.join(ROOT, 'build-mutate'), metavar='DIRECTORY', help='default build-mutate')
    parser.add_argument('--equivalents', default=os.path.join(ROOT, 'tests/mutate/equivalent.txt'), metavar='FILE',
                        help='mutants that change nothing (default tests/mutate/equivalent.txt)')
    return parser.parse_args()


def shuffle(mutants, seed):
    """Not file by file: what takes long is spread over the run, and the two workers learn of every file early."""
    order = list(mutants)
    random.Random(seed).shuffle(order)
    return order


def main():
    options = read_options()
    build = os.path.abspath(options.build)
    os.makedirs(build, exist_ok=True)
    paths = set(project_files())
    files = read_sources(paths, options.jobs)
    mutants, tables = number_sources(files)
    chosen = choose(mutants, options)
    if options.list:
        for mutant in chosen:
            print(f'{mutant.path}:{mutant.line}: {shown(mutant.context)}')
        return 0
    open_declarations(files, tables)
    write_copy(build, files, tables, paths)
    say('building them')
    objects = compile_copy(build, 'objects', options.jobs)
    sanitized = compile_copy(build, 'sanitized', options.jobs, SANITIZED)
    say('which test reaches what')
    hunt = Hunt(survey(build, killers.killers_of(objects) + killers.sanitized_killers_of(sanitized), options.jobs), tables)
    # A cell of a table in a function is asked for under the number of its table.
    asked_of = {mutant.number: mutant.number for mutant in mutants}
    for file in files:
        for table in file.tables:
            asked_of.update({mutant.number: table.number for _, mutant in table.cells})
    try:
        with open(os.path.join(build, 'survivors.txt'), 'w', encoding='utf-8') as found:
            fates = run_hunt(hunt, shuffle(chosen, options.seed), options.jobs, asked_of, found)
    finally:
        prefix = scratch_prefix(build)
        for path in glob.glob(f'{prefix}*'):
            shutil.rmtree(path, ignore_errors=True)
    return report([mutant for mutant in chosen if mutant.number in fates], fates)


if __name__ == '__main__':
    sys.exit(main())
