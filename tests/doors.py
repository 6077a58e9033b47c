"""Every function that a face may call, found by walking the modules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import django_chat

__all__ = ["reading_doors", "writing_doors"]

Door = Callable[..., Any]


def writing_doors() -> dict[str, Door]:
    """Return the public functions of all service modules, by their full name."""
    return dict(_doors(lambda parts: "services" in parts or parts[-1] == "sending"))


def reading_doors() -> dict[str, Door]:
    """Return the public functions of the feed and of presence, by their full name."""
    return dict(
        _doors(lambda parts: parts[0] == "feed" or parts == ["presence", "querysets"])
    )


def _doors(is_wanted: Callable[[list[str]], bool]) -> Iterator[tuple[str, Door]]:
    prefix = django_chat.__name__ + "."
    for found in pkgutil.walk_packages(django_chat.__path__, prefix):
        name = found.name.removeprefix(prefix)
        if not is_wanted(name.split(".")):
            continue
        module = importlib.import_module(found.name)
        public = getattr(module, "__all__", ())
        for function_name, function in inspect.getmembers(module, inspect.isfunction):
            made_here = function.__module__ == found.name
            if made_here and function_name in public:
                yield f"{name}.{function_name}", function
