"""A shop where two conversations differ in nothing but their length.

`python -m tests.e2e.archive` fills its database, and prints who may read them, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django

from tests.e2e.site import Shop
from tests.faults.site import ROOT

__all__ = ["LONG", "SHORT", "Archive"]

SHORT = 100
LONG = 10_000
BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
TEXTS = ["Good morning", "I will have a look at it this afternoon.", "Thanks!"]


class Archive(Shop):
    """Two imported conversations of one reader; `talks` has their ids by their length."""

    talks: dict[int, str]

    def _fill(self) -> Any:
        self._environment["DJANGO_SETTINGS_MODULE"] = "tests.e2e.archive_settings"
        made = subprocess.run(
            [sys.executable, "-m", "tests.e2e.archive"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=300,
        )
        town = json.loads(made.stdout)
        self.talks = {int(length): talk for length, talk in town["talks"].items()}
        return {
            "people": [],
            "long": {"people": [town["reader"]], "id": self.talks[LONG]},
        }


def lines(length: int) -> Iterator[str]:
    """Write a conversation of so many messages, which ends at the same moment as others."""
    for number in range(LONG - length, LONG):
        at = BEGIN + timedelta(minutes=number)
        record = {
            "conversation": f"{length} messages",
            "user": "mira" if number % 3 else "ben",
            "timestamp": at.isoformat(),
            "text": f"{TEXTS[number % len(TEXTS)]} {number}",
        }
        yield json.dumps(record)


def main() -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from django_chat.importing.services import import_archive
    from django_chat.timeline.models import Conversation

    call_command("migrate", verbosity=0)
    reader = get_user_model().objects.create_user("mira", first_name="Mira")
    talks = {}
    for length in (SHORT, LONG):
        report = import_archive(lines(length))
        assert report.added == length, report
        found = Conversation.objects.get(title=f"{length} messages")
        talks[length] = str(found.pk)
    browser = Client()
    browser.force_login(reader)
    person = {
        "id": str(reader.pk),
        "username": reader.username,
        "name": reader.get_full_name(),
        "session": browser.session.session_key,
    }
    sys.stdout.write(json.dumps({"reader": person, "talks": talks}))


if __name__ == "__main__":
    django.setup()
    main()
