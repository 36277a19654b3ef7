"""killers -- the tests that a mutant has to survive, and how one of them is run.

A killer is a command with an exit status: a unit test's executable, one transcript, a replay of a fuzz corpus, the
simulation of a few worlds; for what these do not notice, the unit tests under the address sanitizer. Each worker is a
process of its own that adopts what its tests leave behind, so that nothing of a broken program stays.
"""
import ctypes
import json
import mmap
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REACHED_BYTES = 1 << 20
MEMORY_BYTES = 4 << 30
FILE_BYTES = 256 << 20
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
WORLDS = '12'


class Killer:
    def __init__(self, name, command, directory, sanitized=False):
        self.name, self.command, self.directory, self.sanitized = name, command, directory, sanitized
        self.wall_s = self.cpu_s = None  # unbroken
        self.reached = b''

    @property
    def id(self):
        return self.name, self.sanitized


def sanitized_killers_of(build):
    """The unit tests once more, in a build with sanitizers."""
    return [Killer(killer.name, killer.command, build, True) for killer in killers_of(build) if len(killer.command) == 1]


def killers_of(build):
    """What `meson test` would run, as far as it is quick: no crash tests, no demos, no clients."""
    tests = json.loads(subprocess.run(['meson', 'introspect', '--tests', build], check=True, capture_output=True).stdout)
    found = []
    for test in tests:
        suite, command = test['suite'][0].split(':')[-1], test['cmd']
        if os.path.basename(command[0]).startswith('python3'):
            command = [sys.executable] + command[1:]  # not through somebody's wrapper
        if suite == 'unit':
            found.append(Killer(test['name'], command, build))
        elif test['name'] == 'transcripts':
            scripts = [word for word in command if word.endswith('.txt')]
            front = [word for word in command if not word.endswith('.txt')]
            found += [Killer(f'transcripts/{os.path.basename(script)[:-4]}', front + [script], build) for script in scripts]
        elif test['name'] == 'simulate':
            found.append(Killer('simulate', [command[0], '--seed', '1', '--worlds', WORLDS], build))
    return found


def adopt():
    """Orphans of this process's children become its own."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def end_children():
    """Ends what is left, and waits for it."""
    path = f'/proc/self/task/{os.getpid()}/children'
    while True:
        with open(path, encoding='ascii') as file:
            children = [int(word) for word in file.read().split()]
        if not children:
            return
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


def limits(killer, cpu_s):
    def set_limits():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
        if not killer.sanitized:  # the address sanitizer reserves more than there is
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))  # a test lowers it, and lifts it again
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return set_limits


def run(killer, environment, wall_limit_s, cpu_limit_s):
    """(noticed, by time). Whatever the test started is gone afterwards."""
    scratch = tempfile.mkdtemp(prefix='mutate-')
    # The limits are ours: libcheck's own would end a slow test of a busy machine, and that would be taken for a kill.
    wanted = {'TMPDIR': scratch, 'MALLOC_PERTURB_': '165', 'CK_DEFAULT_TIMEOUT': '600'}
    process = subprocess.Popen(killer.command, cwd=killer.directory, env={**os.environ, **wanted, **environment},
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True, preexec_fn=limits(killer, cpu_limit_s))
    try:
        status = process.wait(wall_limit_s)
        return status != 0, status in (-signal.SIGXCPU, -signal.SIGKILL)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True, True
    finally:
        end_children()
        shutil.rmtree(scratch, ignore_errors=True)


def survey(killer):
    """Runs it unbroken. Returns it with its times and what it reaches, or with wall_s None if it fails by itself."""
    with tempfile.NamedTemporaryFile(prefix='mutate-reached-') as file:
        file.truncate(REACHED_BYTES)
        os.chmod(file.name, 0o600)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        noticed, _ = run(killer, {'REDRIVE_MUTANTS_REACHED': file.name}, 300, 300)
        wall_s = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with mmap.mmap(file.fileno(), REACHED_BYTES, prot=mmap.PROT_READ) as memory:
            killer.reached = bytes(memory)
        if not noticed:
            killer.wall_s = wall_s
            killer.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return killer


def attack(killer, number):
    """Runs it with a mutant: (noticed, by time). Generous, because the machine may be busy with something else."""
    return run(killer, {'REDRIVE_MUTANT': str(number)}, 15 + 6 * killer.wall_s, int(3 + 4 * killer.cpu_s))
