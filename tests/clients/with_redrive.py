"""Runs a command beside a redrive of its own: with_redrive.py [OPTION... --] COMMAND..., in which the word ENDPOINT stands for its
address; so does AWS_ENDPOINT_URL in its environment. Redrive verifies what the command signs with tap.CREDENTIALS."""
import os
import subprocess
import sys

import tap

words = sys.argv[1:]
options = words[:words.index("--")] if "--" in words else []
with tap.Redrive("--function", "sink=sim:{}", *options, *tap.VERIFY) as redrive:
    command = [redrive.endpoint if word == "ENDPOINT" else word for word in words[len(options) + bool(options):]]
    sys.exit(subprocess.run(command, env=os.environ | {"AWS_ENDPOINT_URL": redrive.endpoint}).returncode)
