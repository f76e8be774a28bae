"""Load that brings about every verdict the service can give, and a count of what it answered."""

import collections
import http.client
import http.server
import json
import socket
import threading

SETTINGS = """
[sinks.main]
type = "sqlite"
path = "sink.sqlite"
[sinks.hook]
type = "webhook"
url = "{receiver}"
[sinks.lake]
type = "files"
path = "lake"
[sinks.cache]
type = "redis"
url = "{redis}"
[sinks.shop]
type = "mysql"
url = "{mysql}"
[streams.orders]
sink = "main"
dedupe = "window"
[streams.ledgered]
sink = "main"
dedupe = "strict"
[streams.positions]
sink = "main"
dedupe = "monotonic"
[streams.messages]
sink = "main"
dedupe = "id"
[streams.products]
sink = "main"
dedupe = "version"
[streams.readings]
sink = "main"
ack = "journal"
on_reject = "dead_letter"
[streams.notices]
sink = "hook"
on_reject = "dead_letter"
[streams.clicks]
sink = "lake"
[streams.sessions]
sink = "cache"
[streams.stock]
sink = "shop"
"""
# By sink, as configured above.
TYPES = {"main": "sqlite", "hook": "webhook", "lake": "files", "cache": "redis", "shop": "mysql"}

# What the rounds below must have brought about; the other verdicts stay at an explicit zero.
VERDICTS = {"applied", "accepted", "duplicate", "superseded", "conflict", "gap", "fenced", "too_old",
            "invalid", "retry"}


class Receiver:
    """Takes whatever is delivered to it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # pylint: disable=invalid-name
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):  # pylint: disable=arguments-differ
            pass

    def __init__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def split_address(address):
    host, port = address.rsplit(":", 1)
    return host.strip("[]"), int(port)


class Load:
    """Sends rounds of requests on a thread of its own until it is stopped."""

    def __init__(self, ingest, ops):
        self.ingest = split_address(ingest)
        self.ops = split_address(ops)
        self.answered = collections.Counter()  # By (stream, verdict).
        self.statuses = collections.Counter()  # Of POSTs to the events route.
        self.error = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self):
        self._thread.start()

    def stop(self):
        self._stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def verdicts(self):
        return {verdict for _, verdict in list(self.answered)}

    def _run(self):
        try:
            self._connection = http.client.HTTPConnection(*self.ingest, timeout=30)
            number = 0
            while not self._stop.is_set():
                self._round(number)
                number += 1
            self._connection.close()
        except Exception as error:  # Handed to whoever calls stop().
            self.error = error

    def _post(self, stream, records):
        body = "\n".join(json.dumps(record) for record in records)
        self._connection.request("POST", f"/v1/streams/{stream}/events?results=none", body,
                                 {"Content-Type": "application/x-ndjson"})
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        self.statuses[response.status] += 1
        for verdict, count in answer.get("counts", {}).items():
            self.answered[(stream, verdict)] += count

    def _round(self, number):
        first = number * 50
        batch = [self._event("pos-1", first + i, i) for i in range(50)]
        self._post("orders", batch)
        self._post("orders", batch)                                          # duplicate
        self._post("orders", [self._event("pos-1", first, "other")])         # conflict
        self._post("orders", [self._event("sparse", first * 2 + i * 2, i) for i in range(5)])
        self._post("orders", [dict(self._event("reborn", number, 1), epoch=1)])
        self._post("orders", [self._event("reborn", number, 1)])             # fenced
        self._post("orders", [{"producer": "pos-1", "seq": 1, "vaule": 1}])  # invalid
        self._post("ledgered", [self._event("a", number, 1)])
        self._post("ledgered", [self._event("a", number + 7, 1)])            # gap
        self._post("positions", [self._event("log", 10 * number + 5, 1)])
        self._post("positions", [self._event("log", 10 * number + 4, 1)])    # too_old
        self._post("messages", [{"id": f"m-{number}", "value": 1}])
        self._post("messages", [{"id": f"m-{number}", "value": 1}])
        self._post("products", [{"key": "p", "version": 10 * number + 9, "value": number}])
        self._post("products", [{"key": "p", "version": 10 * number + 8, "value": number}])
        for stream in ("notices", "clicks", "sessions", "stock"):
            self._post(stream, [self._event("shop-1", number, 1)])
        self._post("readings", [self._event("meter", number, 1)])            # accepted
        self._other_routes()
        if number == 1:
            self._while_paused(lambda: self._post("orders", [self._event("waits", 0, 1)]))  # retry

    @staticmethod
    def _event(producer, sequence, value):
        return {"producer": producer, "seq": sequence, "value": value}

    def _other_routes(self):
        self._get(self.ingest, "/v1/streams/orders/producers/pos-1")
        self._get(self.ingest, "/no/such/route")
        self._get(self.ops, "/readyz")
        with socket.create_connection(self.ingest, timeout=30) as connection:
            connection.sendall(b"this is not HTTP\r\n\r\n")
            while connection.recv(4096):
                pass

    @staticmethod
    def _get(address, path):
        connection = http.client.HTTPConnection(*address, timeout=30)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()

    def _while_paused(self, action):
        self._post_ops("/admin/v1/sinks/main/pause")
        action()
        self._post_ops("/admin/v1/sinks/main/resume")

    def _post_ops(self, path):
        connection = http.client.HTTPConnection(*self.ops, timeout=30)
        connection.request("POST", path, "{}", {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        assert response.status == 200, f"{path}: {response.status} {body}"
