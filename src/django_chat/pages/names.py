"""How the people in system lines are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django_chat.people.keys import user_keys
from django_chat.people.presenters import presenter
from django_chat.timeline.models import Participant

__all__ = ["names_in"]


def names_in(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Return the names of everybody in the system lines given, by id. One query.

    Each line comes with the id of its conversation: only who is or was a member there
    can be in it. No lines, no query.
    """
    wanted: dict[str, set[str]] = {}
    for conversation_id, system in lines:
        people = {system.get("actor"), *(system.get("targets") or ())} - {None}
        wanted.setdefault(conversation_id, set()).update(map(str, people))
    everybody = user_keys(set().union(*wanted.values()))
    if not everybody:
        return {}
    rows = Participant.objects.filter(
        conversation__in=list(wanted), user__in=everybody
    ).select_related("user")
    shown = presenter()
    return {str(row.user_id): shown.name(row.user) for row in rows}
