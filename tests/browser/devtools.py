"""devtools -- a Chromium of our own, steered over a pipe: its DevTools protocol, messages that end with NUL, on descriptors 3 and 4.

    with Devtools(chromium, flags) as page:
        page.open(url)
        page.until("document.title === 'redrive'")
        page.problems   # exceptions, errors in the console, and what the page's policy refused
"""
import fcntl
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time

ANSWER_SECONDS_MAX = 30


class Devtools:
    def __init__(self, chromium, flags):
        self.profile = tempfile.TemporaryDirectory(prefix="redrive-browser-", ignore_cleanup_errors=True)
        # Above 9, so that 3 and 4 are free to be taken in the child.
        there, ours_out = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in os.pipe())
        ours_in, back = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in os.pipe())
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}

        def take_descriptors():
            os.dup2(there, 3)
            os.dup2(back, 4)
        self.process = subprocess.Popen(
            [chromium, *flags, "--remote-debugging-pipe", "--user-data-dir=" + self.profile.name, "about:blank"],
            env=environment | {"HOME": self.profile.name}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, pass_fds=(3, 4), preexec_fn=take_descriptors)
        os.close(there)
        os.close(back)
        self.out = ours_out
        self.inbox = os.fdopen(ours_in, "rb")
        self.answers = queue.Queue()
        self.problems = []
        self.number = 0
        threading.Thread(target=self.read, daemon=True).start()
        self.session = None
        target = next(item for item in self.call("Target.getTargets")["targetInfos"] if item["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")

    def read(self):
        rest = b""
        while chunk := os.read(self.inbox.fileno(), 1 << 16):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in messages:
                self.take(json.loads(message))
        self.answers.put({"id": None})

    def take(self, message):
        parameters = message.get("params", {})
        if "id" in message:
            self.answers.put(message)
        elif message["method"] == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif message["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert", "warning"):
            self.problems.append(" ".join(str(item.get("value", item.get("description"))) for item in parameters["args"]))
        elif message["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        answer = {}
        while answer.get("id") != self.number:
            answer = self.answers.get(timeout=ANSWER_SECONDS_MAX)
            if answer["id"] is None:
                raise RuntimeError("the browser has ended")
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, url):
        self.call("Page.navigate", url=url)

    def value(self, expression):
        """What an expression is in the page, promises awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer["result"].get("value")

    def until(self, expression, seconds=20):
        """Asks until the expression is true; its last value."""
        deadline = time.monotonic() + seconds
        while True:
            value = self.value(f"new Promise(done => setTimeout(() => done({expression}), 30))")
            if value or time.monotonic() > deadline:
                return value

    def press(self, key, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": text} if text and kind == "keyDown" else {}))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # its own group only
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.out)
        self.profile.cleanup()
