"""The real service as a process of its own, for the tests of monitoring and operation."""

import signal
import subprocess
import time
import urllib.error
import urllib.request

DEADLINE_SECONDS = 90


def poll(condition, what, process=None):
    """The first true result of `condition`; fails after the deadline or when the process is gone."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    result = condition()
    while not result:
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{what}: the process ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {DEADLINE_SECONDS} s")
        time.sleep(0.1)
        result = condition()
    return result


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read().decode()


def answers(url):
    try:
        fetch(url)
        return True
    except (urllib.error.URLError, ConnectionError):
        return False


class Service:
    """The service with free ports and `folder` as its working directory. Without `settings` it has its
    embedded sink; `sink` is where streams go that are made on first use."""

    def __init__(self, program, folder, settings="", sink=None):
        self.data = folder / "oncegate-data"
        config = folder / "oncegate.toml"
        config.write_text(
            '[ingest]\nlisten = "127.0.0.1:0"\n[ops]\nlisten = "127.0.0.1:0"\n'
            '[stream_defaults]\nrequest_timeout = "1s"\n'
            + (f'sink = "{sink}"\n' if sink else "") + settings, encoding="utf-8")
        for name in ("ingest.addr", "ops.addr"):  # Of a process that was killed.
            (self.data / name).unlink(missing_ok=True)
        with open(folder / "oncegate.log", "ab") as log:
            self.process = subprocess.Popen([program, "serve", "--config", str(config)],
                                            stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        self.ingest = self._address("ingest.addr")
        self.ops = self._address("ops.addr")
        poll(lambda: answers(f"http://{self.ops}/readyz"), "ready", self.process)

    def _address(self, name):
        path = self.data / name
        return poll(lambda: path.exists() and path.read_text(encoding="utf-8").strip(),
                    name, self.process)

    def scrape(self):
        return fetch(f"http://{self.ops}/metrics")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
