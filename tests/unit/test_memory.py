import gc
from collections.abc import Iterator

import pytest

from newsriver.memory import settle


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_settling_takes_what_is_loaded_out_of_the_search_for_cycles() -> None:
    settle()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] > 700
    assert gc.isenabled()


def test_settling_twice_does_no_harm() -> None:
    settle()
    settle()
    assert gc.isenabled()
