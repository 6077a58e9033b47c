"""Sentences for codes and for what a conversation says itself."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from django_chat.exceptions import REGISTRY, ChatError
from django_chat.pages.wording import disabled_reason, error_sentence, system_sentence


@pytest.mark.parametrize("code", REGISTRY)
def test_every_error_is_a_sentence_even_without_details(code: str) -> None:
    sentence = error_sentence(ChatError(code))
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "%" not in sentence
    assert code not in sentence


def test_people_who_cannot_be_written_to_are_named_as_they_were_typed() -> None:
    error = ChatError("unavailable", detail={"user_ids": ["@eve", "17"]})
    assert error_sentence(error) == "Nobody to write to: @eve"


NAMES = {"1": "Ana", "2": "Ben"}


@pytest.mark.parametrize(
    ("system", "reader", "sentence"),
    [
        (
            {"event": "members_added", "actor": "1", "targets": ["2", "3"]},
            "3",
            "Ana added you, along with Ben",
        ),
        (
            {"event": "members_added", "actor": "1", "targets": ["3"]},
            "3",
            "Ana added you",
        ),
        (
            {"event": "members_added", "actor": "1", "targets": ["2", "9"]},
            "3",
            "Ana added Ben and Deleted user",
        ),
        (
            {"event": "members_added", "actor": "1", "targets": ["2"]},
            "1",
            "You added Ben",
        ),
        ({"event": "member_left", "actor": "2", "targets": ["2"]}, "1", "Ben left"),
        ({"event": "member_left", "actor": "2", "targets": ["2"]}, "2", "You left"),
        (
            {"event": "member_removed", "actor": "9", "targets": ["2"]},
            "1",
            "Deleted user removed Ben",
        ),
        (
            {"event": "status_changed", "actor": "1", "data": {"status": "closed"}},
            "2",
            "Ana closed the conversation",
        ),
        (
            {"event": "title_changed", "actor": "1", "data": {"title": "{actor} %d"}},
            "2",
            "Ana renamed the group to “{actor} %d”",
        ),
        ({"event": "of_a_later_version"}, "1", "The conversation changed"),
        ({}, "1", "The conversation changed"),
    ],
)
def test_system_lines_say_who_did_what(
    system: dict[str, object], reader: str, sentence: str
) -> None:
    assert system_sentence(system, NAMES, reader) == sentence


@pytest.mark.parametrize(
    ("language", "reader", "sentence"),
    [
        ("de", "1", "Du hast Ben und Cem hinzugefügt"),
        ("de", "2", "Ana hat dich hinzugefügt, außerdem Cem"),
        ("de", "4", "Ana hat Ben und Cem hinzugefügt"),
        ("es", "1", "Añadiste a Ben y Cem"),
        ("es", "2", "Ana te añadió, junto con Cem"),
        ("es", "4", "Ana añadió a Ben y Cem"),
    ],
)
def test_verbs_fit_who_reads_of_what_was_done(
    language: str, reader: str, sentence: str
) -> None:
    system = {"event": "members_added", "actor": "1", "targets": ["2", "3"]}
    with override(language):
        assert system_sentence(system, {**NAMES, "3": "Cem"}, reader) == sentence


@pytest.mark.parametrize(
    "reason", ["unavailable", "archived", "closed", "read_only", "x"]
)
def test_a_closed_field_says_why(reason: str) -> None:
    assert disabled_reason(reason).endswith(".")
    assert disabled_reason(None) == ""
