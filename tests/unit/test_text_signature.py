"""Min-hashes and signatures: what they estimate, and that they never change by themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.text.minhash import PERMUTATIONS, containment, jaccard, minhash, shingles
from consumers.text.signature import SignatureError, lead_of, minhash_of, sign
from consumers.text.words import words_of
from schemas.events import Signature

STORY = " ".join(f"Wave {n} of ferry passengers reached the harbour of Ostrelle on day {n * 7}." for n in range(60))


def test_a_signature_is_the_same_on_every_machine() -> None:
    signature = sign("The council of Ostrelle met on Monday to discuss the harbour tariff.")
    assert signature.content_hash == "4de60d29bfed5d42f76036f5f7ac3559"
    assert minhash_of(signature)[:4].tolist() == [122319292, 74535029, 79150380, 322048372]
    assert (signature.words, signature.shingles) == (12, 10)


def test_case_spacing_and_punctuation_do_not_change_it() -> None:
    assert sign("The council met; nobody spoke.") == sign("THE  COUNCIL MET\n— nobody spoke")


def test_equal_values_estimate_the_jaccard_index() -> None:
    left = shingles(words_of(STORY))
    right = shingles(words_of(STORY[: len(STORY) * 2 // 3]))
    estimate = float((minhash(left) == minhash(right)).mean())
    assert estimate == pytest.approx(jaccard(left, right), abs=3 * 0.5 / PERMUTATIONS**0.5)


def test_fewer_values_are_the_first_of_more() -> None:
    hashes = shingles(words_of(STORY))
    assert minhash(hashes, 30).tolist() == minhash(hashes)[:30].tolist()


def test_the_lead_is_the_first_120_words() -> None:
    words = STORY.split()
    same_lead = " ".join([*words[:120], "and", "then", "something", "wholly", "different"])
    assert sign(same_lead).lead == sign(STORY).lead
    assert sign(same_lead).minhash != sign(STORY).minhash


def test_an_empty_text_has_no_shingles() -> None:
    assert sign("").shingles == 0
    assert set(minhash_of(sign("")).tolist()) == {0xFFFFFFFF}


def test_containment_is_the_share_of_the_smaller_text() -> None:
    assert containment(100, 50, 0.5) == 1.0
    assert containment(0, 50, 0.0) == 0.0
    assert containment(100, 100, 1 / 3) == pytest.approx(0.5)


@pytest.mark.parametrize("broken", ["!", "AAAA", ""])
def test_a_signature_that_is_not_one_is_refused(broken: str) -> None:
    signature = Signature(algorithm="x", content_hash="", words=0, shingles=0, minhash=broken, lead=broken)
    with pytest.raises(SignatureError):
        minhash_of(signature)
    with pytest.raises(SignatureError):
        lead_of(signature)


@given(st.text(), st.text())
def test_similarity_is_symmetric_and_bounded(left: str, right: str) -> None:
    a, b = shingles(words_of(left)), shingles(words_of(right))
    assert jaccard(a, b) == jaccard(b, a)
    assert 0.0 <= jaccard(a, b) <= 1.0
    assert containment(len(a), len(b), jaccard(a, b)) == containment(len(b), len(a), jaccard(a, b)) <= 1.0


@given(st.text(), st.integers(0, 20))
def test_shingles_are_distinct_and_sorted(text: str, repeat: int) -> None:
    found = shingles(words_of(text * repeat))
    assert np.all(found[1:] > found[:-1])
