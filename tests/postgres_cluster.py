"""A real PostgreSQL with a real PostgREST in front, on loopback and free ports, for as long as the tests run."""

from __future__ import annotations

import contextlib
import glob
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.live_server import free_port

ROOT = Path(__file__).parent.parent
JWT_SECRET = "a secret of the tests, of thirty-two letters and more"
# As a Supabase project has them, with its default grants to whoever asks.
_ROLES = """
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD 'authenticator';
GRANT anon, authenticated, service_role TO authenticator;
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
"""


def token(role: str, *, seconds: float = 3600, secret: str = JWT_SECRET, **claims: Any) -> str:
    """A key as Supabase gives them."""
    return jwt.encode({"role": role, "exp": int(time.time() + seconds), **claims}, secret, algorithm="HS256")


def _binaries() -> Path:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb")]
    if found[-1] is None:
        pytest.fail("no PostgreSQL here: run scripts/setup_postgrest.sh")
    return Path(found[-1]).resolve().parent


def _postgrest() -> str:
    named = os.environ.get("POSTGREST_PATH") or shutil.which("postgrest")
    path = Path(named or ROOT / ".setup" / "postgrest" / "postgrest")
    if not path.is_file():
        pytest.fail("no PostgREST here: run scripts/setup_postgrest.sh")
    return str(path)


class Cluster:
    """`database_url` is the owner's; PostgREST listens on `rest_port` and gives `max_rows` a request."""

    def __init__(self, max_rows: int = 40) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="p2n-pg-", dir="/tmp"))
        # PostgreSQL refuses to be root.
        self._as: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        )
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self.port, self.rest_port = free_port(), free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._log = (self.folder.parent / f"{self.folder.name}.log").open("wb")
        self.database_url = f"postgresql://postgres:owner@127.0.0.1:{self.port}/postgres"
        try:
            self._start_postgres()
            self.psql(_ROLES)
            self._start_postgrest(max_rows)
        except BaseException:
            self.stop()
            raise

    def _start_postgres(self) -> None:
        data = self.folder / "data"
        password = self.folder / "password"
        password.write_text("owner")
        initdb = [str(_binaries() / "initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256"]
        options = ["--pwfile", str(password), "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [*initdb, *options], check=True, cwd="/", stdout=self._log, stderr=subprocess.STDOUT, **self._as
        )
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 60,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._run([str(_binaries() / "postgres"), "-D", str(data), *options])
        deadline = time.monotonic() + 60
        while subprocess.run(
            [str(_binaries() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        ).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)

    def _start_postgrest(self, max_rows: int) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "PGRST_DB_URI": f"postgresql://authenticator:authenticator@127.0.0.1:{self.port}/postgres",
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_DB_MAX_ROWS": str(max_rows),
            "PGRST_DB_POOL": "10",
            "PGRST_JWT_SECRET": JWT_SECRET,
            "PGRST_SERVER_HOST": "127.0.0.1",
            "PGRST_SERVER_PORT": str(self.rest_port),
            "PGRST_LOG_LEVEL": "warn",
        }
        self._run([_postgrest()], env=environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                probe = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=5)
                probe.request("GET", "/")
                status = probe.getresponse().status
                probe.close()
                if status in (200, 401):
                    return
            time.sleep(0.05)
        raise RuntimeError("PostgREST did not start")

    def _run(self, command: list[str], **options: Any) -> None:
        process = subprocess.Popen(
            command, cwd="/", stdout=self._log, stderr=subprocess.STDOUT, **self._as, **options
        )
        self._processes.append(process)

    def until_known(self) -> None:
        """PostgREST learns of a migration in its own time, and what it answers before is PGRST202."""
        headers = {
            "Authorization": f"Bearer {token('service_role')}",
            "Content-Type": "application/json",
        }
        nothing = json.dumps({"request": None, "operation": "", "arguments": {}})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            # Its list of what there is comes from the database itself and says nothing of what it knows.
            asked = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=30)
            asked.request("POST", "/rpc/p2n_write", nothing, headers)
            answer = json.loads(asked.getresponse().read())
            asked.close()
            if not isinstance(answer, dict) or answer.get("code") != "PGRST202":
                return
            time.sleep(0.2)
        raise RuntimeError("PostgREST has not learnt of the migrations")

    def psql(self, script: str, database: str = "postgres") -> str:
        """What a person at PostgreSQL's own prompt gets, as rows of unaligned text."""
        url = self.database_url.rsplit("/", 1)[0] + f"/{database}"
        done = subprocess.run(
            [str(_binaries() / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url],
            input=script.encode(),
            capture_output=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode().strip()

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.send_signal(2)  # PostgreSQL: end at once, in order
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self._log.name).unlink(missing_ok=True)
