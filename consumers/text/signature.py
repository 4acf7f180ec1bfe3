"""The signature that an article carries downstream: computed once, compared wherever it is partitioned by language."""

from base64 import b64decode, b64encode
from hashlib import blake2b

import numpy as np

from consumers.text.minhash import PERMUTATIONS, Values, minhash, shingles
from consumers.text.words import Words, words_of
from schemas.events import Signature

ALGORITHM = "minhash128-lead30-shingle3/1"
"""Signatures of different algorithms are never compared. Raise the number with any change to words or hashes."""
LEAD_WORDS = 120
LEAD_VALUES = 30


class SignatureError(ValueError):
    """A signature does not hold what its algorithm says."""


def sign(text: str) -> Signature:
    """The signature of a text."""
    return sign_words(words_of(text))


def sign_words(words: Words) -> Signature:
    """The signature of a text that is already divided into words."""
    hashes = shingles(words)
    return Signature(
        algorithm=ALGORITHM,
        content_hash=content_hash(words),
        words=words.count,
        shingles=len(hashes),
        minhash=_encoded(minhash(hashes)),
        lead=_encoded(minhash(shingles(words.first(LEAD_WORDS)), LEAD_VALUES)),
    )


def content_hash(words: Words) -> str:
    """128 bits of BLAKE2b over the words, in hex: equal for texts that differ in case, spacing and punctuation only."""
    return blake2b(" ".join(words.tokens).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def minhash_of(signature: Signature) -> Values:
    """The min-hashes of the text. Raises SignatureError."""
    return _decoded(signature.minhash, PERMUTATIONS)


def lead_of(signature: Signature) -> Values:
    """The min-hashes of the lead. Raises SignatureError."""
    return _decoded(signature.lead, LEAD_VALUES)


def _encoded(values: Values) -> str:
    return b64encode(values.astype("<u4").tobytes()).decode()


def _decoded(text: str, count: int) -> Values:
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise SignatureError(f"min-hashes are not base64: {error}") from error
    if len(data) != 4 * count:
        raise SignatureError(f"expected {count} min-hashes of 4 bytes, not {len(data)} bytes")
    return np.frombuffer(data, dtype="<u4").astype(np.uint32)
