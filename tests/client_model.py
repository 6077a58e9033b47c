"""A small client: it knows what it loaded once and what it was told since.

It works out by itself what clients work out: who has read what, what is unread, what
it may do, and which line its list shows. When it loads, it checks that the server
says the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django_chat.exceptions import ChatError
from django_chat.feed.heads import members_of
from django_chat.feed.history import history_page
from django_chat.feed.inbox import conversation_for_reader, inbox
from django_chat.feed.members import members
from django_chat.feed.variants import Reader, Rendering, Variant, variant_for
from django_chat.people.querysets import blocked_by
from django_chat.policy import ChatPolicy, Scene
from django_chat.realtime.events import (
    ControlEvent,
    ConversationEvent,
    Event,
    UserEvent,
)
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation
from django_chat.timeline.payloads import member_payload

__all__ = ["Client"]

Frame = dict[str, Any]

# What a row says beside its content, and a client knows better or another way.
_ENVELOPE = ("type", "reason", "reaction", "is_read")
_POSITIONS = ("read_seq", "delivered_seq")


class Client:
    """One user's view of one conversation."""

    def __init__(self, actor: Actor, place: Conversation) -> None:
        self.actor = actor
        self.me = actor.id
        self.place_id = place.pk
        self.load()

    def load(self) -> None:
        """Fetch everything, as when the conversation is opened."""
        self.present = False
        listed = inbox(self.actor).filter(conversation=self.place_id).exists()
        try:
            self.facts = conversation_for_reader(self.actor, self.place_id)
        except ChatError:
            return
        self.present = listed
        page = history_page(
            actor=self.actor, conversation_id=self.place_id, limit=1_000
        )
        self.rev = page.rev
        blocked = blocked_by(self.actor)
        self.reader = Reader(self.me, self.facts["history_from_seq"], blocked)
        self.hidden = {r["id"] for r in page.results if r.get("hidden") == "me"}
        self.rows = {row["id"]: row for row in page.results}
        self.loaded_reads = {row["id"]: row.get("is_read") for row in page.results}
        self.load_members()
        self.check_derivations()

    def load_members(self) -> None:
        """Fetch who is in it, and how far each has read."""
        cards = [member_payload(row) for row in members(self.actor, self.place_id)]
        self.members = {card["user_id"]: card for card in cards}

    def check_derivations(self) -> None:
        """Check that what a client works out is what the server says."""
        for name, value in self.view()["conversation"].items():
            said = self.facts[name]
            if name == "unread_count" and self.facts["marked_unread"]:
                continue
            if name in ("mention_count", "unread_count") and self.hidden:
                # What one has deleted for oneself says no more by or to whom it was.
                assert said >= value
                continue
            if name == "last_message" and said and (value is None or len(value) == 2):
                # Of what one may not read the list keeps the name and the time.
                assert said["excerpt"] == ""
                continue
            assert said == value, (self.me, name)
        for row in self.rows.values():
            if row.get("kind") == "text":
                is_read = self._is_read(row, set(self.members))
                assert is_read == self.loaded_reads[row["id"]], (self.me, row)

    # --- being told -----------------------------------------------------

    def hear(self, events: Iterable[Event]) -> None:
        """Take in what was published, as a server passes it on to this user."""
        for event in events:
            if isinstance(event, ConversationEvent):
                if self.present and event.conversation_id == str(self.place_id):
                    self._hear_conversation(event)
            elif event.user_id != self.me or event.tenant != self.actor.tenant:
                continue
            elif isinstance(event, UserEvent):
                self.apply_own(json.loads(event.text))
            elif isinstance(event, ControlEvent) and event.action == "blocks":
                self.load()

    def _hear_conversation(self, event: ConversationEvent) -> None:
        if event.meta_rev > self.facts["meta_rev"]:
            # A server looks again who is in it before it passes anything on.
            found = members_of([self.place_id], [self.actor.user_id])
            membership = found.get(str(self.place_id))
            if membership is None or self.me not in membership.visible_from:
                self.present = False
                return
            self.reader.visible_from = membership.visible_from[self.me]
        variant = variant_for(event, self.reader)
        if variant is not Variant.NOTHING:
            self.apply(json.loads(Rendering(event).text(variant)))

    def apply(self, frame: Frame) -> None:
        """Apply one frame about the conversation."""
        match frame["type"]:
            case "message" | "message_updated":
                self._apply_message(frame)
            case "conversation_updated":
                self._apply_facts(frame)
            case "read" | "delivered":
                name = "read_seq" if frame["type"] == "read" else "delivered_seq"
                card = self.members.get(frame["user_id"])
                if card is not None:
                    card[name] = max(card[name], frame["up_to_seq"])
                if frame["type"] == "read" and frame["user_id"] == self.me:
                    self.facts["marked_unread"] = False
        if frame.get("rev") is not None:
            self.rev = max(self.rev, frame["rev"])

    def _apply_message(self, frame: Frame) -> None:
        known = self.rows.get(frame["id"])
        if known is not None and known["rev"] >= frame["rev"]:
            return
        if frame["id"] in self.hidden:
            frame = {**frame, "hidden": "me"}
        if frame.get("hidden") == "me":
            self.rows[frame["id"]] = stub(frame)
            return
        self._mark_own_reactions(frame, known or {})
        row = {name: frame[name] for name in frame if name not in _ENVELOPE}
        self.rows[frame["id"]] = row
        for other in self.rows.values():
            self._requote(other, row)

    def _mark_own_reactions(self, frame: Frame, known: Frame) -> None:
        own = {r["emoji"] for r in known.get("reactions", ()) if r.get("me")}
        news = frame.get("reaction")
        if news and news["user_id"] == self.me:
            own = (
                own | {news["emoji"]} if news["op"] == "add" else own - {news["emoji"]}
            )
        for reaction in frame["reactions"]:
            is_mine = reaction["emoji"] in own or self.me in reaction["user_ids"]
            reaction.setdefault("me", is_mine)

    def _requote(self, row: Frame, target: Frame) -> None:
        quote = row.get("reply_to")
        if quote and quote["id"] == target["id"] and not quote.get("unavailable"):
            quote["excerpt"] = target["content"][:140]
            quote["deleted"] = target["deleted_at"] is not None

    def _apply_facts(self, frame: Frame) -> None:
        self.facts["meta_rev"] = frame["rev"]
        self.facts["member_count"] = frame["member_count"]
        changes = frame["changes"]
        if changes.get("status") == "deleted":
            self.present = False
            return
        self.facts.update(changes)
        details = ("members_added", "members_removed", "roles")
        if frame["members_changed"] and not any(name in frame for name in details):
            self.load_members()
            return
        for card in frame.get("members_added", ()):
            self.members[card["user_id"]] = card
        for user_id in frame.get("members_removed", ()):
            self.members.pop(user_id, None)
        for user_id, role in frame.get("roles", {}).items():
            self.members[user_id]["role"] = role

    def apply_own(self, frame: Frame) -> None:
        """Apply one frame that goes to this user's connections only."""
        if frame["type"] == "conversation_created":
            if frame["conversation"]["id"] == str(self.place_id):
                self.load()
                # The same as fetching it.
                assert self.facts == frame["conversation"]
        elif frame.get("conversation_id") != str(self.place_id):
            return
        elif frame["type"] == "inbox":
            self._apply_list(frame)
        elif frame["type"] == "message_hidden" and self.present:
            self._hide(frame["message_id"])
        elif frame["type"] == "read" and self.present:
            self.apply(frame)

    def _hide(self, message_id: str) -> None:
        self.hidden.add(message_id)
        if message_id in self.rows:
            self.rows[message_id] = stub(self.rows[message_id])

    def _apply_list(self, frame: Frame) -> None:
        if frame["reason"] == "removed":
            self.present = False
        elif frame["reason"] == "read":
            self.facts["marked_unread"] = frame["marked_unread"]
        elif frame["reason"] == "settings":
            names = {"pinned": "pinned", "archived_by_me": "archived_by_me"}
            self.facts.update({names[n]: v for n, v in frame.items() if n in names})

    # --- what it shows --------------------------------------------------

    def view(self) -> Frame:
        """Return everything that this client shows."""
        if not self.present and not hasattr(self, "rows"):
            return {"present": False}
        rows = sorted(self.rows.values(), key=lambda row: row["seq"])
        newest = rows[-1] if rows else None
        return {
            "present": self.present,
            "rev": self.rev,
            "messages": [self._shown(row) for row in rows],
            "members": {
                key: {n: v for n, v in card.items() if n not in _POSITIONS}
                for key, card in self.members.items()
            },
            "have_read": {key: self._has_read(key) for key in self._watched()},
            "conversation": {
                "title": self._title(),
                "status": self.facts["status"],
                "rev": self.rev,
                "meta_rev": self.facts["meta_rev"],
                "member_count": self.facts["member_count"],
                "my_role": self.members[self.me]["role"],
                "permissions": ChatPolicy().permissions(self._scene()),
                "unread_count": self._unread(),
                "mention_count": self._mentions(),
                "marked_unread": self.facts["marked_unread"],
                "pinned": self.facts["pinned"],
                "archived_by_me": self.facts["archived_by_me"],
                "last_message": self._last(newest),
            },
        }

    def _title(self) -> str:
        if self.facts["is_group"]:
            return str(self.facts["title"])
        others = [card["name"] for key, card in self.members.items() if key != self.me]
        return str(others[0]) if others else "Deleted user"

    def _scene(self) -> Scene:
        return Scene(
            user=self.actor.user,
            kind=self.facts["kind"],
            status=self.facts["status"],
            role=self.members[self.me]["role"],
            partner_available=self.facts["is_group"]
            or (
                self.facts["send_disabled_reason"] != "unavailable"
                and len(self.members) == 2
            ),
        )

    def _watched(self) -> set[str]:
        """Return the members whose reading one is told of: not those one has blocked."""
        return self.members.keys() - self.reader.blocked

    def _shown(self, row: Frame) -> Frame:
        shown = {name: row[name] for name in row if name not in _ENVELOPE}
        if row.get("kind") == "text":
            shown["is_read"] = self._is_read(row, self._watched())
        quote = row.get("reply_to")
        if quote and quote["id"] in self.hidden:
            # A stub does not tell what has become of the words that are quoted.
            shown["reply_to"] = {"id": quote["id"], "seq": quote["seq"]}
        return shown

    def _is_read(self, row: Frame, members: set[str]) -> bool:
        if row["is_own_message"]:
            others = members - {self.me}
            seqs = [self.members[key]["read_seq"] for key in others]
            return bool(seqs) and min(seqs) >= row["seq"]
        return bool(self.members[self.me]["read_seq"] >= row["seq"])

    def _texts_of_others(self, user_id: str) -> list[Frame]:
        return [
            row
            for row in self.rows.values()
            if row.get("kind") == "text" and row["sender_id"] != user_id
        ]

    def _has_read(self, user_id: str) -> int:
        """Count what somebody has read: two watermarks may mean the same."""
        seq = self.members[user_id]["read_seq"]
        return sum(row["seq"] <= seq for row in self._texts_of_others(user_id))

    def _unread(self) -> int:
        seq = self.members[self.me]["read_seq"]
        return sum(row["seq"] > seq for row in self._texts_of_others(self.me))

    def _mentions(self) -> int:
        seq = self.members[self.me]["read_seq"]
        return sum(
            row["seq"] > seq
            and any(m["user_id"] in (self.me, None) for m in row.get("mentions", ()))
            for row in self._texts_of_others(self.me)
        )

    def _last(self, row: Frame | None) -> Frame | None:
        if row is None:
            return None
        if row.get("hidden") == "me":
            return {"id": row["id"], "seq": row["seq"]}
        return {
            "id": row["id"],
            "seq": row["seq"],
            "sender": row["sender"],
            "sender_id": row["sender_id"],
            "excerpt": row["content"][:255],
            "timestamp": row["timestamp"],
            "kind": row["kind"],
            "is_own_message": row["is_own_message"],
        }


def stub(row: Frame) -> Frame:
    """Return what is left of a message that one has deleted for oneself."""
    return {"id": row["id"], "seq": row["seq"], "rev": row["rev"], "hidden": "me"}
