"""What the pages say in the reader's language: errors, system lines, disabled fields."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_chat.exceptions import ChatError
from django_chat.pages.client_texts import TEXTS

__all__ = ["disabled_reason", "error_sentence", "system_sentence"]

_ERRORS = {
    "not_found": gettext_lazy("This is not here, or not yours to see."),
    "not_participant": gettext_lazy("You are no longer in this conversation."),
    "forbidden": gettext_lazy("You may not do this here."),
    "read_only": gettext_lazy("Nobody can write in this conversation now."),
    "contacts_only": gettext_lazy("Only contacts may write to this person."),
    "empty_message": gettext_lazy("Write something first."),
    "invalid_reply": gettext_lazy("The message you answer is no longer there."),
    "invalid_emoji": gettext_lazy("Choose exactly one emoji."),
    "self_target": gettext_lazy("That is you."),
    "idempotency_conflict": gettext_lazy(
        "This form was sent before, with another text. Send again to add this one."
    ),
    "stale_revision": gettext_lazy("The message has changed since you opened it."),
    "edit_window_expired": gettext_lazy("It is too late to edit this message."),
    "already_deleted": gettext_lazy("The message was deleted."),
    "already_member": gettext_lazy("They are all members already."),
    "overloaded": gettext_lazy("The site is busy. Please try again."),
}

_DISABLED = {
    "unavailable": gettext_lazy("You cannot write in this conversation."),
    "archived": gettext_lazy("This conversation is archived."),
    "closed": gettext_lazy("This conversation is closed."),
    "read_only": gettext_lazy("Only admins can write here."),
}


def error_sentence(error: ChatError) -> str:
    """Return what a person should read instead of the error's code."""
    detail = error.detail or {}
    least, most = detail.get("min", 1), detail.get("max", 0)
    match error.code:
        case "unavailable":
            refused = [who for who in detail.get("user_ids", ()) if who[:1] == "@"]
            if not refused:
                return _("This person cannot be written to.")
            names = get_text_list(refused, _("and"))
            return _("Nobody to write to: %(names)s") % {"names": names}
        case "too_long":
            return ngettext(
                "Too long: at most %(max)d character.",
                "Too long: at most %(max)d characters.",
                most,
            ) % {"max": most}
        case "group_too_large":
            return _("A group may have at most %(max)d people.") % {"max": most}
        case "limit_reached":
            return ngettext(
                "At most %(max)d emoji fits on one message.",
                "At most %(max)d different emoji fit on one message.",
                most,
            ) % {"max": most}
        case "invalid_payload" if error.field == "members":
            return ngettext(
                "Choose at least %(min)d person.",
                "Choose at least %(min)d people.",
                least,
            ) % {"min": least}
        case "rate_limited":
            seconds = ceil((error.retry_after_ms or 0) / 1000)
            return ngettext(
                "Too fast. Try again in %(seconds)d second.",
                "Too fast. Try again in %(seconds)d seconds.",
                seconds,
            ) % {"seconds": seconds}
    return str(_ERRORS.get(error.code) or _("That did not work."))


def disabled_reason(reason: str | None) -> str:
    """Return why nothing can be written, or `""` when it can."""
    if reason is None:
        return ""
    return str(_DISABLED.get(reason) or _("You cannot write in this conversation."))


def system_sentence(
    system: Mapping[str, Any], names: Mapping[str, str], reader_id: str
) -> str:
    """Return a system line such as "Ana added you".

    `names` says how people are shown, by id; who is missing there was erased.
    """
    event, data = system.get("event", ""), system.get("data") or {}
    if event in ("role_changed", "status_changed"):
        kind = event.removesuffix("_changed")
        event = f"{kind}_{data.get(kind)}"
    targets = system.get("targets") or ()
    others = [user_id for user_id in targets if user_id != reader_id]
    if system.get("actor") == reader_id:
        event += ".own"
    elif len(others) < len(targets):
        event += ".youAnd" if others else ".you"
    text = TEXTS.get(f"system.{event}")
    if text is None:
        return str(TEXTS["system.unknown"])
    gone = _("Deleted user")
    return str(text).format(
        actor=names.get(system.get("actor") or "", gone),
        targets=get_text_list([names.get(one, gone) for one in others], _("and")),
        title=data.get("title", ""),
    )
