"""What counts as an emoji: one grapheme that draws as a picture."""

from __future__ import annotations

import re

from django_chat.exceptions import ChatError

__all__ = ["check_emoji"]

_MAX_POINTS = 64
_PICTURE = (
    "[\U0001f000-\U0001f1e5\U0001f200-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff"
    "\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\u00a9\u00ae\u203c\u2049\u2122\u2139\u24c2]"
)
_MODIFIER = "[\ufe0f\ufe0e\U0001f3fb-\U0001f3ff\u20e3]"
_TAGS = "[\U000e0020-\U000e007f]"
# A picture with modifiers and tags, joined to others by zero-width joiners; a flag of
# two regional indicators; a keycap. Every repetition is bounded.
_EMOJI = re.compile(
    f"(?:[\U0001f1e6-\U0001f1ff]{{2}}"
    f"|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}{_MODIFIER}{{0,3}}{_TAGS}{{0,10}}"
    f"(?:\u200d{_PICTURE}{_MODIFIER}{{0,3}}){{0,8}})"
)


def check_emoji(emoji: str) -> None:
    """Raise `invalid_emoji` unless `emoji` is exactly one."""
    if len(emoji) > _MAX_POINTS or not _EMOJI.fullmatch(emoji):
        raise ChatError("invalid_emoji", field="emoji")
