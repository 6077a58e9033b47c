"""The schemas are whole: every frame has one, and every one is of a frame."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator, ValidationError

from django_chat import protocol
from django_chat.exceptions import REGISTRY
from django_chat.protocol import asyncapi, load_schema, schema_names
from django_chat.ws.commands import COMMANDS
from django_chat.ws.frames import read_frame
from tests.protocol.schemas import check_client_frame, check_object, check_server_frame

CLIENT = [name for name in schema_names() if name.startswith("client.")]
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def test_every_command_has_a_schema_and_every_schema_a_command() -> None:
    assert {name.removeprefix("client.") for name in CLIENT} == {*COMMANDS, "auth"}


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_one(name: str) -> None:
    schema = load_schema(name)

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"{name}.schema.json"


@pytest.mark.parametrize("name", CLIENT)
def test_an_example_is_what_it_shows_and_the_server_reads_it(name: str) -> None:
    (example,) = load_schema(name)["examples"]

    check_client_frame(example)
    assert read_frame(json.dumps(example)) == example


def test_a_schema_knows_every_error_there_is() -> None:
    assert load_schema("server.error")["properties"]["code"]["enum"] == list(REGISTRY)


def test_the_asyncapi_document_is_made_from_the_schemas() -> None:
    shipped = files(protocol) / "v1" / "asyncapi.json"

    assert json.loads(shipped.read_text(encoding="utf-8")) == asyncapi()


def test_a_field_that_nobody_has_described_is_noticed() -> None:
    frame = {"type": "caught_up", "conversation_id": ID, "rev": 1, "surprise": 1}

    with pytest.raises(ValidationError, match="surprise"):
        check_server_frame(frame)


@pytest.mark.parametrize("time", ["2026-01-31", "2026-01-31T09:30:00+01:00", "soon Z"])
def test_a_time_of_another_kind_is_noticed(time: str) -> None:
    with pytest.raises(ValidationError, match="date-time"):
        check_object("Presence", {"id": "5", "status": "away", "last_seen": time})
