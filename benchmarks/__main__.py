"""`python -m benchmarks` compares servers; `python -m benchmarks queries` asks a
database with a million messages."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str]) -> None:
    """Run what the first argument names, or else the comparison of servers."""
    if arguments[:1] == ["queries"]:
        from benchmarks.queries import main as measure_queries

        measure_queries(arguments[1:])
    else:
        from benchmarks.servers import main as compare_servers

        compare_servers(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
