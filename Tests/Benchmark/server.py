"""A redis-server of the benchmark's own: private socket, no port, no persistence, gone afterwards."""

import pathlib
import shutil
import subprocess
import tempfile
import time

import redis

START_DEADLINE_S = 300
ANSWER_DEADLINE_S = 300  # a SAVE of much data takes longer than the 5 s that redis-py waits by itself
STOP_DEADLINE_S = 30


class PrivateServer:
    """A running redis-server, as a context manager.

    It starts with the data of `snapshot`, if that file exists, and SAVE writes there; `arguments` are further words of
    its configuration.
    """

    def __init__(self, snapshot=None, arguments=()):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="session-janitor-bench-"))
        self.socket = self._folder / "redis.sock"
        self._log = self._folder / "redis.log"
        data = snapshot or self._folder / "dump.rdb"
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no",
                   "--dir", data.parent, "--dbfilename", data.name, "--rdbcompression", "no",
                   "--logfile", self._log, *arguments]
        try:
            # A session of its own: Ctrl-C reaches the benchmark alone, which then ends the server.
            self._process = subprocess.Popen([str(part) for part in command], start_new_session=True)
        except OSError:
            shutil.rmtree(self._folder)
            raise
        try:
            self.client = self._connected()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """Ends the server, and removes its folder."""
        self._process.terminate()
        try:
            self._process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder)

    def cpu_seconds(self):
        """What the main thread, the one that runs every command, has used so far."""
        pid = self._process.pid
        nanoseconds = pathlib.Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]
        return int(nanoseconds) / 1e9

    def _connected(self):
        """A client, once the server has loaded its data and answers."""
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=ANSWER_DEADLINE_S)
        deadline = time.monotonic() + START_DEADLINE_S
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
                return client
            except (redis.ConnectionError, redis.BusyLoadingError):
                time.sleep(0.05)
        log = self._log.read_text() if self._log.exists() else ""
        raise RuntimeError(f"redis-server did not start:\n{log}")
