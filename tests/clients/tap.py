"""tap -- the few lines that the client tests share: results one a line, a redrive to talk to.

    ok - boto3-json: SendMessage with message attributes
    not ok - boto3-json: PurgeQueue
      # AssertionError: 1 message is still there

Nothing here needs a package; the files that import it bring their own client.
"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
import urllib.request

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
# redrive's options for verifying what these credentials sign.
VERIFY = ("--credentials", f"{CREDENTIALS['AWS_ACCESS_KEY_ID']}:{CREDENTIALS['AWS_SECRET_ACCESS_KEY']}")


class Tap:
    def __init__(self, label):
        self.label = label
        self.failed = 0

    def check(self, name, function, *arguments):
        """Runs one test; every test stands alone, so a failure does not stop the next."""
        try:
            note = function(*arguments)
        except Exception as error:
            self.failed += 1
            print(f"not ok - {self.label}: {name}")
            where = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {error}".replace("\n", " ")
            print(f"  # {text} ({os.path.basename(where.filename)}:{where.lineno}: {where.line})")
        else:
            print(f"ok - {self.label}: {name}" + (f" # {note}" if note else ""))
        sys.stdout.flush()


def raises(exception, code, function, **arguments):
    """The call must fail with this exception class and error code (None: any); returns the error."""
    try:
        function(**arguments)
    except exception as error:
        got = error.response["Error"]["Code"]
        assert code is None or got == code, f"the code is {got}, not {code}"
        return error
    raise AssertionError(f"no {getattr(exception, '__name__', exception)}")


class Redrive:
    """A `redrive serve` of our own on a free port: with Redrive(...) as redrive: redrive.endpoint"""

    def __init__(self, *options):
        binary = os.environ.get("REDRIVE", "build/redrive")
        self.process = subprocess.Popen(
            [binary, "serve", "--port", "0", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self.endpoint = None
        ready = threading.Event()
        threading.Thread(target=self.read, args=(ready,), daemon=True).start()
        ready.wait(20)
        if not self.endpoint:
            self.close()
            raise RuntimeError("redrive is not ready: " + " / ".join(self.lines[-5:]))

    def read(self, ready):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            match = re.search(r"http://127\.0\.0\.1:\d+", line)
            if match and not self.endpoint:
                self.endpoint = match.group(0)
                ready.set()
        ready.set()

    def api(self, path, command=None):
        """GET, or with a command POST, of /_redrive/api/..."""
        request = urllib.request.Request(
            f"{self.endpoint}/_redrive/api/{path}",
            data=None if command is None else json.dumps(command).encode(),
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def eventually(seconds, function):
    """Polls until the function returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = function()
        if value:
            return value
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.01)
