"""The texts of the pages and of the elements in the languages that come with the app."""

from __future__ import annotations

import ast
import re
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

import django_chat
from django_chat.pages.catalog import catalog
from django_chat.pages.client_texts import COUNTED, TEXTS
from tests.pages.browser import Browser, Page

LOCALE = Path(django_chat.__file__).parent / "locale"
LANGUAGES = ["ar", "de", "es", "fr"]
_PLACEHOLDER = re.compile(r"\{\w*\}|%(?:\(\w+\))?[a-z%]")
_STRING = re.compile(r'(?:(msg\w+)(?:\[\d\])? )?(".*")')
_PLURALS = re.compile(r"Plural-Forms: nplurals=(\d);")

Entries = dict[tuple[str, ...], tuple[str, ...]]
"""Translations by what is translated: one text, or the singular and the plural."""


@lru_cache
def written(language: str) -> Entries:
    """Return what the catalog that people edit says; the header is the one of `""`."""
    entries: Entries = {}
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, list[str]] = {"msgid": [], "msgstr": []}
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            match = _STRING.fullmatch(line)
            assert match, line
            if match[1]:
                part = parts[match[1].removesuffix("_plural")]
                part.append("")
            part[-1] += ast.literal_eval(match[2])
        entries[tuple(parts["msgid"])] = tuple(parts["msgstr"])
    return entries


def compiled(language: str) -> Entries:
    """Return what the catalog that Django reads says."""
    data = (LOCALE / language / "LC_MESSAGES" / "django.mo").read_bytes()
    magic, _, count, originals, translations = struct.unpack_from("<5I", data)
    assert magic == 0x950412DE, "not a little-endian catalog"

    def texts(table: int, index: int) -> tuple[str, ...]:
        length, start = struct.unpack_from("<2I", data, table + 8 * index)
        return tuple(data[start : start + length].decode().split("\0"))

    return {
        texts(originals, index): texts(translations, index) for index in range(count)
    }


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def english(text: Any) -> str:
    with override("en"):
        return str(text)


def counted(text: Any, count: int, language: str) -> str:
    with override(language):
        return str(text % {"count": count})


def own_words(language: str) -> set[str]:
    """Return all texts that the app's catalog of a language has."""
    return {form for forms in written(language).values() for form in forms}


def test_every_catalog_is_of_a_language_tested_here() -> None:
    assert sorted(folder.name for folder in LOCALE.iterdir()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert compiled(language) == written(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_out_or_only_guessed(language: str) -> None:
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    notes = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("#, fuzzy", "#~", "#|", "#:"))
    ]
    assert notes == []

    entries = dict(written(language))
    [header] = entries.pop(("",))
    plurals = _PLURALS.search(header)
    assert plurals
    for originals, forms in entries.items():
        assert len(forms) == (1 if len(originals) == 1 else int(plurals[1])), originals
        assert all(form.strip() for form in forms), originals


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_filled_in_that_the_english_text_does_not_have(
    language: str,
) -> None:
    for originals, forms in written(language).items():
        if originals == ("",):
            continue
        wanted = placeholders(originals[-1])
        # A dual, say, names its number in a word.
        assert all(placeholders(form) <= wanted for form in forms), originals
        assert placeholders(forms[-1]) == wanted, originals


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", TEXTS)
def test_a_text_of_the_elements_is_translated_with_all_its_placeholders(
    key: str, language: str
) -> None:
    original = english(TEXTS[key])
    assert (original,) in written(language)
    with override(language):
        text = str(TEXTS[key])
    # Another app may have said it first, and some words are those of English.
    assert text != original or text in own_words(language)
    assert placeholders(text) == placeholders(original)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_app_says_what_skin_tones_are_called(language: str) -> None:
    # The admin has words such as "None", and often comes first.
    for key in (key for key in TEXTS if key.startswith("emoji.tone.")):
        [expected] = written(language)[(english(TEXTS[key]),)]
        with override(language):
            assert str(TEXTS[key]) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", COUNTED)
def test_a_text_that_counts_is_translated_for_every_number(
    key: str, language: str
) -> None:
    plural = english(COUNTED[key] % {"count": 2})
    assert "{count}" in plural
    for count in (0, 1, 2, 3, 11, 100):
        text = counted(COUNTED[key], count, language)
        assert text in own_words(language)
        wanted = placeholders(plural)
        if language == "ar" and count in (1, 2):
            wanted -= {"{count}"}
            assert placeholders(text) - {"{count}"} == wanted
        else:
            assert placeholders(text) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_chooses_the_plural_that_the_server_would(language: str) -> None:
    with override(language):
        found = catalog()

    assert found["plurals"]
    assert all(re.fullmatch(r"\d{200}", plural) for plural in found["plurals"])
    for key, text in COUNTED.items():
        which, *forms = found["texts"][key]
        plural = found["plurals"][which]
        assert {int(digit) for digit in plural} == set(range(len(forms)))
        for count in range(200):
            assert forms[int(plural[count])] == counted(text, count, language)


def test_arabic_tells_one_two_a_few_and_many_apart() -> None:
    with override("ar"):
        found = catalog()
    which, *forms = found["texts"]["announce.messages"]
    plural = found["plurals"][which]
    assert len({plural[1], plural[2], plural[3], plural[11]}) == 4
    assert plural[3] == plural[10] == plural[103]
    assert forms[int(plural[2])] == "رسالتان جديدتان"


@pytest.fixture
def speaking(settings: Any, ana: Browser) -> Any:
    """Open the list of conversations with the languages a browser asks for."""
    place = settings.MIDDLEWARE.index("django.middleware.common.CommonMiddleware")
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:place],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[place:],
    ]

    def open_inbox(language: str) -> Page:
        return ana.open("/chat/", **{"Accept-Language": language})

    return open_inbox


@pytest.mark.django_db
def test_who_reads_german_gets_german_pages(speaking: Any) -> None:
    page = speaking("de-CH, en;q=0.5")
    assert page.all("html")[0].attributes["lang"].startswith("de")
    assert page.all("html")[0].attributes["dir"] == "ltr"
    assert "Noch keine Unterhaltungen" in page.text
    assert page.link("Unterhaltung beginnen").endswith("/chat/new/")
    assert "No conversations yet" not in page.text


@pytest.mark.django_db
def test_pages_in_arabic_run_from_right_to_left(speaking: Any) -> None:
    page = speaking("ar")
    assert page.all("html")[0].attributes["lang"] == "ar"
    assert page.all("html")[0].attributes["dir"] == "rtl"
    assert "لا توجد محادثات بعد" in page.text
