"""Whom members of the shop may find."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from django_chat.people.directory import Directory
from django_chat.tenancy.actor import Actor


class ShopDirectory(Directory):
    """In a small market everybody may see and write to everybody."""

    def visible(self, actor: Actor, users: QuerySet[Any]) -> QuerySet[Any]:
        return users
