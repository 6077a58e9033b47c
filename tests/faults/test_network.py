"""A network that breaks, dawdles and repeats itself changes nothing that people read."""

from __future__ import annotations

import random

import pytest

from tests.faults.client import talking
from tests.faults.invariants import all_is_told
from tests.faults.network import RoughNetwork, Weather
from tests.faults.site import PUBSUB, site
from tests.services import Services


@pytest.mark.asyncio
async def test_a_rough_network_costs_nobody_a_message_and_doubles_none(
    services: Services, chance: random.Random
) -> None:
    with site(services, layer=PUBSUB, servers=2) as town:
        here, there = town.servers
        async with (
            RoughNetwork(here.port, chance, Weather()) as one,
            RoughNetwork(there.port, chance, Weather()) as other,
            talking(town, each=40, urls=[one.url, other.url]) as clients,
        ):
            await all_is_told(town, clients)
            # It was as rough as it was meant to be.
            for network in (one, other):
                assert network.broken, "chance has spared every connection"
                assert min(network.doubled, network.stalled) >= 5
            assert sum(client.repeats for client in clients) >= 10
        for server in town.servers:
            assert "Traceback" not in server.words()
