"""From what people write to safe HTML."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from django.utils.html import conditional_escape
from hypothesis import given
from hypothesis import strategies as st

from django_chat.pages.texts import render_text


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags = "", [], set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data: str) -> None:
        self.text += data


def links(text: str) -> list[str | None]:
    return _Reader(render_text(text, [], "1")).links


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.org", ["https://example.org"]),
        ("(https://example.org/a_(b)).", ["https://example.org/a_(b)"]),
        ("HTTP://EXAMPLE.org/x!", ["HTTP://EXAMPLE.org/x"]),
        ("https://a.example, https://b.example.", ["https://a.example", "https://b.example"]),
        ("mailto:ana@example.org?", ["mailto:ana@example.org"]),
        ("<https://example.org|label>", ["https://example.org"]),
        ("https://example.org/" + "x" * 5000, ["https://example.org/" + "x" * 1988]),
        ("javascript:alert(1) data:text/html,x ftp://x.example", []),
        ("https:// http://? mailto:nobody https://[", []),
        ("xhttps://example.org", []),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_and_of_mail_become_links(
    text: str, found: list[str]
) -> None:
    assert links(text) == found


def mention(offset: int, length: int, user_id: str | None = "7") -> dict[str, object]:
    kind = "user" if user_id else "all"
    return {"kind": kind, "user_id": user_id, "offset": offset, "length": length}


def test_mentions_are_marked_and_the_readers_own_differently() -> None:
    html = render_text("hi @ben <b> @all", [mention(12, 4, None), mention(3, 4)], "9")
    assert html == (
        'hi <span class="dc-mention"><bdi>@ben</bdi></span> &lt;b&gt; '
        '<span class="dc-mention dc-mention--me"><bdi>@all</bdi></span>'
    )
    assert "dc-mention--me" in render_text("@ben", [mention(0, 4)], "7")


def test_a_mention_in_an_address_does_not_break_it_open() -> None:
    reader = _Reader(render_text("https://x.example/@ben", [mention(18, 4)], "1"))
    assert reader.text == "https://x.example/@ben"


@given(
    st.text(st.sampled_from("<>&\"'@ab.:/ \nhttps()[]|`mailto\u202e"), max_size=80),
    st.lists(st.builds(mention, st.integers(0, 90), st.integers(1, 20)), max_size=4),
)
def test_whatever_is_written_is_read_as_it_was_written(
    text: str, mentions: list[dict[str, object]]
) -> None:
    html = render_text(text, mentions, "1")
    reader = _Reader(html)
    assert unescape(reader.text) == unescape(text)
    assert reader.tags <= {"a", "span", "bdi"}
    assert conditional_escape(html) == html
