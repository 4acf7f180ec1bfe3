"""What the index keeps of a signature, and the band keys under which similar texts meet.

Locality-sensitive hashing (Indyk, Motwani 1998): texts that agree in all three values of any band become candidates.
With 21 bands of 3 values two texts of Jaccard index .5 meet with probability .94, and of .2 with .16.
"""

from base64 import b64decode, b64encode

import numpy as np
import numpy.typing as npt

from consumers.text.minhash import PERMUTATIONS
from consumers.text.signature import LEAD_VALUES, lead_of, minhash_of
from schemas.events import Signature

Sketch = npt.NDArray[np.uint16]
Keys = npt.NDArray[np.uint64]

SKETCH_VALUES = PERMUTATIONS + LEAD_VALUES
_ROWS = 3
_TEXT_BANDS = 21
_LEAD_BANDS = LEAD_VALUES // _ROWS
BANDS = _TEXT_BANDS + _LEAD_BANDS
_BAND_SALT = (np.arange(BANDS, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)


def sketch_of(signature: Signature) -> Sketch:
    """The lower 16 bits of the min-hashes of text and lead: two texts agree by chance in one of 65,536."""
    return np.concatenate([minhash_of(signature), lead_of(signature)]).astype(np.uint16)


def pack(sketch: Sketch) -> str:
    """A sketch as the changelog holds it: base64 of little-endian values."""
    return b64encode(sketch.astype("<u2").tobytes()).decode()


def unpack(packed: str) -> Sketch:
    """The sketch that `pack` was given."""
    return np.frombuffer(b64decode(packed), dtype="<u2").astype(np.uint16)


def band_keys(sketches: Sketch) -> Keys:
    """The keys of each sketch (in the last axis): 21 of the text's first 63 values, 10 of the lead's 30."""
    used = np.concatenate([sketches[..., : _TEXT_BANDS * _ROWS], sketches[..., PERMUTATIONS:]], axis=-1)
    bands = used.reshape(*sketches.shape[:-1], BANDS, _ROWS).astype(np.uint64)
    keys = bands[..., 0] | (bands[..., 1] << np.uint64(16)) | (bands[..., 2] << np.uint64(32))
    keys = (keys ^ _BAND_SALT) * np.uint64(0xFF51AFD7ED558CCD)
    mixed: Keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return mixed


def agreement(sketches: Sketch, sketch: Sketch) -> npt.NDArray[np.float64]:
    """The share of equal min-hashes of each text and one text: estimates of their Jaccard indices."""
    equal: npt.NDArray[np.float64] = (sketches[:, :PERMUTATIONS] == sketch[:PERMUTATIONS]).mean(axis=1)
    return equal
