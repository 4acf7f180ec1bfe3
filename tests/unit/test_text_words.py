"""Words, sentences and shingles of texts in several scripts."""

import pytest

from consumers.text.sentences import sentences
from consumers.text.words import words_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The Council's vote: 12–3!", ["the", "council", "s", "vote", "12", "3"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ ﬁle", ["full", "width", "file"]),
        ("Ein\u00adkaufs\u00adzentrum STRASSE Straße", ["einkaufszentrum", "strasse", "straße"]),
        ("e\u0301te\u0301", ["été"]),
        ("हिन्दी में समाचार", ["हिन्दी", "में", "समाचार"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("制裁EU、2026年", ["制", "裁", "eu", "2026", "年"]),
        ("", []),
        ("— … !!", []),
    ],
)
def test_words_are_normalised_letters_and_digits(text: str, tokens: list[str]) -> None:
    assert words_of(text).tokens == tokens


@pytest.mark.parametrize(
    ("script", "text", "width"),
    [
        ("latin", "The ministers met in Vellmar.", 3),
        ("korean, which has spaces", "장관들이 회의를 열었다", 3),
        ("han", "外长会议在首都举行，讨论制裁问题。", 5),
        ("kana and han", "外相会議が首都で開かれた。", 5),
        ("thai", "รัฐมนตรีประชุมที่เมืองหลวง", 9),
        ("english with one chinese name", "The minister, 王, met reporters in the capital on Monday.", 3),
    ],
)
def test_scripts_without_spaces_are_shingled_by_characters(script: str, text: str, width: int) -> None:
    assert words_of(text).width == width


def test_length_is_counted_in_words_whatever_the_script() -> None:
    assert words_of("one two three four five six").count == 6
    assert words_of("外长会议在首都举行").count == 5
    assert words_of("外长会议在首都举行").first(3).tokens == list("外长会议在")


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("plain", "It rained. It stopped! Why? Nobody knew.", ["It rained.", "It stopped!", "Why?", "Nobody knew."]),
        ("initials and numbers", "J. Marn paid 3.5 crowns. He left.", ["J. Marn paid 3.5 crowns.", "He left."]),
        ("lower case goes on", "The No. one rule, approx. ten words.", ["The No. one rule, approx. ten words."]),
        ("quotes close", "“We go.” She left.", ["“We go.”", "She left."]),
        ("lines divide", "A heading\nA sentence", ["A heading", "A sentence"]),
        ("chinese", "会议结束。代表离开。", ["会议结束。", "代表离开。"]),
        ("nothing", " \n ", []),
    ],
)
def test_sentences_are_found_without_a_model(case: str, text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
