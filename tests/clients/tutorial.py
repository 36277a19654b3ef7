"""The tutorial of docs/ci.md: the files that it shows are those of examples/ci, and its commands print what it says, with a real
Python handler. Usage: tutorial.py, by a Python that has awslambdaric.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import tap

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EXAMPLE = os.path.join(ROOT, "examples", "ci")
BLOCKS = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def blocks():
    return BLOCKS.findall(read(ROOT, "docs", "ci.md"))


def files_are_the_examples():
    shown = [text for language, text in blocks() if language in ("python", "yaml")]
    assert shown == [read(EXAMPLE, name) for name in ("app.py", "template.yaml", "orders.yaml", "workflow.yml")], "docs/ci.md shows other files"


def commands():
    """[(command, the lines that it prints)] in the page's order."""
    found = []
    for language, text in blocks():
        if language == "" and text.startswith("$ "):
            command, *lines = text.splitlines()
            found.append((command[2:], [line for line in lines if line]))
    return found


def run(command, folder):
    words = shlex.split(command)
    assert words[0] == "redrive", command
    environment = os.environ | {"PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}
    ended = subprocess.run([os.path.abspath(os.environ.get("REDRIVE", "build/redrive")), *words[1:]], cwd=folder, env=environment,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    return ended.returncode, ended.stdout.splitlines(), ended.stderr


def prints(command, lines, folder, status):
    got_status, got, errors = run(command, folder)
    assert got_status == status, f"{command}: status {got_status}: {got} {errors}"
    rest = iter(got)
    for line in lines:
        assert line in rest, f"{command} does not print {line!r}, but {got} {errors}"


def commands_print_what_it_says():
    lint, test, broken, check = commands()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
        prints(*lint, folder, 0)
        prints(*test, folder, 0)
        prints(*check, folder, 0)
        good = read(folder, "app.py")
        assert good.count("<= 0") == 1
        with open(os.path.join(folder, "app.py"), "w", encoding="utf-8") as file:
            file.write(good.replace("<= 0", "< 0"))
        prints(*broken, folder, 1)


def the_job_leaves_its_reports():
    lines = re.findall(r"- run: (redrive .*)", read(EXAMPLE, "workflow.yml"))
    assert len(lines) == 2, lines
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
        for line in lines:
            prints(line, [], folder, 0)
        assert 'failures="0"' in read(folder, "messages.xml")
        assert "a broken order never takes a good one with it" in read(folder, "messages.html")


results = tap.Tap("tutorial")
results.check("the files of docs/ci.md are those of examples/ci", files_are_the_examples)
results.check("its commands print what it says", commands_print_what_it_says)
results.check("its job leaves a report for the service and one for people", the_job_leaves_its_reports)
sys.exit(results.failed > 0)
