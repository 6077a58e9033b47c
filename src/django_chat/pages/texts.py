"""From the text of a message to safe HTML: links and mentions, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["render_text"]

_ADDRESS = re.compile(r"\b(?:https?://|mailto:)[^\s<>\"|`]{1,2000}", re.IGNORECASE)
_SENTENCE_END = ".,;:!?'*_~\u2019\u201d\xbb\u2026"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def render_text(
    content: str, mentions: Sequence[dict[str, Any]], reader_id: str
) -> SafeString:
    """Return the text with addresses as links and mentions marked.

    Nothing is ever taken as HTML: every part passes through escaping.
    """
    parts: list[SafeString] = []
    done = 0
    for mention in sorted(mentions, key=lambda found: found["offset"]):
        start, end = mention["offset"], mention["offset"] + mention["length"]
        if start < done or end > len(content):
            continue
        parts += _with_links(content[done:start])
        parts.append(_mention(content[start:end], mention, reader_id))
        done = end
    parts += _with_links(content[done:])
    return format_html_join("", "{}", ((part,) for part in parts))


def _mention(text: str, mention: dict[str, Any], reader_id: str) -> SafeString:
    is_reader = mention["kind"] == "all" or mention["user_id"] == reader_id
    style = "dc-mention dc-mention--me" if is_reader else "dc-mention"
    return format_html('<span class="{}"><bdi>{}</bdi></span>', style, text)


def _with_links(text: str) -> list[SafeString]:
    parts: list[SafeString] = []
    done = 0
    for match in _ADDRESS.finditer(text):
        address = _without_sentence_end(match[0])
        if not _leads_somewhere(address):
            continue
        parts.append(format_html("{}", text[done : match.start()]))
        parts.append(
            format_html(
                '<a href="{0}" rel="noopener noreferrer nofollow ugc" '
                'target="_blank" dir="ltr">{0}</a>',
                address,
            )
        )
        done = match.start() + len(address)
    parts.append(format_html("{}", text[done:]))
    return parts


def _without_sentence_end(address: str) -> str:
    """Leave out what belongs to the sentence around an address, such as `).`."""
    while address:
        last = address[-1]
        opening = _BRACKETS.get(last)
        unbalanced = opening and address.count(last) > address.count(opening)
        if last not in _SENTENCE_END and not unbalanced:
            break
        address = address[:-1]
    return address


def _leads_somewhere(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return bool(parts.hostname)
