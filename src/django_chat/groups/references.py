"""Signed references: how a page lets its reader open a conversation.

The site signs with whom it is, or about what, and who may open it. A client
hands the text back and cannot change it; it can read it, so it holds nothing secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import models

from django_chat.exceptions import ChatError
from django_chat.text import check_text
from django_chat.timeline.contexts import context_id, context_label
from django_chat.timeline.models import TITLE_MAX

__all__ = ["MAX_AGE", "Reference", "read_reference", "sign_reference"]

MAX_AGE = timedelta(days=7)
_SALT = "django_chat.reference"


@dataclass(frozen=True, slots=True)
class Reference:
    """What was signed. `user_id` is whom it was made for; None: nobody in particular.

    Without `label` it is about nothing: the direct conversation of the two it names.
    """

    tenant: str
    label: str
    object_id: str
    member_ids: frozenset[str]
    title: str
    user_id: str | None

    @property
    def people(self) -> frozenset[str]:
        """The ids of everybody whom the reference names."""
        named = () if self.user_id is None else (self.user_id,)
        return self.member_ids.union(named)


def sign_reference(
    about: models.Model | None,
    members: Sequence[Any],
    title: str = "",
    *,
    user: Any,
    tenant: str,
) -> str:
    """Return a text that stands for a conversation of `members`, and `user`, about `about`.

    With None it is the direct conversation of `user` and the one member. `user` is whom
    it is shown to; None for whomever the policy lets. It holds for seven days. Raises
    `invalid_payload` and `too_long` for what could not be opened.
    """
    check_text(title, field="title", limit=TITLE_MAX)
    user_id = None if user is None else str(user.pk)
    member_ids = {str(member.pk) for member in members}
    if not member_ids - {user_id}:
        raise ChatError("invalid_payload", field="members", detail={"min": 1})
    if about is None and (user is None or len(member_ids | {user_id}) != 2):
        raise ChatError("invalid_payload", field="about")
    signed = [
        tenant,
        "" if about is None else context_label(about),
        "" if about is None else context_id(about),
        sorted(member_ids),
        title,
        user_id,
    ]
    return signing.dumps(signed, salt=_SALT, compress=True)


def read_reference(text: str) -> Reference:
    """Return what was signed; raise `invalid_payload` when it was not, or is too old."""
    try:
        signed = signing.loads(text, salt=_SALT, max_age=MAX_AGE)
    except (signing.BadSignature, UnicodeEncodeError) as error:
        raise ChatError("invalid_payload", field="about") from error
    tenant, label, object_id, member_ids, title, user_id = signed
    return Reference(tenant, label, object_id, frozenset(member_ids), title, user_id)
