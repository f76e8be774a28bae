#!/usr/bin/python3
"""Real answers of all kinds agree with openapi.yaml as the service itself serves it.

Usage: openapi_test.py ONCEGATE
"""

import http.client
import json
import pathlib
import socket
import sys
import tempfile
import unittest

from prometheus_service import Service, poll

try:
    import jsonschema
    import yaml
except ImportError:
    print("SKIPPED: python3-jsonschema and python3-yaml are needed (Debian packages of these names)")
    sys.exit(77)

ONCEGATE = pathlib.Path(sys.argv.pop(1)).resolve()

STREAMS = """
[streams.messages]
dedupe = "id"
[streams.ledgered]
dedupe = "strict"
[streams.positions]
dedupe = "monotonic"
[streams.promised]
ack = "journal"
on_reject = "dead_letter"
[limits]
body_bytes = 65536
records_per_request = 100
header_timeout = "500ms"
queue_bytes_per_lane = 65536
streams = 6
"""

# What this version can not be brought to answer on its embedded sink.
UNREACHABLE = {
    ("purge", "202"),           # Needs more than 100,000 entries.
    ("getJob", "200"),          # Needs such a purge,
    ("getJob", "400"),          # and so does a refusal other than 404.
    ("getProducer", "503"), ("bumpEpoch", "503"), ("listProducers", "503"), ("purge", "503"),
}
# Made by the server before it knows the operation; held for postEvents alone.
FRAMING = {"408", "411", "413", "414", "417", "429", "431", "500", "501", "505", "503"}

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def record(producer, sequence, value=1, **more):
    return dict({"producer": producer, "seq": sequence, "value": value}, **more)


class Document:
    """openapi.yaml, and what it says about an answer."""

    def __init__(self, text):
        self.root = yaml.safe_load(text)
        self.resolver = jsonschema.RefResolver.from_schema(self.root)
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def operations(self):
        for template, item in self.root["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post", "put", "delete", "patch"):
                    yield template, method, operation

    def find_path(self, target):
        segments = target.split("?")[0].split("/")
        for template, item in self.root["paths"].items():
            pattern = template.split("/")
            if len(pattern) == len(segments) and all(
                    p.startswith("{") or p == s for p, s in zip(pattern, segments)):
                return item
        return None

    def check_value(self, value, schema):
        jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(value)

    def check(self, method, target, answer):
        """Raises unless the answer is one that the document describes."""
        item = self.find_path(target)
        operation = item.get("get" if method == "HEAD" else method.lower())
        if operation is None:  # 405 and 501 are told by every operation of the path.
            operation = next(item[m] for m in ("post", "get") if m in item)
        self.seen.add((operation["operationId"], str(answer.status)))
        response = self.resolve(operation["responses"][str(answer.status)])
        for name, header in response.get("headers", {}).items():
            value = answer.headers.get(name)
            optional = name in ("Accept-Encoding",) or (name == "Retry-After" and
                                                        answer.status == 207)
            if value is None and optional:
                continue
            assert value is not None, f"{name} is missing"
            schema = self.resolve(header)["schema"]
            self.check_value(int(value) if schema["type"] == "integer" else value, schema)
        if method == "HEAD":
            assert answer.body == b""
            return
        content = response["content"]
        media_type = answer.headers["Content-Type"]
        assert media_type in content, f"{media_type} is not among {list(content)}"
        if media_type.endswith("json"):
            self.check_value(json.loads(answer.body), content[media_type]["schema"])


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


