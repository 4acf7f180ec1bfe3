"""Fixtures shared by all suites."""

from collections.abc import Callable
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A function that gives the path of an evaluation file kept beside the repository, or skips the test."""

    def locate(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"evaluation data is not here: shared/data/{name}")
        return path

    return locate
