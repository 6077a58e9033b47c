"""Every model, in reading order: the public import, and what Django loads."""

from django_chat.timeline.models import Conversation, Message, Participant, ReadMark  # isort: skip
from django_chat.connections.models import WsTicket
from django_chat.feed.models import Epoch
from django_chat.messages.models import HiddenMessage, Mention, Reaction, Revision
from django_chat.people.models import Block
from django_chat.presence.models import PresenceLease, UserStatus

__all__ = [
    "Block",
    "Conversation",
    "Epoch",
    "HiddenMessage",
    "Mention",
    "Message",
    "Participant",
    "PresenceLease",
    "Reaction",
    "ReadMark",
    "Revision",
    "UserStatus",
    "WsTicket",
]