class Conversation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory(prefix="oncegate-openapi-")
        cls.service = Service(str(ONCEGATE), pathlib.Path(cls.holder.name), STREAMS)
        connection = http.client.HTTPConnection(cls.service.ingest, timeout=30)
        connection.request("GET", "/openapi.yaml")
        cls.document = Document(connection.getresponse().read())
        connection.close()

    @classmethod
    def tearDownClass(cls):
        cls.service.kill()
        cls.holder.cleanup()

    def ask(self, listener, method, target, body=None, headers=None, status=200):
        connection = http.client.HTTPConnection(getattr(self.service, listener), timeout=30)
        self.addCleanup(connection.close)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        connection.request(method, target, body, headers or {})
        answer = Answer(connection.getresponse())
        self.hold(method, target, answer, status)
        return answer

    def ask_raw(self, head, body=b"", status=400, listener="ingest"):
        """A request as bytes; its first line and fields without the line ends."""
        host, port = getattr(self.service, listener).rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall("\r\n".join(head).encode() + body)
            response = http.client.HTTPResponse(connection)
            response.begin()
            answer = Answer(response)
        method, target = (head[0].split(" ") + ["", ""])[:2]
        self.hold(method, target, answer, status)

    def hold(self, method, target, answer, status):
        with self.subTest(method=method, target=target[:100], status=status):
            self.assertEqual(answer.status, status, answer.body[:500])
            self.document.check(method, target, answer)

    def post(self, body, status=200, stream="orders", query="", headers=None):
        return self.ask("ingest", "POST", f"/v1/streams/{stream}/events{query}", body,
                        JSON if headers is None else headers, status)

    def test_1_the_document_itself(self):
        for schema in self.document.root["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        self.check_references(self.document.root)
        for _, _, operation in self.document.operations():
            bodies = [operation.get("requestBody", {})]
            bodies += [self.document.resolve(r) for r in operation["responses"].values()]
            for body in bodies:
                for media in body.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        with self.subTest(operation=operation["operationId"], example=example):
                            self.document.check_value(example["value"], media["schema"])

    def check_references(self, node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                self.document.resolver.resolve(node["$ref"])
            for child in node.values():
                self.check_references(child)
        elif isinstance(node, list):
            for child in node:
                self.check_references(child)

    def test_2_verdicts(self):
        self.post([record("p", i) for i in range(3)])
        self.post([record("p", i) for i in range(3)], query="?results=all")
        self.post(record("p", 1, "other"), 409)
        self.post(record("p", 0, epoch=2))
        self.post(record("p", 3), 409, query="?results=all")
        self.post(record("p", 3), 409, query="?results=none")
        self.post([record("p", 1, epoch=2), {"vaule": 1}, {"a/b~": [1]}], 207)
        self.post([record("p", 1, "other", epoch=2), {"producer": "p"}], 422)
        self.post([record("p", 2, epoch=2, key="k"), record("p", 1, 1, epoch=2)])
        self.post([record("s", 0), record("s", 2)], 207, "ledgered", "?results=all")
        self.post(record("s", 5), 409, "ledgered")
        self.post(record("m", 10), 200, "positions")
        self.post(record("m", 4), 410, "positions")
        self.post(record("m", 20, after=15), 409, "positions")
        self.post([{"id": "a", "value": 1}, {"id": "b", "value": 1}], 200, "messages")
        self.post({"id": "a", "value": 2}, 409, "messages")
        self.post('{"producer":"p","seq":3,"epoch":2,"value":"\\ud800"}\nbroken\n\n', 422,
                  headers=NDJSON)
        self.post([record("atomic", 0), {"producer": "atomic", "seq": 1}], 422,
                  query="?atomic=true&results=all")
        self.post("[]")

    def test_3_refusals(self):
        path = "/v1/streams/orders/events"
        self.post("[", 400)
        self.post("17", 400)
        self.post("", 400)
        self.post(b'["\xff"]', 400)
        self.post("[]", 400, query="?ack=journal")
        self.post("[]", 400, query="?what=this")
        self.post("[]", 400, headers=dict(JSON, **{"Producer-Seq": "x"}))
        self.post("no gzip", 400, headers=dict(JSON, **{"Content-Encoding": "gzip"}))
        self.post([{"value": 1}, {"value": 2}], 400, "messages",
                  headers=dict(JSON, **{"Idempotency-Key": "k"}))
        self.post([record("a", 0), record("b", 0)], 400, query="?atomic=true")
        self.post("[]", 404, "Orders")
        self.post("[]", 415, headers={})
        self.post("[]", 415, headers={"Content-Type": "application/json; charset=latin1"})
        self.post("[]", 415, headers=dict(JSON, **{"Content-Encoding": "br"}))
        self.post(json.dumps(record("p", 1, "x" * 70000)), 413)
        self.post([record("p", i) for i in range(101)], 413)
        for method in ("GET", "PUT", "HEAD"):
            self.ask("ingest", method, path, status=405)
        for i in range(9):  # Beyond the cap of streams.
            answer = self.ask_any(f"/v1/streams/more_{i}/events", record("p", 0))
        self.assertEqual(answer.status, 429)

    def ask_any(self, target, body):
        connection = http.client.HTTPConnection(self.service.ingest, timeout=30)
        self.addCleanup(connection.close)
        connection.request("POST", target, json.dumps(body), JSON)
        answer = Answer(connection.getresponse())
        self.hold("POST", target, answer, answer.status)
        return answer

    def test_4_framing(self):
        post = "POST /v1/streams/orders/events HTTP/1.1"
        end = ["", ""]
        self.ask_raw([post, "Host: a", "Content-Length: 1, 2"] + end)
        self.ask_raw([post, "Host: a", "Content-Length: 2", "Transfer-Encoding: chunked"] + end)
        self.ask_raw([post, "Content-Length: 2"] + end)
        self.ask_raw([post, "Host: a", "Transfer-Encoding: chunked"] + end, b"zz\r\n")
        self.ask_raw([post, "Host: a"] + end, status=411)
        self.ask_raw([post, "Host: a", "Content-Length: 100000"] + end, status=413)
        self.ask_raw([post, "Host: a", "Content-Length: 5"], status=408)
        self.ask_raw([post, "Host: a", "Content-Length: 0", "Expect: magic"] + end, status=417)
        self.ask_raw([post, "Host: a", "A: " + "a" * 20000] + end, status=431)
        self.ask_raw([post, "Host: a", "Transfer-Encoding: xchunked"] + end, status=501)
        self.ask_raw([post.replace("HTTP/1.1", "HTTP/2.0"), "Host: a"] + end, status=505)
        self.ask_raw([post.replace("events", "events?" + "a" * 9000), "Host: a"] + end, status=414)

    def test_5_producers(self):
        self.post([record("pos/1", i) for i in (0, 1, 2, 5)])
        path = "/v1/streams/orders/producers/pos%2F1"
        self.ask("ingest", "GET", path)
        self.ask("ingest", "HEAD", path)
        self.ask("ingest", "GET", path + "x", status=404)
        self.ask("ingest", "GET", path + "?a=b", status=400)
        self.ask("ingest", "DELETE", path, status=405)
        bump = {"expected_epoch": 0, "sequence": "reset"}
        self.ask("ingest", "POST", path + "/epoch", bump, JSON)
        self.ask("ingest", "GET", path)
        self.ask("ingest", "POST", path + "/epoch", bump, JSON, status=409)
        self.ask("ingest", "POST", path + "/epoch", {"expected_epoch": 0}, JSON, status=400)
        self.ask("ingest", "POST", path + "/epoch", bump, {}, status=415)
        self.ask("ingest", "POST", path + "x/epoch", bump, JSON, status=404)
        self.ask("ingest", "GET", path + "/epoch", status=405)
        self.ask("ingest", "GET", "/v1/version")
        self.ask("ingest", "GET", "/v1/version?a=b", status=400)
        self.ask("ingest", "POST", "/v1/version", "{}", JSON, status=405)
        self.ask("ingest", "GET", "/openapi.yaml")
        self.ask("ingest", "GET", "/openapi.yaml?a=b", status=400)
        self.ask("ingest", "POST", "/openapi.yaml", "{}", JSON, status=405)

    def test_6_administration(self):
        self.post([record("pos-1", 0), record("pos-2", 0)])
        for path in ("/admin/v1/streams", "/admin/v1/streams?limit=1",
                     "/admin/v1/streams/orders/producers", "/admin/v1/sinks", "/admin/v1/config",
                     "/admin/v1/streams/orders/producers?prefix=pos-&limit=1&after=pos-1",
                     "/admin/v1/dead-letters", "/admin/v1/dead-letters?stream=orders&limit=1",
                     "/livez", "/readyz", "/readyz?sink=main", "/metrics"):
            self.ask("ops", "GET", path)
            self.ask("ops", "HEAD", path)
            self.ask("ops", "GET", path.split("?")[0] + "?what=this", status=400)
            self.ask("ops", "PUT", path, "{}", JSON, status=405)
        self.ask("ops", "GET", "/admin/v1/streams/nothing/producers", status=404)
        self.ask("ops", "GET", "/admin/v1/dead-letters?stream=nothing", status=404)
        for action in ("replay", "discard"):
            path = f"/admin/v1/dead-letters/{action}"
            self.ask("ops", "POST", path, {"stream": "orders", "dry_run": False}, JSON)
            self.ask("ops", "POST", path, {"ids": ["orders:none"]}, JSON)
            self.ask("ops", "POST", path, {}, JSON, status=400)
            self.ask("ops", "POST", path, {"stream": "nothing"}, JSON, status=404)
            self.ask("ops", "POST", path, "{}", {}, status=415)
            self.ask("ops", "GET", path, status=405)
        self.ask("ops", "GET", "/admin/v1/jobs/purge-1", status=404)
        self.ask("ops", "GET", "/admin/v1/jobs/purge-1?a=b", status=404)
        self.ask("ops", "POST", "/admin/v1/jobs/purge-1", "{}", JSON, status=405)
        self.ask("ops", "GET", "/readyz?sink=other", status=404)
        purge = "/admin/v1/streams/orders/purge"
        self.ask("ops", "POST", purge, {"producer_prefix": "pos-"}, JSON)
        self.ask("ops", "POST", purge, {"producer": "pos-1", "dry_run": False}, JSON)
        self.ask("ops", "POST", purge, {}, JSON, status=400)
        self.ask("ops", "POST", purge, {}, {}, status=415)
        self.ask("ops", "GET", purge, status=405)
        self.ask("ops", "POST", "/admin/v1/streams/nothing/purge", {"producer": "p"}, JSON,
                 status=404)

    def test_7_a_paused_sink(self):
        for action in ("pause", "resume"):
            path = f"/admin/v1/sinks/main/{action}"
            self.ask("ops", "POST", path, {"a": 1}, JSON, status=400)
            self.ask("ops", "POST", path, "{}", {}, status=415)
            self.ask("ops", "GET", path, status=405)
            self.ask("ops", "POST", f"/admin/v1/sinks/other/{action}", "{}", JSON, status=404)
        self.ask("ops", "POST", "/admin/v1/sinks/main/pause", "{}", JSON)
        self.ask("ops", "GET", "/readyz", status=503)
        self.ask("ops", "GET", "/admin/v1/sinks")
        self.post(record("late", 0), 503)
        self.post([record("late", 1), {"vaule": 1}], 503, query="?results=all")
        self.post([record("late", 0), record("late", 1)], 202, "promised")
        self.post([record("late", 0), {"vaule": 1}], 207, "promised", "?results=all")
        self.ask("ingest", "GET", "/v1/streams/promised/producers/late")
        self.ask("ops", "POST", "/admin/v1/streams/promised/purge",
                 {"producer": "late", "mode": "forget", "dry_run": False}, JSON, status=409)
        self.ask("ops", "POST", "/admin/v1/sinks/main/resume", "{}", JSON)
        poll(lambda: self.post(record("late", 0)).status == 200, "the sink goes on")

    def test_8_every_described_answer_was_seen(self):
        for template, _, operation in self.document.operations():
            name = operation["operationId"]
            expected = {(name, status) for status in operation["responses"]
                        if name == "postEvents" or status not in FRAMING}
            if name == "getReadiness":
                expected.add((name, "503"))
            elif "{" not in template:  # Its 404 is that of any other path.
                expected.discard((name, "404"))
            missing = expected - self.document.seen - UNREACHABLE - {(name, "500")}
            with self.subTest(operation=name):
                self.assertEqual(sorted(missing), [])


if __name__ == "__main__":
    unittest.main()
