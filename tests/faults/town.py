"""Fill a database for a fault test; prints whom it made, as JSON.

python -m tests.faults.town 10
"""

from __future__ import annotations

import json
import sys

import django


def main(count: int) -> None:
    """Make `count` people, a group of them all, and a stranger."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from django_chat import api

    call_command("migrate", verbosity=0)
    users = [
        get_user_model().objects.create_user(f"person{number}")
        for number in range(count + 1)
    ]
    *members, _stranger = users
    group = api.create_group(members[0], "Faults", members[1:])
    sessions = []
    for user in users:
        browser = Client()
        browser.force_login(user)
        sessions.append(browser.session.session_key)
    made = {
        "group": str(group.pk),
        "users": [str(user.pk) for user in users],
        "sessions": sessions,
    }
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
