"""Runs a command beside a redrive of its own: with_redrive.py COMMAND..., in which the word ENDPOINT stands for its address; so does
AWS_ENDPOINT_URL in its environment. Redrive verifies what the command signs with tap.CREDENTIALS."""
import os
import subprocess
import sys

import tap

with tap.Redrive("--function", "sink=sim:{}", *tap.VERIFY) as redrive:
    command = [redrive.endpoint if word == "ENDPOINT" else word for word in sys.argv[1:]]
    sys.exit(subprocess.run(command, env=os.environ | {"AWS_ENDPOINT_URL": redrive.endpoint}).returncode)
