"""Runs a command beside a redrive of its own: with_redrive.py COMMAND..., in which the word ENDPOINT stands for its address.
Redrive verifies what the command signs with tap.CREDENTIALS."""
import subprocess
import sys

import tap

with tap.Redrive("--function", "sink=sim:{}", *tap.VERIFY) as redrive:
    sys.exit(subprocess.run([redrive.endpoint if word == "ENDPOINT" else word for word in sys.argv[1:]]).returncode)
