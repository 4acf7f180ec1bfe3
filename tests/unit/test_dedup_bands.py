"""The band table and the sketches it finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.dedup.bands import BandTable
from consumers.dedup.days import MAX_CANDIDATES, Day
from consumers.dedup.sketch import BANDS, SKETCH_VALUES, Sketch, agreement, band_keys, pack, sketch_of, unpack
from consumers.text.signature import sign

_VALUES = st.integers(0, 2**32 - 1)


def random_sketch(seed: int) -> Sketch:
    return np.random.default_rng(seed).integers(0, 1 << 16, SKETCH_VALUES).astype(np.uint16)


def model_of(entries: dict[int, list[int]], keys: list[int]) -> set[int]:
    return {row for row, own in entries.items() if set(own) & set(keys)}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=60), st.integers(0, 40))
def test_the_table_finds_what_a_dict_would(steps: list[tuple[int, int]], asked: int) -> None:
    # Few distinct lines of keys, so that buckets overflow and keys repeat.
    lines = {n: band_keys(random_sketch(n % 5)) for n in range(41)}
    table, model = BandTable(4), dict[int, list[int]]()
    for row, (line, removed) in enumerate(steps):
        table.add(lines[line], row)
        model[row] = lines[line].tolist()
        if removed in model:
            table.remove(np.array(model.pop(removed), dtype=np.uint64), removed)
    assert set(table.find(lines[asked]).tolist()) >= model_of(model, lines[asked].tolist())
    assert set(table.find(lines[asked]).tolist()) <= set(model)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=50))
def test_filling_at_once_is_filling_one_by_one(seeds: list[int]) -> None:
    keys = np.stack([band_keys(random_sketch(seed)) for seed in seeds])
    rows = np.arange(len(seeds), dtype=np.int32)
    at_once, one_by_one = BandTable(4), BandTable(4)
    at_once.add_all(keys, rows)
    for row in rows.tolist():
        one_by_one.add(keys[row], row)
    for line in keys:
        assert sorted(at_once.find(line).tolist()) == sorted(one_by_one.find(line).tolist())


def test_a_day_grows_and_finds_every_document_again() -> None:
    day = Day()
    for n in range(500):
        assert day.add(f"a{n}", random_sketch(n)) == n
    for n in range(0, 500, 7):
        day.remove(n)
    for n in range(500):
        rows, sketches = day.candidates(random_sketch(n))
        assert (n in rows.tolist()) == (n % 7 != 0)
        assert len(rows) == len(sketches)
    assert len(day) == 500 - len(range(0, 500, 7))


def test_of_too_many_candidates_the_latest_of_the_most_alike_are_taken() -> None:
    day = Day()
    for n in range(MAX_CANDIDATES + 50):
        day.add(f"a{n}", random_sketch(1))
    rows, _ = day.candidates(random_sketch(1))
    assert sorted(rows.tolist()) == list(range(50, MAX_CANDIDATES + 50))


def test_a_sketch_survives_its_packing() -> None:
    sketch = sketch_of(sign("The council of Ostrelle met on Monday to discuss the harbour tariff."))
    assert unpack(pack(sketch)).tolist() == sketch.tolist()
    assert len(band_keys(sketch)) == BANDS


def test_agreement_is_the_share_of_equal_values_of_the_text() -> None:
    sketch, other = random_sketch(1), random_sketch(2)
    half = np.where(np.arange(SKETCH_VALUES) < 64, sketch, other)
    assert agreement(np.stack([sketch, half]), sketch).tolist() == [1.0, 0.5]
