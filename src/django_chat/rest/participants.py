"""Who is in a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.feed.members import member_for_reader, members
from django_chat.groups.services.members import (
    add_members,
    leave,
    remove_member,
    set_role,
)
from django_chat.people.directory import find_people
from django_chat.rest.fields import Address, OneOf, Text
from django_chat.rest.operations import operation
from django_chat.rest.pagination import cursor_page
from django_chat.rest.reading import Body, CursorQuery
from django_chat.rest.shapes import MemberPage, MemberShape, RevShape
from django_chat.rest.view import ChatView
from django_chat.tenancy.actor import Actor
from django_chat.timeline.payloads import member_payload

__all__ = [
    "AddParticipants",
    "Leave",
    "Participant",
    "Participants",
    "RemoveParticipant",
    "find_members",
]


class MembersQuery(CursorQuery):
    """Whose names to look for."""

    search = Text(required=False, max_length=200)


class Newcomers(Body):
    """Whom to bring in."""

    aliases: ClassVar = {"members": "user_ids"}
    user_ids = serializers.ListField(child=Address(), allow_empty=False)


class Leaver(Body):
    """Whom to take out."""

    user_id = Text()


class NewRole(Body):
    """The role that somebody gets; `owner` hands the group over."""

    role = OneOf("owner", "admin", "member")


class AddedShape(RevShape):
    """Who came in, and who was in already."""

    added = MemberShape(many=True)
    skipped = serializers.ListField(child=serializers.CharField())


class ChangedMemberShape(MemberShape, RevShape):
    """A member after a change."""


def find_members(actor: Actor, addresses: Sequence[str]) -> list[Any]:
    """Return the users addressed; raise `group_too_large` or `unavailable`.

    More than a group holds are not even looked up.
    """
    most = chat_settings.GROUP_MAX_MEMBERS
    if len(addresses) > most:
        raise ChatError("group_too_large", detail={"max": most})
    return find_people(actor, addresses)


class AddParticipants(ChatView):
    """Bringing people into a group."""

    @operation({200: AddedShape}, body=Newcomers)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Bring people into a group; those who are in it already are skipped."""
        users = find_members(self.actor, self.read_body()["user_ids"])
        outcome = add_members(
            actor=self.actor, conversation_id=conversation_id, users=users
        )
        return Response(
            {
                "rev": outcome.rev,
                "added": [member_payload(row) for row in outcome.added],
                "skipped": outcome.skipped,
            }
        )


class Participants(AddParticipants):
    """The members of a conversation."""

    @operation({200: MemberPage}, query=MembersQuery)
    def get(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """List the members, longest-serving first."""
        query = self.read_query()
        rows = members(self.actor, conversation_id, named=query.get("search"))
        return Response(cursor_page(request, query, rows, "pk").body(member_payload))


class RemoveParticipant(ChatView):
    """Taking somebody out of a group."""

    @operation({200: RevShape}, body=Leaver)
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Take somebody out of a group; oneself: the same as leaving."""
        rev = remove_member(
            actor=self.actor,
            conversation_id=conversation_id,
            user_id=self.read_body()["user_id"],
        )
        return Response({"rev": rev})


class Participant(ChatView):
    """One member of a conversation."""

    @operation({200: ChangedMemberShape}, body=NewRole)
    def patch(
        self, request: Request, conversation_id: UUID, user_id: str, **_: Any
    ) -> Response:
        """Change somebody's role."""
        rev = set_role(
            actor=self.actor,
            conversation_id=conversation_id,
            user_id=user_id,
            role=self.read_body()["role"],
        )
        member = member_for_reader(self.actor, conversation_id, user_id)
        return Response({**member, "rev": rev})

    @operation({200: RevShape})
    def delete(
        self, request: Request, conversation_id: UUID, user_id: str, **_: Any
    ) -> Response:
        """Take somebody out of a group; oneself: the same as leaving."""
        rev = remove_member(
            actor=self.actor, conversation_id=conversation_id, user_id=user_id
        )
        return Response({"rev": rev})


class Leave(ChatView):
    """Leaving a group."""

    @operation({200: RevShape})
    def post(self, request: Request, conversation_id: UUID, **_: Any) -> Response:
        """Leave a group; the last owner's place is passed on."""
        rev = leave(actor=self.actor, conversation_id=conversation_id)
        return Response({"rev": rev})
