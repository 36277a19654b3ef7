#!/usr/bin/env python3
"""orders -- an SQS batch handler behind HTTP: one POST is one invocation, its body the event, the answer the response.

It reports the orders that it could not process, so that only those come back:
    {"orderId": 7, "sku": "A-1", "quantity": 2}                         is processed
    {"orderId": 7, "sku": "A-1", "quantity": 0}, or what is no JSON     never can be: a poison message
    {"orderId": 7, "quantity": 1, "recoversOnAttempt": 3}               fails on its first two deliveries
Start it, then: redrive serve --function orders=http://127.0.0.1:PORT/
"""
import ctypes
import json
import os
import signal
import stat
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def process(record):
    order = json.loads(record["body"])
    if order["quantity"] <= 0:
        raise ValueError(f"order {order['orderId']} has no quantity")
    if int(record["attributes"]["ApproximateReceiveCount"]) < order.get("recoversOnAttempt", 1):
        raise RuntimeError(f"order {order['orderId']}: the stock service is away")


def handle(event):
    failures = []
    for record in event["Records"]:
        try:
            process(record)
        except Exception as error:  # one bad order must not hold up the others
            print(f"{record['messageId']} failed: {error!r}", file=sys.stderr)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


class Invocation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection for the next invocation
    disable_nagle_algorithm = True

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        response = json.dumps(handle(event)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, format, *arguments):
        pass


def end_with_whoever_started_us():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    mode = os.fstat(0).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()


if __name__ == "__main__":
    end_with_whoever_started_us()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Invocation)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
