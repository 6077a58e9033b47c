"""Fill the shop's database for the tests; prints whom it made, as JSON.

python -m tests.e2e.town 40
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

PASSWORD = "chat-demo"
LONG = 400
"""Messages in the conversation that is too long for one page."""


def main(count: int) -> None:
    """Make `count` people, and two more who have talked for long."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    users = [
        get_user_model().objects.create_user(
            f"person{number}",
            password=PASSWORD,
            first_name=f"Person{number}",
            last_name="Berg",
        )
        for number in range(count + 2)
    ]
    found = []
    for user in users:
        browser = Client()
        browser.force_login(user)
        found.append(
            {
                "id": str(user.pk),
                "username": user.username,
                "name": user.get_full_name(),
                "session": browser.session.session_key,
            }
        )
    *people, one, other = found
    long = {"people": [one, other], "id": talk(*users[count:])}
    sys.stdout.write(json.dumps({"people": people, "long": long}))


def talk(one: Any, other: Any) -> str:
    """Let two people send each other "1" to the last number; return where."""
    from django_chat.messages.sending import send_messages
    from tests.factories import direct, draft

    conversation = direct(one, other)
    drafts = [
        draft(one if number % 7 else other, conversation, str(number))
        for number in range(1, LONG + 1)
    ]
    send_messages(drafts)
    return str(conversation.pk)


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
