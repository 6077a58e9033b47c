"""What a host gets from `pip install`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import django_chat

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "django_chat"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that the present state of the sources makes."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    done = subprocess.run(
        [*build, "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def shipped(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    [name] = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    return Parser().parsestr(wheel.read(name).decode())


def test_a_host_gets_every_source_file_and_nothing_else(shipped: set[str]) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip(f"not a git checkout: {listing.stderr.strip()}")
    sources = {name for name in listing.stdout.splitlines() if (ROOT / name).exists()}

    assert shipped == {name.removeprefix("src/") for name in sources}


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_a_host_gets_what_is_not_python(shipped: set[str], folder: str) -> None:
    # From the disk, not from git: a pattern in .gitignore that is too broad
    # takes a file out of both the repository and the wheel.
    files = [path for path in (PACKAGE / folder).rglob("*") if path.is_file()]

    assert files
    assert {path.relative_to(PACKAGE.parent).as_posix() for path in files} <= shipped


def test_a_type_checker_is_told_that_there_are_types(shipped: set[str]) -> None:
    assert "django_chat/py.typed" in shipped


def test_a_host_gets_the_version_that_the_package_names(metadata: Message) -> None:
    assert metadata["Name"] == "django-chat-app"
    assert metadata["Version"] == django_chat.__version__


def test_a_host_that_wants_no_extra_gets_only_the_core(metadata: Message) -> None:
    requirements = metadata.get_all("Requires-Dist", [])
    core = {line for line in requirements if "extra ==" not in line}

    names = {line.partition(">")[0].partition("<")[0].lower() for line in core}
    assert names == {
        "channels",
        "django",
        "django-filter",
        "djangorestframework",
        "uuid-utils",
    }
