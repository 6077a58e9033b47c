"""Which tenant somebody acts in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.people.directory import find_person
from django_chat.tenancy.actor import Actor, actor_for
from django_chat.tenancy.resolvers import (
    HostTenants,
    SingleTenant,
    TenantResolver,
    UserAttributeTenants,
    tenant_resolver,
)
from tests.factories import actor, direct, people, person

pytestmark = pytest.mark.django_db


def scope(*hosts: bytes) -> dict[str, Any]:
    """Return what an ASGI server hands over for a socket."""
    return {"type": "websocket", "headers": [(b"host", host) for host in hosts]}


def request(host: str, user: Any = None) -> Any:
    """Return a request at a host."""
    made = RequestFactory().get("/", headers={"host": host})
    made.user = user
    return made


def test_without_a_setting_there_is_one_tenant() -> None:
    ana = person("ana")
    resolver = tenant_resolver()

    assert isinstance(resolver, SingleTenant)
    assert (
        resolver.for_user(ana) == resolver.for_request(request("a.example", ana)) == ""
    )
    assert resolver.for_scope(scope(b"a.example"), ana) == ""
    assert resolver.allows(ana, "")
    assert not resolver.allows(ana, "north")


@pytest.mark.parametrize(
    ("host", "tenant"),
    [
        ("north.example", "north.example"),
        ("North.EXAMPLE:8000", "north.example"),
        ("north.example.", "north.example"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_the_tenant_is_the_host_however_it_is_written(host: str, tenant: str) -> None:
    resolver = HostTenants()

    assert resolver.for_request(request(host)) == tenant
    assert resolver.for_scope(scope(host.encode()), None) == tenant


def test_long_hosts_are_not_mixed_up() -> None:
    resolver = HostTenants()
    stem = "a" * 60 + ".b" * 30
    tenants = {
        resolver.resolve(user=None, host=f"{stem}.{name}.example")
        for name in ("north", "south")
    }

    assert len(tenants) == 2
    assert all(len(tenant) <= 63 for tenant in tenants)
    assert "a" * 63 not in tenants


@override_settings(ALLOWED_HOSTS=["north.example", ".south.example"])
def test_a_socket_at_a_host_that_is_not_ours_has_no_tenant() -> None:
    resolver = HostTenants()

    assert resolver.for_scope(scope(b"north.example:443"), None) == "north.example"
    assert resolver.for_scope(scope(b"a.south.example"), None) == "a.south.example"
    for bad in (
        b"evil.example",
        b"",
        b"north.example@evil",
        b"\xff\xfe",
        b"north.example/x",
    ):
        assert resolver.for_scope(scope(bad), None) is None
    assert resolver.for_scope(scope(), None) is None
    # A second header changes nothing: the first is what Django reads.
    assert resolver.for_scope(scope(b"evil.example", b"north.example"), None) is None


@override_settings(ALLOWED_HOSTS=[], DEBUG=True)
def test_in_development_the_local_hosts_are_ours() -> None:
    assert HostTenants().for_scope(scope(b"localhost:8000"), None) == "localhost"
    assert HostTenants().for_scope(scope(b"evil.example"), None) is None


class ByLastName(UserAttributeTenants):
    """Accounts that belong to a tenant, written in a column that every user has."""

    attribute = "last_name"


class ByGroup(UserAttributeTenants):
    """A path through a relation that somebody may lack."""

    attribute = "profile__org"


def test_a_tenant_may_be_an_attribute_of_the_user(settings: Any) -> None:
    settings.DJANGO_CHAT = {"TENANT_RESOLVER": f"{__name__}.ByLastName"}
    ana, ben = person("ana", last_name="north"), person("ben", last_name="north")
    cem = person("cem", last_name="south")

    assert actor_for(ana) == Actor(ana, "north")
    assert tenant_resolver().allows(ana, "north")
    assert not tenant_resolver().allows(ana, "south")
    everybody = get_user_model().objects.all()
    assert set(tenant_resolver().users("north", everybody)) == {ana, ben}
    assert find_person(actor_for(ana), "@ben") == ben
    with pytest.raises(ChatError, match="unavailable"):
        find_person(actor_for(ana), "@cem")
    assert api.open_direct(ana, ben).tenant == "north"
    assert cem.last_name == "south"


def test_a_path_that_ends_nowhere_is_no_tenant() -> None:
    assert ByGroup().for_user(person("ana")) == ""


def test_a_tenant_that_is_too_long_is_an_error_and_not_cut() -> None:
    ana = person("ana", last_name="n" * 63)
    assert ByLastName().for_user(ana) == "n" * 63
    ana.last_name = "n" * 64

    with pytest.raises(ImproperlyConfigured):
        ByLastName().for_user(ana)


def test_a_resolver_must_be_written() -> None:
    for call in (
        lambda: TenantResolver().resolve(user=None, host=""),
        lambda: TenantResolver().for_user(None),
        lambda: TenantResolver().users("", Group.objects.all()),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_nobody_acts_without_an_account() -> None:
    gone = person("gone", is_active=False)

    for user in (AnonymousUser(), None, gone, "ana", object()):
        with pytest.raises(ChatError, match="not_authenticated"):
            actor_for(user)


def test_host_code_sees_what_lies_in_the_tenant_it_names() -> None:
    ana, ben = people("ana", "ben")
    north, south = direct(ana, ben, tenant="north"), direct(ana, ben, tenant="south")
    message = api.send(ana, north, "Hello", tenant="north")

    assert list(api.conversations_for(ana, tenant="north")) == [north]
    assert list(api.conversations_for(ana, tenant="south")) == [south]
    assert not api.conversations_for(ana)
    assert list(api.messages_for(ben, tenant="north")) == [message]
    assert not api.messages_for(ben, tenant="south")
    assert [api.unread_for(ben, tenant=t) for t in ("north", "south")] == [1, 0]


def test_host_code_may_name_the_tenant() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben, tenant="north")

    assert api.send(ana, letters, "Hello", tenant="north").seq == 1
    with pytest.raises(ChatError, match="not_found"):
        api.send(ana, letters, "Hello")
    assert actor(ana).id == str(ana.pk)
