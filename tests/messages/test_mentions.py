"""Addressing people by name: found on the server, stored as ranges."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader
from django_chat.messages.models import Mention
from django_chat.messages.services import send_message
from django_chat.policy import ChatPolicy, Scene
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, draft, group, people, person, send

pytestmark = pytest.mark.django_db


def addressed(content: str, *usernames: str, sender: str = "owner") -> list[str]:
    """Return the parts of a text that address somebody of the given usernames."""
    everybody = {name: person(name) for name in {"owner", "other", *usernames}}
    place = group(
        everybody["owner"], *(u for n, u in everybody.items() if n != "owner")
    )
    message = send(everybody[sender], place, content)
    ids = {str(user.pk): name for name, user in everybody.items()}
    for mention in message.mentions:
        if mention["kind"] == "user":
            start, end = mention["offset"], mention["offset"] + mention["length"]
            assert content[start:end].lower() == "@" + ids[mention["user_id"]].lower()
    return [content[m["offset"] : m["offset"] + m["length"]] for m in message.mentions]


@pytest.mark.parametrize(
    ("content", "usernames", "found"),
    [
        ("@ana hello", ["ana"], ["@ana"]),
        ("hello @ana", ["ana"], ["@ana"]),
        ("@ana @ben", ["ana", "ben"], ["@ana", "@ben"]),
        ("@ana,@ben", ["ana", "ben"], ["@ana", "@ben"]),
        ("@ana/@ben", ["ana", "ben"], ["@ana", "@ben"]),
        ("(@ana)", ["ana"], ["@ana"]),
        ("„@ana“", ["ana"], ["@ana"]),
        ("@ana's book", ["ana"], ["@ana"]),
        ("Ask @ana.", ["ana"], ["@ana"]),
        ("@ana?!", ["ana"], ["@ana"]),
        ("@ana!!!!!!!!!!!!!!!!!!!!", ["ana"], ["@ana"]),
        ("@ana....................", ["ana"], ["@ana"]),
        ("@ana\n@ben", ["ana", "ben"], ["@ana", "@ben"]),
        ("@ana twice @ana", ["ana"], ["@ana", "@ana"]),
        # Names with dots and hyphens, at the end of sentences too.
        ("@ana.maria-b", ["ana.maria-b"], ["@ana.maria-b"]),
        ("Thanks, @ana.maria.", ["ana.maria"], ["@ana.maria"]),
        ("@ana.maria", ["ana", "ana.maria"], ["@ana.maria"]),
        ("@ana.maria", ["ana"], ["@ana"]),
        ("@ana-", ["ana-"], ["@ana-"]),
        ("@ana+work", ["ana+work"], ["@ana+work"]),
        ("@me@example.org hi", ["me@example.org"], ["@me@example.org"]),
        # Case does not matter, except between two who differ by it.
        ("@ANA", ["ana"], ["@ANA"]),
        ("@ana", ["Ana"], ["@ana"]),
        ("@Élodie", ["Élodie"], ["@Élodie"]),
        ("@Ана", ["Ана"], ["@Ана"]),
        ("@小明", ["小明"], ["@小明"]),
        # Not names.
        ("@anabel", ["ana"], []),
        ("@an", ["ana"], []),
        ("@nobody", ["ana"], []),
        ("ana", ["ana"], []),
        ("@ ana", ["ana"], []),
        ("@", ["ana"], []),
        ("@@ana", ["ana"], []),
        ("mail@ana", ["ana"], []),
        ("write to ben@ana.example", ["ana"], []),
        ("first.last@ana", ["ana"], []),
        ("_@ana", ["ana"], []),
        ("5@ana", ["ana"], []),
    ],
)
def test_names_in_a_text_are_found(
    content: str, usernames: list[str], found: list[str]
) -> None:
    assert addressed(content, *usernames) == found


def test_of_two_names_that_differ_by_case_the_written_one_is_meant() -> None:
    ana, upper, lower = person("owner"), person("Max"), person("max")
    place = group(ana, upper, lower)

    for user in (upper, lower):
        message = send(ana, place, f"Hey @{user.username}")
        assert [m["user_id"] for m in message.mentions] == [str(user.pk)]


def test_offsets_count_code_points() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    message = send(ana, group(ana, ben, cem), "👩‍👩‍👧 é @ben 👍")

    (mention,) = message.mentions
    assert message.content[mention["offset"] :].startswith("@ben")
    assert mention == {
        "kind": "user",
        "user_id": str(ben.pk),
        "offset": message.content.index("@"),
        "length": 4,
    }


def test_only_members_are_addressed() -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    place = group(ana, ben, cem)
    api.leave(cem, place)

    assert send(ana, place, "@eve @cem").mentions == []
    assert not Mention.objects.exists()
    assert api.unread_for(eve) == 0


def test_partners_are_addressed_too() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben), "@ben @ana @all")

    assert [m["user_id"] for m in message.mentions] == [str(ben.pk), str(ana.pk)]


@pytest.mark.parametrize("word", ["all", "everyone", "here", "channel", "ALL"])
@pytest.mark.parametrize(("role", "heard"), [("owner", 1), ("admin", 1), ("member", 0)])
def test_only_owners_and_admins_address_everybody(
    role: str, heard: int, word: str
) -> None:
    owner, admin, member, reader = people("owner", "admin", "member", "reader")
    place = group(owner, member, reader, admins=(admin,))
    sender = {"owner": owner, "admin": admin, "member": member}[role]
    message = send(sender, place, f"Look, @{word}!")

    expected = {"kind": "all", "user_id": None, "offset": 6, "length": len(word) + 1}
    assert message.mentions == [expected] * heard
    shown = conversation_for_reader(actor(reader), place.pk)
    assert shown["mention_count"] == heard
    # Nobody addresses himself.
    own = conversation_for_reader(actor(sender), place.pk)
    assert own["mention_count"] == 0


class Everybody(ChatPolicy):
    """A host where each member may address all."""

    def can_mention_all(self, scene: Scene) -> bool:
        return scene.is_group


def test_the_host_may_let_members_address_everybody(settings: Any) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.Everybody"}
    ana, ben, cem = people("ana", "ben", "cem")

    assert send(ben, group(ana, ben, cem), "@all").mentions[0]["kind"] == "all"


def test_a_person_called_all_is_a_person() -> None:
    ana, ben = people("ana", "ben")
    namesake = person("all")
    message = send(ana, group(ana, ben, namesake), "@all")

    assert [m["user_id"] for m in message.mentions] == [str(namesake.pk)]


def test_naming_somebody_often_addresses_him_once() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place, "@ben @ben @BEN @all @everyone")

    assert len(message.mentions) == 5
    rows = Mention.objects.filter(message=message)
    assert {row.user for row in rows} == {ben, None}
    assert rows.count() == 2
    assert conversation_for_reader(actor(ben), place.pk)["mention_count"] == 1


def test_a_text_full_of_signs_is_read_in_bounded_time() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)

    assert send(ana, place, "@" * 10_000).mentions == []
    assert send(ana, place, "@x. " * 2_500).mentions == []
    assert send(ana, place, "@" + "a." * 4_999).mentions == []
    early = send(ana, place, "@ben " + "@x " * 3_000)
    assert [m["offset"] for m in early.mentions] == [0]


# --- ranges that the client gives ------------------------------------------


@pytest.fixture
def ana() -> Any:
    return person("ana")


@pytest.fixture
def ben() -> Any:
    return person("ben")


@pytest.fixture
def climbing(ana: Any, ben: Any) -> Conversation:
    return group(ana, ben, person("cem"))


def test_given_ranges_replace_those_of_the_text(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    given = [{"kind": "user", "user_id": str(ben.pk), "offset": 0, "length": 5}]

    assert send(ana, climbing, "Benny and @cem", mentions=given).mentions == given
    assert send(ana, climbing, "Not @ben", mentions=[]).mentions == []


def test_the_kind_may_be_left_out_and_more_is_dropped(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    given = [{"user_id": str(ben.pk), "offset": 0, "length": 1, "name": "x" * 100}]

    assert send(ana, climbing, "B", mentions=given).mentions == [
        {"kind": "user", "user_id": str(ben.pk), "offset": 0, "length": 1}
    ]


def test_everybody_addressed_by_range_obeys_the_same_rule(
    ana: Any, ben: Any, climbing: Conversation
) -> None:
    given = [{"kind": "all", "user_id": "ignored", "offset": 0, "length": 5}]

    assert send(ana, climbing, "Hello", mentions=given).mentions == [
        {"kind": "all", "user_id": None, "offset": 0, "length": 5}
    ]
    assert send(ben, climbing, "Hello", mentions=given).mentions == []


BAD: dict[str, Any] = {
    "a number": 1,
    "nothing": None,
    "a list": [],
    "no fields": {},
    "no range": {"user_id": "BEN"},
    "before the text": {"user_id": "BEN", "offset": -1, "length": 2},
    "past the text": {"user_id": "BEN", "offset": 3, "length": 3},
    "behind the text": {"user_id": "BEN", "offset": 5, "length": 1},
    "empty": {"user_id": "BEN", "offset": 0, "length": 0},
    "negative": {"user_id": "BEN", "offset": 3, "length": -2},
    "endless": {"user_id": "BEN", "offset": 0, "length": 10**30},
    "true as a number": {"user_id": "BEN", "offset": True, "length": True},
    "a fraction": {"user_id": "BEN", "offset": 0.0, "length": 1.0},
    "text as a number": {"user_id": "BEN", "offset": "0", "length": "1"},
    "an unknown kind": {"kind": "role", "user_id": "BEN", "offset": 0, "length": 1},
    "a kind that is a list": {"kind": [], "user_id": "BEN", "offset": 0, "length": 1},
    "nobody": {"user_id": "0", "offset": 0, "length": 1},
    "a name": {"user_id": "ben", "offset": 0, "length": 1},
    "no user": {"user_id": None, "offset": 0, "length": 1},
    "a list of users": {"user_id": ["BEN"], "offset": 0, "length": 1},
    "a number as a user": {"user_id": 1, "offset": 0, "length": 1},
    "an endless number": {"user_id": "9" * 30, "offset": 0, "length": 1},
    "another spelling": {"user_id": " BEN", "offset": 0, "length": 1},
    "a stranger": {"user_id": "EVE", "offset": 0, "length": 1},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_range_is_refused_with_its_message(
    ana: Any, ben: Any, climbing: Conversation, bad: Any
) -> None:
    if isinstance(bad, dict) and isinstance(bad.get("user_id"), str):
        ids = {"BEN": str(ben.pk), "EVE": str(person("eve").pk)}
        bad = {**bad, "user_id": bad["user_id"].replace("BEN", ids["BEN"])}
        bad["user_id"] = bad["user_id"].replace("EVE", ids["EVE"])
    fine = {"user_id": str(ben.pk), "offset": 0, "length": 1}

    with pytest.raises(ChatError) as refused:
        send_message(draft(ana, climbing, "Hello", mentions=[fine, bad]))

    assert (refused.value.code, refused.value.field) == ("invalid_mention", "mentions")
    climbing.refresh_from_db()
    assert climbing.seq == 1
