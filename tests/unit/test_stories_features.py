"""What tells which event an article reports."""

import pytest

from consumers.stories.features import features


@pytest.mark.parametrize(
    ("language", "title", "terms"),
    [
        pytest.param("en", "The ministers meet a minister", {"minister", "meet"}, id="stems, without common words"),
        pytest.param("zh", "外长会议", {"外长", "长会", "会议"}, id="pairs of characters"),
        pytest.param("ja", "佐々木外相", {"佐々", "々木", "木外", "外相"}, id="with the mark of repetition"),
        pytest.param("zh", "𠮷野家", {"𠮷野", "野家"}, id="beyond the basic plane"),
        pytest.param("zh", "中国EU峰会", {"中国", "eu", "峰会"}, id="no pair over a foreign word"),
        pytest.param("th", "ประชุม ๒๕๖๙", {"ปร", "ระ", "ะชุ", "ชุม", "๒๕๖๙"}, id="numbers in the script's own digits"),
    ],
)
def test_terms_are_words_or_pairs_of_characters(language: str, title: str, terms: set[str]) -> None:
    assert set(features(title, "", language)) == terms


def test_a_title_says_three_times_as_much_as_the_body() -> None:
    found = features("embargo", "embargo tanker tanker tanker tanker", "en")
    assert found["embargo"] == found["tanker"]
