"""The texts of the elements in the language of the page.

Hosts override any of them as they override every other text: in a `django.po` of theirs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from django_chat.pages.client_texts import COUNTED, TEXTS

__all__ = ["catalog"]

_COUNTS = range(200)
"""In every language the numbers from 100 on are counted as those a hundred further."""


def catalog() -> dict[str, Any]:
    """Return `texts`, and the `plurals` by which those that count something are chosen.

    Such a text is a list: which of the plurals, then its forms. A plural is a string with
    a digit for each number from 0 to 199: which of the forms is the right one.
    """
    return _catalog(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=64)
def _catalog(language: str) -> dict[str, Any]:
    texts: dict[str, Any] = {key: str(text) for key, text in TEXTS.items()}
    plurals: list[str] = []
    for key, text in COUNTED.items():
        counted = [text % {"count": count} for count in _COUNTS]
        forms = list(dict.fromkeys(counted))
        plural = "".join(str(forms.index(form)) for form in counted)
        if plural not in plurals:
            plurals.append(plural)
        texts[key] = [plurals.index(plural), *forms]
    return {"texts": texts, "plurals": plurals}
