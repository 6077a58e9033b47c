"""Channel layers without a server, each well or ill in one way."""

from __future__ import annotations

import asyncio
from typing import Any

from channels.layers import BaseChannelLayer
from django.test import override_settings

__all__ = ["Away", "Hanging", "Taking", "with_layer"]


class Taking(BaseChannelLayer):
    """A layer that takes whatever it is given."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        return


class Away(BaseChannelLayer):
    """A layer whose server is away."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise ConnectionError("redis://secret@10.0.0.7 is away")


class Hanging(BaseChannelLayer):
    """A layer whose server does not answer."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await asyncio.sleep(3_600)


def with_layer(layer: type[BaseChannelLayer] | None) -> override_settings:
    """Return settings with a channel layer, or with none."""
    if layer is None:
        return override_settings(CHANNEL_LAYERS={})
    path = f"{layer.__module__}.{layer.__qualname__}"
    return override_settings(CHANNEL_LAYERS={"default": {"BACKEND": path}})
