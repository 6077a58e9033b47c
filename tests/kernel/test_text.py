"""What text may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_chat.exceptions import ChatError
from django_chat.text import CLIENT_ID, check_client_id, check_text, is_storable


@given(st.text())
def test_storable_is_what_can_be_written_and_holds_no_nul(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        encodes = False
    else:
        encodes = True

    assert is_storable(text) is (encodes and "\x00" not in text)


@pytest.mark.parametrize("text", ["a\x00", "\x00", "\ud800", "ok \udfff"])
def test_nul_and_half_characters_are_not_storable(text: str) -> None:
    assert not is_storable(text)
    with pytest.raises(ChatError) as refused:
        check_text(text, field="title", limit=9)
    assert (refused.value.code, refused.value.field) == ("invalid_payload", "title")


def test_length_is_counted_in_code_points() -> None:
    check_text("😀" * 5, field="title", limit=5)
    with pytest.raises(ChatError) as refused:
        check_text("😀" * 6, field="title", limit=5)
    assert (refused.value.code, refused.value.detail) == ("too_long", {"max": 5})


@pytest.mark.parametrize(
    "key", ["a", "!", "~", "k" * 64, "01890a5d-ac96-774b-bcce-b302099a8057"]
)
def test_keys_of_clients(key: str) -> None:
    check_client_id(key)
    assert CLIENT_ID.fullmatch(key)


@pytest.mark.parametrize(
    "key", ["", "k" * 65, "a b", "a\n", "é", "\x7f", "\x1f", "\u00a0"]
)
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ChatError, match="invalid_payload"):
        check_client_id(key)
