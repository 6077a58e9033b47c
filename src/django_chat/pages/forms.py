"""What the pages' forms take; the services judge it."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from django_chat.conf import chat_settings
from django_chat.timeline.models import TITLE_MAX

__all__ = [
    "QUICK_REACTIONS",
    "DirectForm",
    "EditForm",
    "GroupForm",
    "PeopleForm",
    "ReactionForm",
    "SendForm",
    "TitleForm",
]

QUICK_REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "🙏")


class _TextField(forms.CharField):
    """The text of a message, as it was typed but for the way browsers end lines."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        # Whether it is empty or too long is for the service to say.
        super().__init__(label=_("Message"), strip=False, required=False, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").strip("\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            **super().widget_attrs(widget),
            "rows": 1,
            "maxlength": chat_settings.MESSAGE_MAX_LENGTH,
            "required": True,
            "dir": "auto",
            "class": "dc-input dc-input--text",
            "placeholder": _("Write a message"),
        }


class _OnceForm(forms.Form):
    """A form that means one thing however often it is sent."""

    client_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"client_id": uuid4().hex, **(self.initial or {})}

    def renewed(self) -> None:
        """Let the next sending of this form be another one."""
        data = cast(QueryDict, self.data).copy()
        data["client_id"] = uuid4().hex
        self.data = data


class SendForm(_OnceForm):
    """A new message."""

    content = _TextField(widget=forms.Textarea(attrs={"id": "dc-compose"}))
    reply_to = forms.UUIDField(widget=forms.HiddenInput, required=False)


class EditForm(forms.Form):
    """Another text for one's own message."""

    content = _TextField()
    base_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReactionForm(forms.Form):
    """An emoji to put on a message, or to take back."""

    add = forms.CharField(label=_("Another emoji"), required=False, max_length=64)
    remove = forms.CharField(required=False, max_length=64)


_text_input = {"class": "dc-input", "dir": "auto"}
_name_input = {**_text_input, "autocapitalize": "none", "spellcheck": "false"}


class DirectForm(forms.Form):
    """Whom to write to: somebody's id from a list, or a username somebody typed."""

    user_id = forms.CharField(required=False, max_length=150)
    username = forms.CharField(
        label=_("Username"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={**_name_input, "placeholder": "@ana"}),
    )

    def address(self) -> str:
        """Return what the directory looks up."""
        username = self.cleaned_data.get("username")
        return f"@{username.lstrip('@')}" if username else self.cleaned_data["user_id"]


class PeopleForm(forms.Form):
    """People by their usernames, in one line."""

    usernames = forms.CharField(
        label=_("Usernames"),
        max_length=2_000,
        widget=forms.TextInput(attrs={**_name_input, "placeholder": "@ana, @ben"}),
    )

    def addresses(self) -> list[str]:
        """Return what the directory looks up."""
        names = re.split(r"[\s,;]+", self.cleaned_data.get("usernames", ""))
        return [f"@{name.lstrip('@')}" for name in names if name.lstrip("@")]


class TitleForm(forms.Form):
    """What a group is called."""

    title = forms.CharField(
        label=_("Group name"),
        max_length=TITLE_MAX,
        widget=forms.TextInput(attrs=_text_input),
    )


class GroupForm(_OnceForm, TitleForm, PeopleForm):
    """A new group: its name, and people from a list or by their usernames."""

    members = forms.MultipleChoiceField(required=False)
    field_order = ["title", "members", "usernames"]

    def __init__(
        self, *args: Any, people: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].choices = people  # type: ignore[attr-defined]
        self.fields["usernames"].label = _("Others, by username")
        self.fields["usernames"].required = False

    def addresses(self) -> list[str]:
        return [*self.cleaned_data["members"], *super().addresses()]
