"""`manage.py chat_renew_epoch`: run it after restoring a backup."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from django_chat.feed.epoch import renew_epoch

__all__ = ["Command"]


class Command(BaseCommand):
    """Makes clients drop what they remember of a life that the database has lost."""

    help = (
        "Make every client load its conversations anew. Run it after restoring a "
        "backup: clients may know of messages that no longer exist."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        epoch = renew_epoch()
        self.stdout.write(f"The epoch is {epoch} now.")
