"""Ids as people type them."""

import pytest

from newsriver.cli.shortids import one_of
from newsriver.errors import NotFoundError, UsageError

IDS = ("6a004d2a", "6a004fff", "6a", "b1")


@pytest.mark.parametrize(
    ("wanted", "meant"), [("6a004d2a", "6a004d2a"), ("6a004d", "6a004d2a"), ("6a", "6a"), ("b", "b1")]
)
def test_an_id_is_told_by_as_much_of_it_as_no_other_has(wanted: str, meant: str) -> None:
    assert one_of((*IDS, *IDS), wanted, "there is none") == meant


@pytest.mark.parametrize("wanted", ["", "c", "6a004d2a9"])
def test_what_begins_no_id_is_not_found(wanted: str) -> None:
    with pytest.raises(NotFoundError, match="there is none"):
        one_of(IDS, wanted, "there is none")


def test_what_begins_several_names_them() -> None:
    with pytest.raises(UsageError, match=r"6a0 may be any of 6a004d2a, 6a004fff: write more of it"):
        one_of(IDS, "6a0", "")
    with pytest.raises(UsageError, match=r"any of x0, x1, x10, .*, x7 and 2 more: write"):
        one_of((f"x{number}" for number in range(12)), "x", "")
