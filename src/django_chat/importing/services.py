"""Importing a chat archive.

Each batch is one transaction: an import that dies leaves whole batches behind, and the
next run goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any
from uuid import UUID

from django_chat.exceptions import ChatError
from django_chat.ids import new_id_at
from django_chat.importing.history import Entry, import_messages
from django_chat.importing.people import users_named
from django_chat.importing.records import Record, RecordReader
from django_chat.messages.sending import Outcome, Sent
from django_chat.timeline.models import Conversation, Participant
from django_chat.timeline.transactions import database, write

__all__ = ["Entry", "Imported", "Problem", "import_archive", "import_messages"]

BATCH = 500
_PROBLEMS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was skipped, and why."""

    line: int
    error: ChatError


@dataclass(slots=True)
class Imported:
    """What an import did. `problems` holds the first hundred of `skipped` lines."""

    added: int = 0
    repeated: int = 0
    skipped: int = 0
    conversations: int = 0
    users: int = 0
    problems: list[Problem] = field(default_factory=list)

    def skip(self, line: int, error: ChatError) -> None:
        """Note a line that cannot be stored."""
        self.skipped += 1
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(Problem(line, error))


def import_archive(
    lines: Iterable[str],
    *,
    tenant: str = "",
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Store a chat archive of JSON lines, one group for each `conversation` it names.

    Each line is `{"conversation", "user", "timestamp", "text"}`, in the order in which
    things were said. Everything counts as read. Bad lines are skipped and reported; a
    second run of the same lines adds nothing. `progress` is called after each batch
    with the number of lines done.
    """
    report = Imported()
    reader = RecordReader(tenant)
    numbered = enumerate(lines, start=1)
    done = 0
    while batch := list(islice(numbered, BATCH)):
        records = []
        for number, line in batch:
            if not line.strip():
                continue
            try:
                records.append(reader.read(number, line))
            except ChatError as error:
                report.skip(number, error)
        if records:
            _count(report, records, *_store(tenant, records))
        done += len(batch)
        if progress is not None:
            progress(done)
    return report


@write
def _store(tenant: str, records: list[Record]) -> tuple[list[Outcome], int, int]:
    people, users = users_named(record.user for record in records)
    groups, made = _groups_named(tenant, records, people)
    entries = [
        Entry(
            conversation_id=groups[record.conversation],
            author=people[record.user],
            content=record.text,
            created_at=record.created_at,
            client_id=record.key,
        )
        for record in records
    ]
    return import_messages(entries=entries, tenant=tenant), made, users


def _count(
    report: Imported,
    records: list[Record],
    outcomes: list[Outcome],
    conversations: int,
    users: int,
) -> None:
    report.conversations += conversations
    report.users += users
    for record, outcome in zip(records, outcomes, strict=True):
        if isinstance(outcome, Sent):
            report.repeated += outcome.duplicate
            report.added += not outcome.duplicate
        elif outcome.code == "idempotency_conflict":
            # The key is made of the content, so it is the same message; it was stored
            # under another SECRET_KEY.
            report.repeated += 1
        else:
            report.skip(record.line, outcome)


def _groups_named(
    tenant: str, records: list[Record], people: dict[str, Any]
) -> tuple[dict[str, UUID], int]:
    """Return the group of each conversation named, and how many were made."""
    names = {record.conversation for record in records}
    keys = {name: _group_key(tenant, name) for name in names}
    rows = Conversation.objects.using(database()).filter(
        tenant=tenant, client_id__in=keys.values()
    )
    by_key = dict(rows.values_list("client_id", "pk"))
    known = {name: by_key[key] for name, key in keys.items() if key in by_key}
    made = 0
    for record in records:
        if record.conversation not in known:
            owner = people[record.user]
            group = _make_group(tenant, record, owner, keys[record.conversation])
            known[record.conversation] = group.pk
            made += 1
    return known, made


def _group_key(tenant: str, name: str) -> str:
    digest = blake2b(f"{tenant}\0{name}".encode(), digest_size=20)
    return f"import-{digest.hexdigest()}"


def _make_group(tenant: str, record: Record, owner: Any, key: str) -> Conversation:
    """Make a group as of its first message; its first speaker owns it."""
    group = Conversation(
        id=new_id_at(record.created_at),
        tenant=tenant,
        kind=Conversation.Kind.GROUP,
        title=record.conversation,
        created_by=owner,
        client_id=key,
        created_at=record.created_at,
        last_activity=record.created_at,
        member_count=1,
    )
    group.save(using=database(), force_insert=True)
    Participant.objects.using(database()).create(
        conversation=group,
        user=owner,
        role=Participant.Role.OWNER,
        joined_at=record.created_at,
        joined_seq=1,
    )
    return group
