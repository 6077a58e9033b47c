"""Settings: none are needed, wrong ones are found, and they count when they are read."""

from __future__ import annotations

import dataclasses
import inspect
import os
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core import checks
from django.db import connections
from django.test import override_settings
from django.utils.module_loading import import_string

from django_chat import api
from django_chat.conf import ChatSettings, chat_settings, strategy
from django_chat.exceptions import ChatError
from django_chat.messages.drafts import check_content
from django_chat.policy import ChatPolicy
from tests.factories import direct, people

FIELDS = {field.name: field for field in dataclasses.fields(ChatSettings)}
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
CORE = "channels_redis.core.RedisChannelLayer"


def found(
    *, deploy: bool = False, databases: list[str] | None = None
) -> dict[str, str]:
    """Return id and hint of what our checks find."""
    messages = checks.run_checks(tags=["django_chat"], include_deployment_checks=deploy)
    if databases:
        messages += checks.run_checks(tags=[checks.Tags.database], databases=databases)
    return {
        message.id: message.hint or ""
        for message in messages
        if message.id and message.id.startswith("django_chat.")
    }


def with_layer(backend: str, **config: Any) -> Any:
    """Return settings with a channel layer."""
    layer = {"BACKEND": backend, "CONFIG": config}
    return override_settings(CHANNEL_LAYERS={"default": layer})


@pytest.fixture(autouse=True)
def no_layer() -> Iterator[None]:
    """Let each test choose its layer."""
    with override_settings(CHANNEL_LAYERS={}):
        yield


# --- none at all ------------------------------------------------------------


def test_without_settings_nothing_is_wrong() -> None:
    assert not hasattr(django_settings, "DJANGO_CHAT")
    assert found() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("value", [{}, None])
def test_without_settings_one_can_chat(value: Any) -> None:
    with override_settings(DJANGO_CHAT=value):
        ana, ben = people("ana", "ben")
        assert api.send(ana, direct(ana, ben), "Hello").seq == 1


def test_every_default_passes_its_own_check() -> None:
    everything = dataclasses.asdict(ChatSettings())
    with override_settings(DJANGO_CHAT=everything | {"WS_TOKEN_IN_QUERY": False}):
        assert found() == {}


def test_every_class_that_is_named_is_there() -> None:
    for name, value in dataclasses.asdict(ChatSettings()).items():
        if isinstance(value, str) and value.startswith("django_chat."):
            assert isinstance(import_string(value), type), name


# --- wrong ones -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MESSAGE_MAX_LENGHT", "MESSAGE_MAX_LENGTH"),
        ("EDIT_WINDOW", "EDIT_WINDOW_SECONDS"),
        ("POLICY_CLASS", "POLICY"),
        ("TENANT_RESOLVERS", "TENANT_RESOLVER"),
    ],
)
def test_a_misspelt_name_is_found_with_what_was_meant(name: str, meant: str) -> None:
    with override_settings(DJANGO_CHAT={name: 1}):
        assert found()["django_chat.E001"] == f"Did you mean {meant}?"


@pytest.mark.parametrize("name", ["XYZZY", "", 5, None, ("a",)])
def test_a_name_of_nothing_is_found_too(name: Any) -> None:
    with override_settings(DJANGO_CHAT={name: 1}):
        assert "reference" in found()["django_chat.E001"]


def test_an_unknown_name_stops_nobody() -> None:
    with override_settings(DJANGO_CHAT={"XYZZY": 1, "MESSAGE_MAX_LENGTH": 7}):
        assert chat_settings.MESSAGE_MAX_LENGTH == 7


@pytest.mark.parametrize("value", [None, [], "x", 5, [("MESSAGE_MAX_LENGTH", 5)]])
def test_settings_that_are_no_dict_are_an_error(value: Any) -> None:
    with override_settings(DJANGO_CHAT=value):
        assert "django_chat.E002" in found()


WRONG: dict[str, list[Any]] = {
    "int": ["5", 5.0, None, True, -1, [5]],
    "float": ["5", None, True, 0, -1.0, float("nan"), [5.0]],
    "bool": [0, 1, "yes", None, "False"],
    "str": [5, None, b"x", ["x"], ChatPolicy],
    "tuple[str, ...]": ["https://a.example", [5], None, {"https://a.example": 1}],
    "Literal['from_join', 'all']": ["none", None, True, ["all"]],
}


def test_a_wrong_type_is_found_for_every_setting() -> None:
    for name, kind in FIELDS.items():
        wrong = WRONG[str(kind.type).replace('"', "'")]
        for value in wrong:
            with override_settings(DJANGO_CHAT={name: value}):
                messages = checks.run_checks(tags=["django_chat"])
            ours = [m for m in messages if m.id == "django_chat.E002"]
            assert len(ours) == 1, (name, value)
            assert name in ours[0].msg
            assert str(kind.type) in (ours[0].hint or "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PING_SECONDS", 25),
        ("EDIT_WINDOW_SECONDS", 0),
        ("ALLOWED_ORIGINS", ["https://a.example"]),
        ("ALLOWED_ORIGINS", ("https://a.example",)),
        ("GROUP_HISTORY", "all"),
    ],
)
def test_what_one_would_write_is_right(name: str, value: Any) -> None:
    with override_settings(DJANGO_CHAT={name: value}):
        assert found() == {}
        assert getattr(chat_settings, name) == (
            tuple(value) if isinstance(value, list) else value
        )


class Unrelated:
    """A class that is not what any setting wants."""


