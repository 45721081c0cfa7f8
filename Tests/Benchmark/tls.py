"""What TLS costs: the janitor's dry run over plain TCP and over TLS, in turn, on the same server on loopback."""

import contextlib
import dataclasses
import pathlib
import socket
import subprocess
import tempfile

from contenders import Contender
from report import Goal

HOST = "127.0.0.1"
LEAST_SPEED = 0.8


@dataclasses.dataclass(frozen=True)
class Loopback:
    """The two ports of one server, and the authority whose certificate it shows."""

    plain_port: int
    tls_port: int
    certificate: pathlib.Path
    key: pathlib.Path

    @property
    def arguments(self):
        """What redis-server is started with."""
        return ["--bind", HOST, "--port", self.plain_port, "--tls-port", self.tls_port, "--tls-auth-clients", "no",
                "--tls-cert-file", self.certificate, "--tls-key-file", self.key, "--tls-ca-cert-file", self.certificate]

    def ways(self, janitor):
        """Each contender with the URL it is to use."""
        def way(name, scheme, port, *options):
            dry_run = Contender(name, (janitor, "--dry-run", "--json", *options), "dry", is_janitor=True)
            return dry_run, f"{scheme}://{HOST}:{port}/0"

        return [way("janitor-tcp", "redis", self.plain_port),
                way("janitor-tls", "rediss", self.tls_port, "--cacert", self.certificate)]


def free_port():
    """A port that was free a moment ago."""
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def loopback():
    """Free ports and a new certificate, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="session-janitor-bench-") as folder:
        certificate, key = pathlib.Path(folder, "server.crt"), pathlib.Path(folder, "server.key")
        subprocess.run(["openssl", "req", "-x509", "-days", "2", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=bench", "-addext",
                        f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", certificate],
                       check=True, stderr=subprocess.DEVNULL)
        yield Loopback(free_port(), free_port(), certificate, key)


def tls_goals(results):
    """The goal, from the medians of both ways."""
    return [Goal(f"dry run over TLS ≥ {LEAST_SPEED} times as fast as over plain TCP",
                 lambda: results["janitor-tcp"]["wall_s"] / results["janitor-tls"]["wall_s"], LEAST_SPEED,
                 at_least=True)]
