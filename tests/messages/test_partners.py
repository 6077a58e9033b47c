"""Whether the other side of a direct conversation can be reached."""

from __future__ import annotations

from uuid import uuid4

import pytest

from django_chat.messages.seats import Partners
from tests.factories import person

pytestmark = pytest.mark.django_db
HERE = uuid4()


@pytest.mark.parametrize("is_active", [True, False])
def test_users_without_a_column_for_it_are_asked_themselves(is_active: bool) -> None:
    bob = person("bob", is_active=is_active)
    rows = [(HERE, 0, None, False), (HERE, bob.pk, None, False)]

    assert Partners(rows).available(HERE, 0) is is_active


def test_a_block_of_either_side_parts_both() -> None:
    partners = Partners([(HERE, 1, True, True), (HERE, 2, True, False)])

    assert not partners.available(HERE, 1)
    assert not partners.available(HERE, 2)


def test_nobody_on_the_other_side_is_nobody_to_reach() -> None:
    assert not Partners([(HERE, 1, True, False)]).available(HERE, 1)
    assert not Partners([]).available(HERE, 1)
