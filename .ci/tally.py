"""Add up the results of all test runs: `tally.py FOLDER STATUS`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def main(folder: Path, status: int) -> None:
    total = Counter[str]()
    for report in folder.glob("*.xml"):
        for suite in ElementTree.parse(report).iter("testsuite"):
            for kind in ("tests", "failures", "errors", "skipped"):
                total[kind] += int(suite.get(kind, 0))
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    if status != 0:
        # What stopped the run need not have been a test.
        failed = max(failed, 1)
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
