"""Servers of a test as its child processes: in a folder of its own, on free ports of 127.0.0.1, killed
with it."""

import os
import pwd
import shutil
import socket
import subprocess

from prometheus_service import poll

PORT_ATTEMPTS = 3


def missing(*programs):
    """Those that are not installed, setpriv among them."""
    return [name for name in (*programs, "setpriv")
            if shutil.which(name, path="/usr/sbin:/usr/bin:/bin") is None]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Has a folder and a port. Its class says how it is started (`command`, after `prepare`), and how
    one sees that it is ready (`answers`)."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.prepare()
        # Somebody else may take a free port before the server does.
        for _ in range(PORT_ATTEMPTS):
            self.port = free_port()
            self._start()
            if self.process.poll() is None:
                return
        raise AssertionError(f"{folder.name} does not start")

    def _start(self):
        with open(self.folder.with_suffix(".log"), "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, self.command())], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            poll(lambda: self.answers() or self.process.poll() is not None, self.folder.name)
        except BaseException:
            self.kill()
            raise

    def prepare(self):
        pass

    def says(self, question, size):
        """The beginning of what comes over a connection of its own; empty if nobody is there."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                connection.sendall(question)
                return connection.recv(size)
        except OSError:
            return b""

    def kill(self):
        self.process.kill()
        self.process.wait()


class Redis(Server):
    def command(self):
        return ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "yes", "--appendfsync", "always"]

    def answers(self):
        return self.says(b"PING\r\n", 7) == b"+PONG\r\n"

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"


class Mariadb(Server):
    def prepare(self):
        (self.folder / "init.sql").write_text(
            "CREATE DATABASE shop;\nCREATE USER tester@'%';\nGRANT ALL ON shop.* TO tester@'%';\n",
            encoding="utf-8")
        self.data = [f"--datadir={self.folder / 'data'}", "--innodb-log-file-size=16M",
                     f"--user={pwd.getpwuid(os.geteuid()).pw_name}"]
        subprocess.run(["mariadb-install-db", "--no-defaults", *self.data, "--skip-test-db",
                        "--auth-root-authentication-method=normal"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def command(self):
        return ["/usr/sbin/mariadbd", "--no-defaults", *self.data,
                f"--socket={self.folder / 'socket'}", f"--init-file={self.folder / 'init.sql'}",
                "--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve"]

    def answers(self):
        # It greets once the initial statements have run.
        return self.says(b"", 1) != b""

    @property
    def url(self):
        return f"mysql://tester@127.0.0.1:{self.port}/shop"
