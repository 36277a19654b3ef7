"""Signature Version 4 as botocore makes it, against a redrive that asks for it (--credentials): what is signed right passes, in
both protocols and by presigned URL, and everything else fails with AWS's own exception (S-43).

Usage: signatures.py LABEL. First botocore's signer itself is held against AWS's published test suite, the same rows that
tests/emulator/auth_test.c holds redrive against: so neither of the two is the other's only witness.
"""
import datetime
import sys
import urllib.error
import urllib.request

import boto3
import botocore
import botocore.auth
import tap
from botocore import UNSIGNED
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SECOND_KEY, SECOND_SECRET = "AKIASECOND", "with:a:colon"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:worker"

SUITE = [
    ("get-vanilla", "GET", "/", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("post-vanilla", "POST", "/", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", {}, b"",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ("get-utf8", "GET", "/\u1234", {}, b"", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", {}, b"",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    ("get-relative", "GET", "/example/..", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("post-header-key-sort", "POST", "/", {"My-Header1": "value1"}, b"",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    ("post-header-value-case", "POST", "/", {"My-Header1": "VALUE1"}, b"",
     "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
    ("get-header-value-trim", "GET", "/", {"My-Header1": " value1", "My-Header2": ' "a   b   c"'}, b"",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    ("post-x-www-form-urlencoded", "POST", "/", FORM, b"Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
]


class SignedAt:
    """botocore signs as if it were then: the generations ask for the time in different ways."""

    def __init__(self, when):
        self.when = when

    def __enter__(self):
        when = self.when

        class Then(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return when

            @classmethod
            def now(cls, tz=None):
                return when.replace(tzinfo=tz)
        self.kept = {name: getattr(botocore.auth, name) for name in ("datetime", "get_current_datetime")
                     if hasattr(botocore.auth, name)}
        if "get_current_datetime" in self.kept:
            botocore.auth.get_current_datetime = lambda *arguments, **names: when
        if "datetime" in self.kept:
            botocore.auth.datetime = Then if isinstance(self.kept["datetime"], type) else type("module", (), {"datetime": Then})

    def __exit__(self, *exception):
        for name, value in self.kept.items():
            setattr(botocore.auth, name, value)


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


class UnsignedPayload(botocore.auth.SigV4Auth):
    def payload(self, request):
        return "UNSIGNED-PAYLOAD"


class Tests:
    def __init__(self, redrive, json):
        self.redrive = redrive
        self.endpoint = redrive.endpoint
        self.json = json
        self.sqs = self.client("sqs", KEY, SECRET)
        self.lambda_ = self.client("lambda", KEY, SECRET)

    def client(self, service, key, secret, token=None, **config):
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=key,
                            aws_secret_access_key=secret, aws_session_token=token,
                            config=Config(retries={"max_attempts": 0}, proxies={}, **config))

    def fails(self, code, lambda_code, key, secret, **config):
        """Both services refuse, each with the name that it has for it."""
        tap.raises(ClientError, code, self.client("sqs", key, secret, **config).list_queues)
        # Authentication comes before the action's own checks: this queue does not exist.
        error = tap.raises(ClientError, code, self.client("sqs", key, secret, **config).delete_queue,
                           QueueUrl=self.endpoint + "/000000000000/none")
        status = 400 if code == "IncompleteSignature" else 403
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response
        error = tap.raises(ClientError, lambda_code, self.client("lambda", key, secret, **config).list_event_source_mappings)
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response
        return error

    def send(self, url, method="GET", body=None, headers=None):
        request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def presigned(self, parameters, expires=60, token=None, at=None):
        request = AWSRequest(method="GET", url=f"{self.endpoint}/?{parameters}")
        with SignedAt(at or utc_now()):
            botocore.auth.SigV4QueryAuth(Credentials(KEY, SECRET, token), "sqs", "us-east-1", expires).add_auth(request)
        return request.url

    def published_suite(self):
        for name, method, path, headers, body, signature in SUITE:
            request = AWSRequest(method=method, url="https://example.amazonaws.com" + path, headers=headers, data=body)
            with SignedAt(datetime.datetime(2015, 8, 30, 12, 36)):
                botocore.auth.SigV4Auth(Credentials(KEY, SECRET), "service", "us-east-1").add_auth(request)
            assert request.headers["Authorization"].endswith("Signature=" + signature), name

    def right(self):
        url = self.sqs.create_queue(QueueName="orders")["QueueUrl"]
        body = "größer ≤ 1 € 𝄞 a+b c%20d&e=f"
        self.sqs.send_message(QueueUrl=url, MessageBody=body)
        assert self.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == body
        assert self.lambda_.list_event_source_mappings(EventSourceArn="arn:aws:sqs:us-east-1:000000000000:orders",
                                                       MaxItems=10)["EventSourceMappings"] == []

    def path(self):
        # The colons of an ARN stand percent-encoded in the path, and twice so in what is signed.
        assert self.lambda_.get_function(FunctionName=FUNCTION_ARN)["Configuration"]["FunctionName"] == "worker"

    def token(self):
        self.client("sqs", KEY, SECRET, "a+session/token==").list_queues()
        self.client("lambda", KEY, SECRET, "a+session/token==").list_event_source_mappings()

    def second_key(self):
        self.client("sqs", SECOND_KEY, SECOND_SECRET).list_queues()
        self.fails("SignatureDoesNotMatch", "InvalidSignatureException", SECOND_KEY, SECRET)

    def unsigned(self):
        self.fails("AccessDenied", "AccessDeniedException", None, None, signature_version=UNSIGNED)

    def unknown_key(self):
        self.fails("InvalidClientTokenId", "UnrecognizedClientException", "AKIANOBODY", SECRET)

    def wrong_secret(self):
        error = self.fails("SignatureDoesNotMatch", "InvalidSignatureException", KEY, SECRET + "x")
        assert "The Canonical String for this request should have been" in str(error)

    def modelled_exception(self):
        try:
            self.client("sqs", KEY, "wrong").list_queues()
        except ClientError as error:
            names = error.response["Error"]
        assert not self.json or names.get("QueryErrorCode") == "InvalidSignatureException", names

    def skew(self):
        for minutes, text in ((-16, "Signature expired"), (16, "Signature not yet current")):
            with SignedAt(utc_now() + datetime.timedelta(minutes=minutes)):
                error = self.fails("SignatureDoesNotMatch", "InvalidSignatureException", KEY, SECRET)
            assert text in str(error), error
        for minutes in (-14, 14):
            with SignedAt(utc_now() + datetime.timedelta(minutes=minutes)):
                self.sqs.list_queues()

    def malformed(self):
        headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=" + KEY, "X-Amz-Date": "20150830T123600Z"}
        status, text = self.send(self.endpoint + "/?Action=ListQueues", headers=headers)
        assert status == 400 and "<Code>IncompleteSignature</Code>" in text, (status, text)
        headers |= {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
        status, text = self.send(self.endpoint + "/", "POST", b"{}", headers)
        assert status == 400 and '"com.amazon.coral.service#IncompleteSignatureException"' in text, (status, text)

    def presigned_url(self):
        url = self.presigned("Action=ListQueues&QueueNamePrefix=a%20b%2Bc~%3D")
        status, text = self.send(url)
        assert status == 200 and "<ListQueuesResponse" in text, (status, text)
        self.assert_mismatch(self.send(url.replace("ListQueues", "DeleteQueue")))
        self.assert_mismatch(self.send(url + "&QueueNamePrefix=x"))
        self.assert_mismatch(self.send(url, "POST"))
        status, text = self.send(self.presigned("Action=ListQueues", token="a+b/c=="))
        assert status == 200, text

    def presigned_expires(self):
        for age, expires, good in ((50, 60, True), (70, 60, False), (3000, 3600, True), (3700, 3600, False)):
            at = utc_now() - datetime.timedelta(seconds=age)
            answer = self.send(self.presigned("Action=ListQueues", expires, at=at))
            if good:
                assert answer[0] == 200, answer
            else:
                self.assert_mismatch(answer)
                assert "Signature expired" in answer[1], answer

    def unsigned_payload(self):
        for tampered in (False, True):
            request = AWSRequest(method="POST", url=self.endpoint + "/", data=b"Action=ListQueues",
                                 headers=FORM | {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
            UnsignedPayload(Credentials(KEY, SECRET), "sqs", "us-east-1").add_auth(request)
            body = b"Action=ListQueues&QueueNamePrefix=x" if tampered else request.body
            status, text = self.send(request.url, "POST", body, dict(request.headers.items()))
            assert status == 200, text

    def signed_payload(self):
        request = AWSRequest(method="POST", url=self.endpoint + "/", data=b"Action=ListQueues", headers=FORM)
        botocore.auth.SigV4Auth(Credentials(KEY, SECRET), "sqs", "us-east-1").add_auth(request)
        headers = dict(request.headers.items())
        assert self.send(request.url, "POST", b"Action=ListQueues", headers)[0] == 200
        self.assert_mismatch(self.send(request.url, "POST", b"Action=ListQueuez", headers))

    def other_service(self):
        request = AWSRequest(method="GET", url=self.endpoint + "/?Action=ListQueues")
        botocore.auth.SigV4Auth(Credentials(KEY, SECRET), "lambda", "us-east-1").add_auth(request)
        self.assert_mismatch(self.send(request.url, headers=dict(request.headers.items())))

    def assert_mismatch(self, answer):
        status, text = answer
        assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text, answer

    def own_paths(self):
        assert self.redrive.api("health")
        assert self.redrive.api("clock", {"advance": "1s"})
        assert self.send(self.endpoint + "/_localstack/health")[0] == 200


def main():
    label = sys.argv[1]
    json = tuple(map(int, botocore.__version__.split(".")[:3])) >= (1, 31, 82)
    run = tap.Tap(label)
    with tap.Redrive("--clock", "manual", "--function", "worker=sim:{}", "--credentials", f"{KEY}:{SECRET}",
                     "--credentials", f"{SECOND_KEY}:{SECOND_SECRET}") as redrive:
        tests = Tests(redrive, json)
        run.check("botocore's signer and the published test suite agree", tests.published_suite)
        run.check("what is signed right passes", tests.right)
        run.check("an ARN in the path is encoded twice", tests.path)
        run.check("a session token is accepted and signed", tests.token)
        run.check("each key has its own secret", tests.second_key)
        run.check("an unsigned request is denied", tests.unsigned)
        run.check("an unknown key is refused", tests.unknown_key)
        run.check("a wrong secret is refused, with what should have been signed", tests.wrong_secret)
        run.check("the JSON protocol carries both names of the error", tests.modelled_exception)
        run.check("a signature is good for 15 minutes", tests.skew)
        run.check("a malformed Authorization header is incomplete", tests.malformed)
        run.check("a presigned URL passes as it is, and no other", tests.presigned_url)
        run.check("a presigned URL expires", tests.presigned_expires)
        run.check("an unsigned payload may be any", tests.unsigned_payload)
        run.check("a signed payload may not", tests.signed_payload)
        run.check("a signature for another service is refused", tests.other_service)
        run.check("redrive's own and the drop-in paths are not signed", tests.own_paths)
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
