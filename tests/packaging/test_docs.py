"""The manual says what the code does."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import unittest
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.dispatch import Signal
from django.test import Client, override_settings

from django_chat import api, checks, signals
from django_chat.conf import ChatSettings
from django_chat.exceptions import REGISTRY, ChatError
from django_chat.groups.services.opening import open_reference
from django_chat.policy import ChatPolicy
from django_chat.rest.urls import urlpatterns
from django_chat.tenancy.actor import Actor
from django_chat.testing import ChatClient, stop_threads
from tests.shop.models import Order

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "django_chat").rglob("*.py"))
PAGES = sorted((ROOT / "docs").glob("*.md"))
METHODS = ("get", "post", "put", "patch", "delete")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def code_blocks(path: Path) -> list[tuple[int, str]]:
    """Return each Python block of a page with the line it begins at."""
    text = path.read_text()
    found = []
    # A block in a list is indented as the list is.
    for match in re.finditer(r"^( *)```python\n(.*?)^ *```", text, re.M | re.S):
        line = text.count("\n", 0, match.start()) + 1
        lines = match[2].split("\n")
        found.append((line, "\n".join(row.removeprefix(match[1]) for row in lines)))
    return found


BLOCKS = {
    f"{path.name}:{line}": code
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
    for line, code in code_blocks(path)
}


def blocks_with(words: str) -> pytest.MarkDecorator:
    """Parametrise a test with the blocks of the manual that match."""
    found = [
        pytest.param(code, id=where)
        for where, code in BLOCKS.items()
        if re.search(words, code, re.M)
    ]
    assert found, words
    return pytest.mark.parametrize("code", found)


def table(text: str) -> dict[str, list[str]]:
    """Return the cells of every table row whose first cell is one piece of code."""
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, re.M)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in rows}


@blocks_with("")
def test_a_reader_can_copy_code_that_is_python(code: str) -> None:
    compile(code, "<manual>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@blocks_with("^from django_chat")
def test_a_reader_can_import_what_the_manual_imports(code: str) -> None:
    imports = [row for row in ast.parse(code).body if isinstance(row, ast.ImportFrom)]
    ours = [row for row in imports if (row.module or "").startswith("django_chat")]

    exec(compile(ast.Module(list(ours), []), "<manual>", "exec"), {})  # noqa: S102


@blocks_with("^DJANGO_CHAT = ")
def test_settings_that_a_reader_copies_pass_the_checks(code: str) -> None:
    [value] = [
        row.value
        for row in ast.parse(code).body
        if isinstance(row, ast.Assign) and ast.unparse(row.targets[0]) == "DJANGO_CHAT"
    ]
    with override_settings(DJANGO_CHAT=ast.literal_eval(value)):
        assert checks.check_settings() == []


@pytest.fixture
def manual(transactional_db: None) -> Iterator[dict[str, Any]]:
    """What the code of the page on the Python API leaves behind, run in order."""
    make = get_user_model().objects.create_user
    namespace: dict[str, Any] = {
        "__name__": "manual",
        "ana": make("ana", first_name="Ana"),
        "bob": make("bob", is_staff=True),
    }
    receivers = signals.message_sent.receivers[:]
    for line, code in code_blocks(ROOT / "docs" / "python-api.md"):
        where = f"python-api.md, block at line {line}"
        exec(compile(code, where, "exec"), namespace)  # noqa: S102
    yield namespace
    signals.message_sent.receivers = receivers
    signals.message_sent.sender_receivers_cache.clear()
    stop_threads()


def test_a_host_hears_of_messages_as_the_manual_says(manual: dict[str, Any]) -> None:
    asyncio.run(manual["remind"](manual["ana"], manual["bob"]))

    assert manual["heard"] == ["Your cart is waiting."]


def test_a_host_replaces_classes_as_the_manual_says(manual: dict[str, Any]) -> None:
    ana, bob = manual["ana"], manual["bob"]
    stranger = get_user_model().objects.create_user("carl")
    actor, everybody = Actor(stranger), get_user_model().objects.all()
    token = signing.dumps({"user": ana.pk, "until": 2_000_000_000}, salt="chat")
    limiter = manual["SharedRateLimiter"]()
    key = uuid4().hex

    assert not manual["ShopPolicy"]().can_create_group(ana)
    assert list(manual["ShopDirectory"]().visible(actor, everybody)) == [bob]
    assert manual["ShopPresenter"]().card(ana)["name"] == "Ana"
    assert manual["StaffApart"]().allows(bob, "staff")
    assert manual["SignedTokens"]().authenticate(token)[0] == ana
    with pytest.raises(ChatError, match="ticket_invalid"):
        manual["SignedTokens"]().authenticate("forged")
    assert limiter.take("send", key) == 0
    assert limiter.take("send", key, cost=1_000) > 0


def test_a_host_guards_a_view_as_the_manual_says(
    manual: dict[str, Any], client: Client
) -> None:
    site = ModuleType("manual_urls")
    site.urlpatterns = manual["urlpatterns"]  # type: ignore[attr-defined]
    address = f"/chat/api/conversations/{manual['conversation'].pk}/messages/"
    with override_settings(ROOT_URLCONF=site):
        answers = {}
        for name in ("ana", "bob"):
            client.force_login(manual[name])
            answers[name] = client.get(address).status_code

    assert answers == {"ana": 403, "bob": 200}


def test_a_host_adds_a_command_as_the_manual_says(manual: dict[str, Any]) -> None:
    async def ask() -> dict[str, Any]:
        application = manual["application"]
        async with ChatClient(manual["bob"], application=application) as phone:
            return await phone.ask("shop.count_unread")

    answer = asyncio.run(ask())

    assert answer["type"] == "ack"
    assert answer["unread"] == 1


@pytest.mark.django_db
def test_people_talk_about_objects_as_the_manual_says() -> None:
    make = get_user_model().objects.create_user
    order = Order.objects.create(name="Tent for two")
    ana, bob = make("ana"), make("bob", is_staff=True)
    namespace: dict[str, Any] = {"ana": ana, "bob": bob, "order": order}
    for line, code in code_blocks(ROOT / "docs" / "about-objects.md"):
        where = f"about-objects.md, block at line {line}"
        exec(compile(code, where, "exec"), namespace)  # noqa: S102
    found, is_new = open_reference(actor=Actor(ana), reference=namespace["reference"])
    policy = namespace["OrderPolicy"]()
    offer = Order(name="Offer")

    assert (found, is_new) == (namespace["conversation"], False)
    assert not policy.can_open_about(ana, order, [bob], invited=False)
    assert policy.can_open_about(ana, offer, [bob], invited=False)
    assert policy.context_card(order, ana)["label"] == "Tent for two"
    assert str(order.pk) in policy.context_card(order, bob)["label"]


@pytest.mark.django_db(transaction=True)
def test_the_example_of_a_test_of_a_host_passes() -> None:
    [example] = [
        code
        for _, code in code_blocks(ROOT / "docs" / "install.md")
        if "django_chat.testing" in code
    ]
    namespace: dict[str, Any] = {"__name__": "manual"}
    exec(compile(example, "install.md", "exec"), namespace)  # noqa: S102
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(
        loader.loadTestsFromTestCase(kind)
        for kind in namespace.values()
        if isinstance(kind, type)
        and issubclass(kind, unittest.TestCase)
        and kind.__module__ == "manual"
    )
    result = unittest.TestResult()
    suite.run(result)

    assert result.testsRun == 2
    assert [text for _, text in result.errors + result.failures] == []


def test_a_host_finds_every_setting_with_its_default() -> None:
    rows = table(page("settings.md"))
    listed = {name: ast.literal_eval(row[0].strip("`")) for name, row in rows.items()}

    assert listed == {field.name: field.default for field in fields(ChatSettings)}


def test_no_setting_is_listed_twice() -> None:
    names = re.findall(r"^\| `([A-Z_]+)` \|", page("settings.md"), re.M)

    assert len(names) == len(set(names))


def test_a_host_finds_every_function_with_its_parameters() -> None:
    text = page("python-api.md")
    listed = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", text, re.M))
    expected = {}
    for name in api.__all__:
        function = getattr(api, name)
        if inspect.isfunction(function):
            expected[name] = set(inspect.signature(function).parameters) - {"tenant"}

    assert {
        name: set(re.findall(r"\w+", parameters)) for name, parameters in listed.items()
    } == expected
    for name in api.__all__:
        assert re.search(rf"`{name}\b", text), name


def test_a_host_finds_every_signal_with_its_arguments() -> None:
    text = table(page("python-api.md"))
    source = (ROOT / "src" / "django_chat" / "signals.py").read_text()
    for name in signals.__all__:
        if not isinstance(getattr(signals, name), Signal):
            continue
        [stated] = re.findall(
            rf'^{name} = Signal\(\)\n"""Arguments: (.*)"""', source, re.M
        )
        arguments = set(re.findall(r"`(\w+)`", stated))

        assert set(re.findall(r"`(\w+)`", text[name][1])) == arguments, name


def test_a_host_finds_every_question_of_the_policy() -> None:
    text = page("python-api.md")
    for name, _ in inspect.getmembers(ChatPolicy, inspect.isfunction):
        assert f"`{name}`" in text, name


def _address(route: Any) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))


def test_a_client_finds_every_endpoint_and_no_other() -> None:
    listed = re.findall(r"^### `([A-Z]+ \S+)`$", page("rest.md"), re.M)
    served = {
        f"{method.upper()} {_address(route)}"
        for route in urlpatterns
        for method in METHODS
        if hasattr(route.callback.view_class, method)
    }

    assert len(listed) == len(set(listed))
    assert set(listed) == served


def test_a_client_finds_every_code_with_its_status() -> None:
    rows = {
        name: int(row[0])
        for name, row in table(page("rest.md")).items()
        if row[0].isdigit()
    }
    rest = "".join(p.read_text() for p in SOURCES if p.parent.name != "ws")
    raised = set(re.findall(r'ChatError\(\s*"(\w+)"', rest))
    for_sockets = {"ticket_invalid"}

    assert raised > for_sockets
    assert rows == {name: REGISTRY[name].status for name in rows}
    assert raised - for_sockets <= set(rows)


def test_a_client_finds_each_named_code_in_the_table() -> None:
    text = page("rest.md")
    known = set(table(text))
    for errors in re.findall(r"^- (?:.*)Errors: (.*(?:\n  .*)*)", text, re.M):
        for name in re.findall(r"`([a-z_]+)`", errors):
            assert name in known | {"about", "file", "attachment_ids"}, name


def test_a_host_finds_every_system_check() -> None:
    source = inspect.getsource(checks)
    ids = set(re.findall(r'id="(django_chat\.[EW]\d+)"', source))

    assert ids
    assert set(table(page("install.md"))) & ids == ids


def test_every_page_can_be_reached_from_the_first() -> None:
    toctree = re.findall(r"```{toctree}\n(?::.*\n)*\n(.*?)```", page("index.md"), re.S)
    linked = {name for block in toctree for name in block.split()}

    assert linked == {path.stem for path in PAGES} - {"index"}
