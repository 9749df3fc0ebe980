"""A PostgreSQL server of the tests' own, on a socket in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

USER = "dfl"


@dataclass(frozen=True)
class Server:
    """A server that runs; `programs` is where its programs are, `top` holds all that it writes."""

    programs: Path
    top: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@/{database}?host={self.top}"

    def make(self, database: str) -> str:
        """Make an empty database, and return its URL."""
        self.run("createdb", "-h", str(self.top), "-U", USER, "-T", "template0", database)
        return self.url(database)

    def start(self) -> None:
        options = f"-k {self.top} -c listen_addresses='' -c fsync=off"
        log = str(self.top / "log")
        self.run("pg_ctl", "start", "-w", "-D", str(self.top / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.top / "data"))

    def run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root
        other = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run(
            [*other, str(self.programs / program), *arguments],
            cwd="/",
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )


def find_programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@contextlib.contextmanager
def serve() -> Iterator[Server]:
    """A new server while in the context; skips the test where PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed")
    assert programs is not None, "install PostgreSQL: apt-get install postgresql"
    top = Path(tempfile.mkdtemp(prefix="dfl-pg-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(top, "postgres", "postgres")
    server = Server(programs, top)
    try:
        made = ("-D", str(top / "data"), "-A", "trust", "-U", USER, "--no-sync")
        server.run("initdb", *made, "-E", "UTF8", "--locale=C")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(top, ignore_errors=True)
