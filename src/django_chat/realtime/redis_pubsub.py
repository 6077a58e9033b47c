"""A whole batch to Redis in one or two commands, and only what somebody hears.

`group_send` of the pub/sub layer takes a lock, a write and a read for each group, and
most of it is in vain: two people who chat are often at the same process, which then
hears nobody but itself. The layer has no call for a batch and none for who listens, so
this reaches for the connections that it keeps; `understands` says whether they are
where they are expected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django_chat.realtime.envelopes import Envelope

__all__ = ["publish_batch", "understands"]

# Whether a server knows all who listen: a node of a cluster counts its own only.
_counts: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def understands(layer: Any) -> bool:
    """Is this the pub/sub layer of `channels_redis`, made as it is known to be?"""
    try:
        from channels_redis.pubsub import (  # type: ignore[import-untyped]
            RedisPubSubChannelLayer,
            RedisPubSubLoopLayer,
            RedisSingleShardConnection,
        )
    except ImportError:
        return False
    return (
        type(layer) is RedisPubSubChannelLayer
        and hasattr(RedisPubSubChannelLayer, "_get_layer")
        and hasattr(RedisPubSubLoopLayer, "_get_group_channel_name")
        and hasattr(RedisPubSubLoopLayer, "_get_shard")
        and hasattr(RedisSingleShardConnection, "_ensure_redis")
    )


async def publish_batch(
    layer: Any, envelopes: Mapping[str, Envelope], echoed: Container[str]
) -> None:
    """Publish the envelope of each group, unless nobody but this process hears it.

    `echoed` holds groups in which this process is known to hear itself: where Redis
    counts one listener, that is this process.
    """
    own = layer._get_layer()
    shards: dict[Any, dict[str, str]] = {}
    for group in envelopes:
        channel = own._get_group_channel_name(group)
        shards.setdefault(own._get_shard(channel), {})[channel] = group
    # At the same time: a server that hangs is no reason for the others to wait.
    sending = [
        _publish(layer, shard, groups, envelopes, echoed)
        for shard, groups in shards.items()
    ]
    for outcome in await asyncio.gather(*sending, return_exceptions=True):
        if outcome is not None:
            raise outcome


async def _publish(
    layer: Any,
    shard: Any,
    groups: Mapping[str, str],
    envelopes: Mapping[str, Envelope],
    echoed: Container[str],
) -> None:
    # The layer's own lock: one connection for all, and batches in their order.
    async with shard._lock:
        shard._ensure_redis()
        counts = await _listeners(shard, list(groups))
        heard = {
            channel: envelopes[group]
            for (channel, group), count in zip(groups.items(), counts, strict=True)
            if count > (group in echoed)
        }
        if heard:
            async with shard._redis.pipeline(transaction=False) as pipeline:
                for channel, envelope in heard.items():
                    pipeline.publish(channel, layer.serialize(envelope))
                await pipeline.execute()


async def _listeners(shard: Any, channels: Sequence[str]) -> list[float]:
    """Return how many listen to each channel; infinitely many where that is unknown."""
    from redis.exceptions import ResponseError

    redis = shard._redis
    try:
        if shard not in _counts:
            _counts[shard] = not (await redis.info("cluster")).get("cluster_enabled")
        if _counts[shard]:
            return [count for _, count in await redis.pubsub_numsub(*channels)]
    except ResponseError:  # a proxy that does not let everything through
        _counts[shard] = False
    return [float("inf")] * len(channels)