STRATEGIES = [
    name
    for name, value in dataclasses.asdict(ChatSettings()).items()
    if isinstance(value, str) and value.startswith("django_chat.")
]


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "no.such.module.Class",
        "django_chat.policy.NoSuchClass",
        "django_chat.policy.policy",
        f"{__name__}.Unrelated",
        "",
    ],
)
def test_a_class_that_cannot_serve_is_found(name: str, path: str) -> None:
    if name == "BASE_TEMPLATE":
        pytest.skip("a template, not a class")
    with override_settings(DJANGO_CHAT={name: path}):
        assert found()["django_chat.E003"]


def test_a_site_without_content_types_is_told_to_add_them(tmp_path: Path) -> None:
    """In a process of its own: what has been loaded there cannot be taken back."""
    users = tmp_path / "members"
    users.mkdir()
    (users / "__init__.py").touch()
    (users / "models.py").write_text(
        "from django.contrib.auth.base_user import AbstractBaseUser\n"
        "from django.db import models\n"
        "class Member(AbstractBaseUser):\n"
        "    name = models.CharField(max_length=9, unique=True)\n"
        "    USERNAME_FIELD = 'name'\n"
    )
    program = (
        "import django\n"
        "from django.conf import settings\n"
        "settings.configure(\n"
        "    INSTALLED_APPS=['members', 'django_chat'],\n"
        "    AUTH_USER_MODEL='members.Member',\n"
        ")\n"
        "django.setup()\n"
        "from django.core import checks\n"
        "found = checks.run_checks(tags=['django_chat'])\n"
        "print(*(message.id for message in found))\n"
    )
    kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["django_chat.E005"]


def test_tokens_in_addresses_are_warned_of() -> None:
    with override_settings(DJANGO_CHAT={"WS_TOKEN_IN_QUERY": True}):
        assert "WS_TOKEN_IN_QUERY off" in found()["django_chat.W001"]


@pytest.mark.django_db
def test_sqlite_that_gives_up_at_once_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    if backend != "sqlite":
        assert found(databases=["default"]) == {}
        return
    options = connections["default"].settings_dict["OPTIONS"]
    for mode in ("IMMEDIATE", "immediate"):
        monkeypatch.setitem(options, "transaction_mode", mode)
        assert found(databases=["default"]) == {}
    for weak in ("DEFERRED", "", None):
        monkeypatch.setitem(options, "transaction_mode", weak)
        assert "IMMEDIATE" in found(databases=["default"])["django_chat.W002"]
    # Asked of no database, as by `manage.py check`, nothing is connected to.
    assert found() == {}


def test_a_layer_that_ends_at_the_process_is_warned_of_in_production() -> None:
    assert found() == {}
    assert PUBSUB in found(deploy=True)["django_chat.W003"]
    with with_layer("channels.layers.InMemoryChannelLayer"):
        assert "django_chat.W003" in found(deploy=True)
    with with_layer(PUBSUB, hosts=["redis://127.0.0.1:1"]):
        assert found(deploy=True) == {}


def test_a_layer_whose_idle_sockets_break_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "redis://127.0.0.1:1"
    with with_layer(CORE, hosts=[address]):
        monkeypatch.setattr(redis, "__version__", "8.1.0")
        assert PUBSUB in found()["django_chat.E004"]
        monkeypatch.setattr(redis, "__version__", "7.4.0")
        assert found() == {}
    monkeypatch.setattr(redis, "__version__", "8.1.0")
    with with_layer(CORE, hosts=[{"address": address, "socket_timeout": None}]):
        assert found() == {}
    with with_layer(PUBSUB, hosts=[address]):
        assert found() == {}


@pytest.mark.parametrize("alias", ["other", 5, ["default"]])
def test_a_layer_that_is_not_there_is_none(alias: Any) -> None:
    with override_settings(DJANGO_CHAT={"CHANNEL_LAYER": alias}):
        assert "django_chat.W003" in found(deploy=True)


# --- read when needed -------------------------------------------------------


def test_a_setting_counts_from_the_moment_it_is_set() -> None:
    check_content("123456")
    with override_settings(DJANGO_CHAT={"MESSAGE_MAX_LENGTH": 5}):
        with pytest.raises(ChatError, match="too_long"):
            check_content("123456")
        with override_settings(DJANGO_CHAT={"MESSAGE_MAX_LENGTH": 6}):
            check_content("123456")
        with pytest.raises(ChatError, match="too_long"):
            check_content("123456")
    check_content("123456")


class First(ChatPolicy):
    """One host's rules."""


class Second(ChatPolicy):
    """Another's."""


def test_a_class_is_made_once_and_forgotten_with_its_setting() -> None:
    with override_settings(DJANGO_CHAT={"POLICY": f"{__name__}.First"}):
        one = strategy("POLICY")
        assert type(one) is First
        assert strategy("POLICY") is one
        with override_settings(DJANGO_CHAT={"POLICY": f"{__name__}.Second"}):
            assert type(strategy("POLICY")) is Second
        assert type(strategy("POLICY")) is First
    assert type(strategy("POLICY")) is ChatPolicy


def test_nobody_reads_a_setting_at_import() -> None:
    """Names are looked up on the object, so a misspelt one is an error."""
    with pytest.raises(AttributeError):
        _ = chat_settings.MESSAGE_MAX_LENGHT  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        ChatSettings().MESSAGE_MAX_LENGTH = 5  # type: ignore[misc]


def test_every_setting_is_explained_and_typed() -> None:
    hints = typing.get_type_hints(ChatSettings)
    source = inspect.getsource(ChatSettings)
    for name in FIELDS:
        assert name in hints
        after = source.split(f"    {name}: ", 1)[1].split("\n", 1)[1].lstrip()
        assert after.startswith('"""'), name
