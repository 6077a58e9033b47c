"""There and back on one database, run as a program so that nothing leaks.

Migrates an empty database forward, chats a little, goes back to nothing and forward
again. Fails by raising.
"""

from __future__ import annotations

import django
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 (needs the apps)

from django_chat import api  # noqa: E402
from django_chat.feed.history import history_page  # noqa: E402
from django_chat.messages.models import Reaction  # noqa: E402
from django_chat.messages.sending import Sent, send_messages  # noqa: E402
from django_chat.tenancy.actor import Actor  # noqa: E402
from django_chat.timeline.models import Message  # noqa: E402
from tests.factories import draft  # noqa: E402


def chat_tables() -> set[str]:
    """Return the tables of the chat that are there."""
    names = connection.introspection.table_names()
    return {name for name in names if name.startswith("django_chat_")}


def chat() -> None:
    """Send, repeat, react, edit and read, with what databases like to confuse."""
    users = get_user_model().objects
    ana, ben = (users.create_user(name) for name in ("ana", "ben"))
    letters = api.open_direct(ana, ben)
    assert api.open_direct(ben, ana) == letters

    # Two keys that differ only by case are two, and the same one is one.
    lower = api.send(ana, letters, "é😀 lower", client_id="key-a")
    upper = api.send(ana, letters, "É😀 upper", client_id="key-A")
    assert lower != upper
    assert api.send(ana, letters, "é😀 lower", client_id="key-a") == lower

    # So are two emoji, however much a collation may take them for the same.
    for emoji in ("👍", "👎", "🎉", "❤️", "❤"):
        api.react(ben, lower, emoji)
    assert Reaction.objects.count() == 5
    assert Reaction.objects.filter(emoji="👍").count() == 1

    outcomes = send_messages([draft(ben, letters, f"{n} @ana") for n in range(20)])
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    api.edit_message(ana, upper, "Edited", tenant="")
    api.delete_message(ana, upper)
    club = api.create_group(ana, "Climbing", [ben, users.create_user("cem")])
    api.send(ben, club, "Hello @all", extra={"ключ": "値"}, reply_to=None)
    about = api.open_about(ana, club, [ben])
    assert api.open_about(ben, club, [ana]) == about
    assert list(api.conversations_about(ben, club)) == [about]

    assert api.unread_for(ana) == 21
    assert api.mark_read(ana, letters).unread_count == 0
    page = history_page(actor=Actor(ana), conversation_id=letters.pk)
    assert [row["seq"] for row in page.results] == list(range(1, 23))
    assert page.results[0]["content"] == "é😀 lower"
    assert len(page.results[0]["reactions"]) == 5
    seqs = Message.objects.filter(conversation=letters).order_by("seq")
    assert list(seqs.values_list("ordinal", flat=True)) == list(range(1, 23))
    ben.delete()
    assert history_page(actor=Actor(ana), conversation_id=letters.pk).seq == 22


def main() -> None:
    """Go there and back."""
    assert chat_tables() == set()
    call_command("migrate", verbosity=0)
    tables = chat_tables()
    assert len(tables) >= 12, tables
    call_command("makemigrations", "django_chat", check=True, dry_run=True, verbosity=0)
    with override_settings(CHANNEL_LAYERS={}):
        chat()
    call_command("migrate", "django_chat", "zero", verbosity=0)
    assert chat_tables() == set()
    call_command("migrate", "django_chat", verbosity=0)
    assert chat_tables() == tables


main()
