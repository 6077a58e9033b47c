"""How people are shown: never by an address."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.test.utils import isolate_apps

from django_chat.feed.history import history_page
from django_chat.people.presenters import UserPresenter, presenter
from tests.factories import actor, direct, person, send

User: Any = get_user_model()


with isolate_apps("django.contrib.auth"):

    class MailUser(AbstractBaseUser):
        """A user who logs in with his address, as many hosts have it."""

        email = models.EmailField(unique=True)
        USERNAME_FIELD = "email"

        class Meta:
            app_label = "auth"


@pytest.mark.parametrize(
    ("user", "name", "username"),
    [
        (User(pk=1, username="ana"), "ana", "ana"),
        (
            User(pk=1, username="ana", first_name="Ana", last_name="Lima"),
            "Ana Lima",
            "ana",
        ),
        (User(pk=1, username="ana", first_name=" "), "ana", "ana"),
        (User(pk=7, username="ana@example.org"), "#7", ""),
        (
            User(pk=7, username="ana@example.org", first_name="Ana"),
            "Ana",
            "",
        ),
        (User(pk=7, username="x", email="ana@example.org"), "x", "x"),
        (MailUser(pk=7, email="ana@example.org"), "#7", ""),
    ],
)
def test_the_default_shows_no_address(user: Any, name: str, username: str) -> None:
    card = UserPresenter().card(user)

    assert (card["name"], card["username"]) == (name, username)
    assert "example.org" not in str(card)


def test_somebody_erased_has_a_name_in_the_language_of_the_reader() -> None:
    assert UserPresenter().name(None) == "Deleted user"


class Initials(UserPresenter):
    """A host that shows initials and pictures."""

    def name(self, user: Any) -> str:
        return user.username[:1].upper() if user else "?"

    def avatar_url(self, user: Any) -> str:
        return f"/faces/{user.pk}.png"


@pytest.mark.django_db
def test_a_host_shows_people_its_own_way(settings: Any) -> None:
    settings.DJANGO_CHAT = {"USER_PRESENTER": f"{__name__}.Initials"}
    ana, ben = person("ana"), person("ben")
    letters = direct(ana, ben)
    send(ana, letters)

    (row,) = history_page(actor=actor(ben), conversation_id=letters.pk).results
    assert row["sender"] == "A"
    assert presenter().avatar_url(ana) == f"/faces/{ana.pk}.png"
