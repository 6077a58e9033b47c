"""Who may do what: one class, asked the same way by every face.

A host subclasses `ChatPolicy`, overrides the questions it sees differently and names
the class in `DJANGO_CHAT["POLICY"]`. Methods are pure: facts come in, an answer goes
out, and no query is made, so a rule costs nothing and is tested without a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from django_chat.conf import strategy

__all__ = ["ChatPolicy", "ContextCard", "Scene", "policy"]

Role = Literal["owner", "admin", "member"]
_MANAGERS = ("owner", "admin")


@dataclass(frozen=True, slots=True)
class Scene:
    """What the rules look at: a person who is in a conversation, at this moment.

    `partner_available` is False in a direct conversation whose other side is gone,
    deactivated, or has blocked or is blocked by the person.
    """

    user: Any
    kind: str
    status: str
    role: str
    partner_available: bool = True

    @property
    def is_group(self) -> bool:
        """Whether roles matter here."""
        return self.kind == "group"

    @property
    def manages(self) -> bool:
        """Whether the person is an owner or admin of a group."""
        return self.is_group and self.role in _MANAGERS


class ContextCard(TypedDict):
    """What a conversation shows of the object it is about.

    `url` is a path of the site itself; any other is not shown.
    """

    label: str
    url: str | None
    image: NotRequired[str]


class ChatPolicy:
    """The default rules: participants see, members post, admins manage."""

    def can_start(self, user: Any, target: Any) -> bool:
        """May `user` open a direct conversation with, or add, somebody he can find?

        Blocks are enforced before this is asked and cannot be overruled here.
        """
        return True

    def can_create_group(self, user: Any) -> bool:
        """May `user` create a group?"""
        return True

    def can_open_about(
        self, user: Any, obj: Any, members: Sequence[Any], *, invited: bool
    ) -> bool:
        """May `user` open a conversation with `members` about an object of the site?

        `invited` is True where code of the site passed the object, or signed a
        reference that names the user; False for a reference that names nobody.
        """
        return invited

    def context_card(self, obj: Any, user: Any) -> ContextCard:
        """Return what `user`, who is in a conversation about `obj`, is shown of it."""
        address = getattr(obj, "get_absolute_url", None)
        return {"label": str(obj), "url": address() if address else None}

    def send_disabled_reason(self, scene: Scene) -> str | None:
        """Return why nobody, or this person, may write now; None when writing is on."""
        if not scene.partner_available:
            return "unavailable"
        if scene.status in ("archived", "closed"):
            return scene.status
        if scene.status == "read_only" and not scene.manages:
            return "read_only"
        return None

    def can_post(self, scene: Scene) -> bool:
        """May the person send, react and show that he types?"""
        return self.send_disabled_reason(scene) is None

    def can_edit(self, scene: Scene, *, own: bool) -> bool:
        """May the person change the text of a message?"""
        return own and self.can_post(scene)

    def can_delete(self, scene: Scene, *, own: bool) -> bool:
        """May the person delete a message for everyone?"""
        return own or scene.manages

    def can_see_revisions(self, scene: Scene, *, own: bool) -> bool:
        """May the person read what a message said before it was edited?"""
        return own or scene.manages

    def can_mention_all(self, scene: Scene) -> bool:
        """May the person address everybody with @all?"""
        return scene.manages

    def can_add_members(self, scene: Scene) -> bool:
        """May the person bring others into the group?"""
        return scene.manages

    def can_remove_member(self, scene: Scene, *, target_role: str) -> bool:
        """May the person remove somebody who has `target_role`?"""
        if scene.role == "owner":
            return scene.is_group
        return scene.manages and target_role == "member"

    def can_rename(self, scene: Scene) -> bool:
        """May the person change the title?"""
        return scene.manages

    def can_set_role(self, scene: Scene) -> bool:
        """May the person give and take roles, ownership included?"""
        return scene.is_group and scene.role == "owner"

    def can_change_status(self, scene: Scene) -> bool:
        """May the person make the conversation read-only, closed, archived or open?"""
        return scene.is_group and scene.role == "owner"

    def can_delete_conversation(self, scene: Scene) -> bool:
        """May the person delete the conversation for everyone?"""
        return scene.is_group and scene.role == "owner"

    def permissions(self, scene: Scene) -> dict[str, bool]:
        """Return the answers that clients show or hide controls by."""
        return {
            "send": self.can_post(scene),
            "edit_own": self.can_edit(scene, own=True),
            "delete_any": self.can_delete(scene, own=False),
            "add_members": self.can_add_members(scene),
            "rename": self.can_rename(scene),
            "pin": False,
            "mention_all": self.can_mention_all(scene),
        }


def policy() -> ChatPolicy:
    """Return the rules that the host has chosen."""
    rules: ChatPolicy = strategy("POLICY")
    return rules
