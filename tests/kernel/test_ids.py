"""Identifiers sort by time and have one spelling."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_chat.ids import new_id, new_id_at, parse_uuid


def test_later_keys_sort_later() -> None:
    keys = [new_id() for _ in range(1_000)]

    assert keys == sorted(keys)
    assert len(set(keys)) == 1_000
    assert {key.version for key in keys} == {7}


@given(
    st.datetimes(
        min_value=datetime(1971, 1, 1),
        max_value=datetime(2200, 1, 1),
    )
)
def test_a_key_of_the_past_tells_its_time(moment: datetime) -> None:
    key = new_id_at(moment.replace(tzinfo=UTC))

    assert key.version == 7
    assert key.variant == "specified in RFC 4122"
    stamp = key.int >> 80
    assert abs(stamp - moment.replace(tzinfo=UTC).timestamp() * 1000) <= 1


def test_keys_of_one_moment_differ() -> None:
    moment = datetime(2020, 2, 29, tzinfo=UTC)

    assert len({new_id_at(moment) for _ in range(1_000)}) == 1_000


@given(st.uuids())
def test_the_canonical_form_is_read(key: UUID) -> None:
    assert parse_uuid(str(key)) == key
    assert parse_uuid(str(key).upper()) == key
    assert parse_uuid(key) == key


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "",
        "x",
        b"01890a5d-ac96-774b-bcce-b302099a8057",
        ["01890a5d-ac96-774b-bcce-b302099a8057"],
        "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5dac96774bbcceb302099a8057",
        "0189-0a5dac96-774b-bcce-b302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a805g",
        " 1890a5d-ac96-774b-bcce-b302099a8057",
        "+1890a5d-ac96-774b-bcce-b302099a8057",
        "0x890a5d-ac96-774b-bcce-b302099a8057",
        "٠1890a5d-ac96-774b-bcce-b302099a8057",
        "-----------------------------------1",
    ],
)
def test_another_spelling_is_no_key(value: object) -> None:
    assert parse_uuid(value) is None


@given(st.text(max_size=40))
def test_no_text_is_an_error(text: str) -> None:
    found = parse_uuid(text)
    assert found is None or str(found) == text.lower()


def test_a_random_key_is_one_too() -> None:
    key = uuid4()
    assert parse_uuid(str(key)) == key
