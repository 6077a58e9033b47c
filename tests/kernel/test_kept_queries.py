"""Queries whose SQL is kept find what they would have found without."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.db.models import Q
from django.db.utils import DEFAULT_DB_ALIAS

from django_chat.kept_queries import Given, KeptQuery, answers
from django_chat.timeline.models import Conversation, Participant
from tests.factories import direct, group, people

pytestmark = pytest.mark.django_db


class Asked:
    """A kept query of members by place and name, which counts how often it is built."""

    def __init__(self) -> None:
        self.built = 0
        self.query = KeptQuery(self._build)

    def _build(self, given: Given) -> Any:
        self.built += 1
        return (
            Participant.objects.active()
            .filter(
                Q(given.among("conversation", "places"))
                | Q(given.among("user", "people"))
            )
            .select_related("user")
            .order_by("pk")
        )

    def names(self, **lists: Any) -> list[str]:
        rows = self.query.rows(DEFAULT_DB_ALIAS, **lists)
        return [row.user.username for row in rows]


@pytest.fixture
def places() -> list[Conversation]:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    return [direct(ana, ben), group(cem, ana, dan)]


def test_each_time_it_finds_what_is_in_the_lists_of_that_time(
    places: list[Conversation],
) -> None:
    letters, club = (place.pk for place in places)
    cem = Participant.objects.get(conversation=club, role="owner").user_id
    asked = Asked()

    assert asked.names(places=[letters], people=[]) == ["ana", "ben"]
    assert asked.names(places={letters}, people={cem}) == ["ana", "ben", "cem"]
    assert asked.names(places=[letters, club], people=[]) == [
        *["ana", "ben"],
        *["cem", "ana", "dan"],
    ]
    assert asked.names(places=[], people=[]) == []


def test_rows_come_with_what_was_selected_along(
    places: list[Conversation], django_assert_num_queries: Any
) -> None:
    asked = Asked()
    for _ in range(2):
        with django_assert_num_queries(1):
            assert asked.names(places=[places[0].pk], people=[]) == ["ana", "ben"]


def test_on_postgresql_it_is_built_once(places: list[Conversation]) -> None:
    asked = Asked()
    for place in places * 3:
        asked.names(places=[place.pk], people=[])

    assert asked.built == (1 if connection.vendor == "postgresql" else 6)


NAMES = ["plain", 'with "quotes"', "back\\slash", "a,b", "{braces}", "NULL", "é ☃"]


def test_texts_are_looked_for_as_they_are() -> None:
    people(*NAMES)
    asked = KeptQuery(
        lambda given: get_user_model().objects.filter(given.among("username", "names"))
    )

    for name in NAMES:
        (found,) = asked.rows(DEFAULT_DB_ALIAS, names=[name])
        assert found.username == name
    assert len(asked.rows(DEFAULT_DB_ALIAS, names=NAMES)) == len(NAMES)


def test_a_single_value_is_of_the_type_of_its_column(
    places: list[Conversation],
) -> None:
    letters, club = (place.pk for place in places)
    asked = KeptQuery(
        lambda given: (
            Participant.objects.filter(
                conversation=given.one("place"),
                left_at=None,
                history_from_seq__lt=given.one("seq"),
                user__username=given.one("name"),
            )
            .annotate(is_owner=Q(role=given.one("role")))
            .values_list("user__username", "is_owner")
        )
    )

    def found(place: Any, name: str, seq: int = 2) -> list[Any]:
        return asked.rows(
            DEFAULT_DB_ALIAS, place=place, name=name, seq=seq, role="owner"
        )

    for _ in range(6):
        assert found(club, "cem") == [("cem", True)]
        assert found(club, "dan") == [("dan", False)]
        assert found(letters, "dan") == []
        assert found(letters, "ana", 1) == []
        assert found(letters, "it's; DROP TABLE %s") == []


@pytest.mark.django_db(transaction=True)
def test_threads_that_ask_at_once_get_their_own_answers(
    places: list[Conversation],
) -> None:
    asked = Asked()
    asked.names(places=[], people=[])
    built = asked.built

    def ask(place: Conversation) -> list[str]:
        try:
            return asked.names(places=[place.pk], people=[])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(ask, places * 20))
    assert found == [["ana", "ben"], ["cem", "ana", "dan"]] * 20
    if connection.vendor == "postgresql":
        assert asked.built == built


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_keeps_no_connection_open(places: list[Conversation]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("nothing is kept")

    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            return int(cursor.fetchone()[0])

    def ask(_: int) -> None:
        Asked().names(places=[places[0].pk], people=[])
        connections.close_all()

    before = count()
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(ask, range(3)))
    assert count() == before


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_made_anew_is_used(places: list[Conversation]) -> None:
    asked = Asked()
    before = asked.names(places=[places[0].pk], people=[])
    connection.close()

    assert asked.names(places=[places[0].pk], people=[]) == before


def test_several_questions_are_answered_in_their_order(
    places: list[Conversation], django_assert_num_queries: Any
) -> None:
    letters, club = (place.pk for place in places)
    asked = Asked()
    people = KeptQuery(
        lambda given: get_user_model().objects.filter(given.among("username", "names"))
    )
    questions = [
        asked.query.ask(places=[letters], people=[]),
        people.ask(lambda rows: [row.username for row in rows], names=["dan"]),
        asked.query.ask(len, places=[club], people=[]),
        people.ask(names=["nobody"]),
    ]
    answers(DEFAULT_DB_ALIAS, *questions)

    # To PostgreSQL all of them travel together.
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 4):
        members, names, number, nobody = answers(DEFAULT_DB_ALIAS, *questions)

    assert [row.user.username for row in members] == ["ana", "ben"]
    assert (names, number, nobody) == (["dan"], 3, [])


def test_what_a_reader_raises_reaches_who_asked(places: list[Conversation]) -> None:
    asked = Asked()

    def refuse(rows: list[Any]) -> None:
        raise LookupError(len(rows))

    with pytest.raises(LookupError, match="2"):
        answers(
            DEFAULT_DB_ALIAS,
            asked.query.ask(refuse, places=[places[0].pk], people=[]),
            asked.query.ask(places=[], people=[]),
        )
    assert asked.names(places=[places[0].pk], people=[]) == ["ana", "ben"]


@pytest.mark.django_db(transaction=True)
def test_a_driver_that_binds_on_the_server_is_asked_one_by_one(
    places: list[Conversation],
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a matter of PostgreSQL's driver")
    asked = Asked()
    question = asked.query.ask(len, places=[places[0].pk], people=[])
    connection.close()
    options = connection.settings_dict["OPTIONS"]
    connection.settings_dict["OPTIONS"] = {**options, "server_side_binding": True}
    try:
        assert answers(DEFAULT_DB_ALIAS, question, question) == [2, 2]
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options
