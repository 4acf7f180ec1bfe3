"""Which entries are new."""

from producers.feeds.document import ParsedEntry
from producers.feeds.fingerprint import KEPT_BEYOND_DOCUMENT, SeenEntries, difference


def entry(guid: str, link: str | None = None, title: str = "", summary: str = "") -> ParsedEntry:
    return ParsedEntry(
        guid=guid, link=link or f"https://ostwind.example/{guid}", title=title or guid, summary=summary
    )  # fmt: skip


def test_entries_are_new_once() -> None:
    first = difference("f", SeenEntries(), [entry("a"), entry("b")])
    assert [found.entry.guid for found in first.new] == ["a", "b"]
    assert first.overlap is None
    second = difference("f", first.memory, [entry("c"), entry("a"), entry("b")])
    assert [found.entry.guid for found in second.new] == ["c"]
    assert second.seen == 2
    assert second.overlap == 2 / 3
    assert not second.gap


def test_a_document_without_any_old_entry_is_a_gap() -> None:
    first = difference("f", SeenEntries(), [entry("a")])
    assert difference("f", first.memory, [entry("x"), entry("y")]).gap


def test_a_changed_text_is_a_change_and_no_new_entry() -> None:
    first = difference("f", SeenEntries(), [entry("a", summary="five months")])
    second = difference("f", first.memory, [entry("a", summary="eleven months")])
    assert [found.entry.guid for found in second.changed] == ["a"]
    assert not second.new
    assert second.changed[0].entry_id == first.new[0].entry_id


def test_a_new_guid_for_the_same_link_is_no_new_entry() -> None:
    first = difference("f", SeenEntries(), [entry("old", "https://ostwind.example/x", "T")])
    second = difference("f", first.memory, [entry("new", "https://ostwind.example/x", "T")])
    assert not second.new
    assert not second.gap


def test_entries_that_share_a_guid_are_told_apart_by_their_links() -> None:
    one, other = entry("same", "https://ostwind.example/1"), entry("same", "https://ostwind.example/2")
    first = difference("f", SeenEntries(), [one, other])
    assert len({found.entry_id for found in first.new}) == 2
    assert not difference("f", first.memory, [other, one]).new


def test_an_entry_that_comes_back_is_remembered_and_memory_is_bounded() -> None:
    memory = difference("f", SeenEntries(), [entry("a")]).memory
    memory = difference("f", memory, [entry("b")]).memory
    assert not difference("f", memory, [entry("a")]).new
    for number in range(KEPT_BEYOND_DOCUMENT + 50):
        memory = difference("f", memory, [entry(f"n{number}")]).memory
    assert len(memory.entries) <= KEPT_BEYOND_DOCUMENT + 1
