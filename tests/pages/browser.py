"""A browser without JavaScript: it follows links and sends the forms it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.utils import translation

Attributes = dict[str, str | None]
_VOID = {"input", "link", "meta", "img", "path", "circle", "br"}


@dataclass
class Element:
    """A tag with its attributes and all the text inside it."""

    tag: str
    attributes: Attributes
    text: str = ""

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()


@dataclass
class Form:
    """A form as it stands in the page."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What came back, read as a browser reads it."""

    def __init__(self, response: HttpResponse, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.response = response
        self.status = response.status_code
        self.address = address
        self.html = response.content.decode()
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self._open: list[Element] = []
        self._textarea: str | None = None
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        element = Element(tag, attributes)
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)
        name = attributes.get("name")
        if tag == "form":
            action = urljoin(self.address, attributes.get("action") or "")
            self.forms.append(Form(action, attributes.get("method") or "get"))
        elif tag == "textarea":
            self._textarea = name
        elif name and self.forms and self._is_inside("form"):
            value = attributes.get("value") or ""
            if tag == "button":
                self.forms[-1].buttons.append((name, value))
            elif attributes.get("type") != "checkbox" or "checked" in attributes:
                self.forms[-1].fields.setdefault(name, []).append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        shown = self._open
        if shown and shown[-1].tag == "script":
            shown = shown[-1:]  # nobody reads it
        for element in shown:
            element.text += data
        if self._textarea:
            # Browsers drop the first line break, which Django writes for them.
            self.forms[-1].fields[self._textarea] = [data.removeprefix("\n")]

    def _is_inside(self, tag: str) -> bool:
        return any(element.tag == tag for element in self._open)

    def all(self, name: str) -> list[Element]:
        """Return the elements of a class, or of a tag."""
        return [e for e in self.elements if name in e.classes or e.tag == name]

    def texts(self, name: str) -> list[str]:
        """Return the texts of all elements of a class or tag, blanks made single."""
        return [" ".join(element.text.split()) for element in self.all(name)]

    @property
    def inline_scripts(self) -> list[str]:
        """What scripts of the page itself a browser would run."""
        return [
            e.text
            for e in self.all("script")
            if e.text and e.attributes.get("type") != "application/json"
        ]

    @property
    def text(self) -> str:
        return " ".join(self.texts("body"))

    @property
    def alerts(self) -> list[str]:
        return [
            " ".join(element.text.split())
            for element in self.elements
            if element.attributes.get("role") == "alert"
        ]

    def link(self, text: str) -> str:
        """Return where the link with this text leads."""
        for element in self.all("a"):
            if text in " ".join(element.text.split()):
                return urljoin(self.address, element.attributes["href"] or "")
        raise AssertionError(f"no link {text!r} among {self.texts('a')}")

    def form(self, ending: str) -> Form:
        """Return the first form whose address ends so."""
        for found in self.forms:
            if found.action.endswith(ending) and found.method == "post":
                return found
        raise AssertionError(f"no form {ending!r} in {[f.action for f in self.forms]}")

    def has_form(self, ending: str) -> bool:
        return any(found.action.endswith(ending) for found in self.forms)


class Browser:
    """Somebody's browser, logged in and with CSRF protection on."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.client = Client(enforce_csrf_checks=True)
        if user is not None:
            self.client.force_login(user)

    def open(self, address: str, **headers: str) -> Page:
        """Load a page, in English."""
        with translation.override("en"):
            response = self.client.get(address, headers=headers)
        return Page(response, address)

    def send(self, form: Form, /, **values: Any) -> Page:
        """Send a form with what was typed into it, and follow where it leads."""
        with translation.override("en"):
            response = self.client.post(form.action, {**form.fields, **values})
            if response.status_code == 302:
                # Without the fragment, which browsers keep to themselves.
                return self.open(
                    urlsplit(response.headers["Location"])
                    ._replace(fragment="")
                    .geturl()
                )
        return Page(response, form.action)
