"""The object of the host's site that a conversation is about, and how it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.http import url_has_allowed_host_and_scheme

from django_chat.exceptions import ChatError
from django_chat.policy import policy
from django_chat.tenancy.actor import Actor
from django_chat.text import is_storable
from django_chat.timeline.models import CONTEXT_ID_MAX, Conversation
from django_chat.timeline.querysets import ConversationQuerySet
from django_chat.timeline.transactions import database

__all__ = [
    "LABEL_MAX",
    "context_fields",
    "context_id",
    "context_key",
    "context_label",
    "context_payload",
    "conversations_about",
    "find_object",
    "objects_of",
]

LABEL_MAX = 120


def context_label(about: models.Model) -> str:
    """Return the kind of an object as it travels, such as `"shop.order"`."""
    concrete = about._meta.concrete_model or type(about)
    return concrete._meta.label_lower


def context_id(about: models.Model) -> str:
    """Return the text of an object's primary key.

    Raises `invalid_payload` for one that is not saved, or whose key is too long or of
    several columns.
    """
    text = str(about.pk)
    if (
        about.pk is None
        or isinstance(about.pk, tuple)
        or len(text) > CONTEXT_ID_MAX
        or not is_storable(text)
    ):
        raise ChatError("invalid_payload", field="about")
    return text


def context_fields(about: models.Model) -> dict[str, Any]:
    """Return the columns of a conversation that is about an object."""
    kind = _content_types().get_for_model(about)
    return {"context_type": kind, "context_id": context_id(about)}


def context_key(about: models.Model, user_ids: Iterable[Any]) -> str:
    """Return the key of the one conversation that these people began about an object."""
    parts = [context_label(about), context_id(about), *sorted(map(str, user_ids))]
    # The lengths keep ("a", "bc") and ("ab", "c") apart.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(joined.encode(), digest_size=24).hexdigest()


def conversations_about(actor: Actor, about: models.Model) -> ConversationQuerySet:
    """Return the conversations about an object that `actor` is in."""
    return Conversation.objects.visible_to(actor).filter(**context_fields(about))


def find_object(label: str, text: str) -> models.Model | None:
    """Return the object of that kind and key, or None when it is there no more."""
    try:
        model = apps.get_model(label)
    except LookupError:
        return None
    key = _read_key(model, text)
    return None if key is None else model._base_manager.filter(pk=key).first()


def objects_of(conversations: Iterable[Conversation]) -> dict[UUID, models.Model]:
    """Return the objects that conversations are about, by conversation.

    Those that are gone are left out. One query for each kind of object, and none for
    conversations about nothing.
    """
    by_type: dict[int, list[Conversation]] = defaultdict(list)
    for conversation in conversations:
        if conversation.context_type_id is not None:
            by_type[conversation.context_type_id].append(conversation)
    found: dict[UUID, models.Model] = {}
    for type_id, rows in by_type.items():
        model = _content_types().get_for_id(type_id).model_class()
        if model is None:
            continue
        keys = {row.pk: _read_key(model, row.context_id) for row in rows}
        objects = model._base_manager.in_bulk(
            {key for key in keys.values() if key is not None}
        )
        found |= {pk: objects[key] for pk, key in keys.items() if key in objects}
    return found


def context_payload(
    conversation: Conversation, about: models.Model | None, user: Any
) -> dict[str, Any] | None:
    """Return the Context object as `user` sees it, or None for a plain conversation.

    `about` is what `objects_of` found; None when the object is gone.
    """
    if conversation.context_type_id is None:
        return None
    kind = _content_types().get_for_id(conversation.context_type_id)
    payload = {
        "type": f"{kind.app_label}.{kind.model}",
        "id": conversation.context_id,
        "label": "",
        "url": None,
    }
    if about is None:
        return payload
    card = policy().context_card(about, user)
    payload["label"] = str(card["label"])[:LABEL_MAX]
    payload["url"] = _own_path(card.get("url"))
    if image := card.get("image"):
        payload["image"] = str(image)
    return payload


def _own_path(url: object) -> str | None:
    """Return a path of this site; None for what would lead elsewhere, or run a script."""
    path = str(url or "")
    is_own = path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
    return path if is_own else None


def _read_key(model: type[models.Model], text: str) -> Any | None:
    """Return a key that was stored as text; None when the model has other keys now."""
    try:
        return model._meta.pk.to_python(text)
    except (ValidationError, ValueError, TypeError):
        return None


def _content_types() -> Any:
    # Here, so that a system check can say that the app is not installed.
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.db_manager(database())
