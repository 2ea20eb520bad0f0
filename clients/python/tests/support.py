"""Paths, and the package under test on the import path."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
CLIENT = REPOSITORY / "clients" / "python"
PAGE = (REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8")
for place in (CLIENT / "src", CLIENT):
    sys.path.insert(0, str(place))


def golden(path: str) -> list[list[str]]:
    """Lines of a golden file under Tests, in words."""
    lines = (REPOSITORY / "Tests" / path).read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines]
