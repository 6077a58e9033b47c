"""Users for the names of an archive: found by username, or made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower

from django_chat.people.directory import has_column
from django_chat.timeline.transactions import database

__all__ = ["users_named"]

_UNFIT = re.compile(r"[^\w.@+-]+")
_STEM_MAX = 100


def users_named(names: Iterable[str]) -> tuple[dict[str, Any], int]:
    """Return a user for each name, and how many were made.

    Somebody whose username is the name is that person. Otherwise a user is made, with
    the name as first name, and without a password: nobody can log in as him until the
    host gives him one. The same name gives the same user in every run.
    """
    wanted = list(dict.fromkeys(names))
    found = _by_username(wanted)
    taken = {username.lower() for username in found}
    people: dict[str, Any] = {}
    made = 0
    for name in wanted:
        plain, marked = _stem(name), _marked(name)
        user = found.get(name) or found.get(marked)
        if user is None:
            is_free = plain == name and name.lower() not in taken
            user = _make(name, name if is_free else marked)
            taken.add(user.get_username().lower())
            made += 1
        people[name] = user
    return people, made


def _stem(name: str) -> str:
    return _UNFIT.sub(".", name).strip(".")[:_STEM_MAX]


def _marked(name: str) -> str:
    """Return a username that no other name has, for names that are none themselves."""
    mark = blake2b(name.encode(), digest_size=3).hexdigest()
    return f"{_stem(name).lower() or 'user'}.{mark}"


def _by_username(names: list[str]) -> dict[str, Any]:
    """Return the users that might be meant, also those that differ only in case.

    Some databases hold `Ana` and `ana` to be the same username.
    """
    field = get_user_model().USERNAME_FIELD
    lowered = {variant.lower() for name in names for variant in (name, _marked(name))}
    rows = (
        get_user_model()
        ._default_manager.using(database())
        .annotate(_lowered=Lower(field))
        .filter(_lowered__in=lowered)
    )
    return {user.get_username(): user for user in rows}


def _make(name: str, username: str) -> Any:
    model = get_user_model()
    user: Any = model(**{model.USERNAME_FIELD: username})
    if username != name and has_column(model, "first_name"):
        user.first_name = name
    user.set_unusable_password()
    user.save(using=database(), force_insert=True)
    return user
