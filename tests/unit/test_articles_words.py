"""How long a text is, whatever its script."""

import pytest

from producers.articles.extract import count_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("The ministers met in Vellmar.", 5, id="spaced"),
        pytest.param("Vellmar – 2026 …", 2, id="signs are no words"),
        pytest.param("장관들이 회의를 열었다", 3, id="korean, which has spaces"),
        pytest.param("外长会议在首都举行", 4, id="chinese"),
        pytest.param("รัฐมนตรีประชุมที่เมืองหลวง", 10, id="thai"),
        pytest.param("ລັດຖະມົນຕີປະຊຸມທີ່ນະຄອນຫຼວງ", 10, id="lao"),
        pytest.param("ဝန်ကြီးများမြို့တော်တွင်တွေ့ဆုံသည်", 6, id="burmese"),
        pytest.param("រដ្ឋមន្ត្រីជួបប្រជុំនៅរាជធានី", 8, id="khmer"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_words_are_counted_in_every_script(text: str, words: int) -> None:
    assert count_words(text) == words
