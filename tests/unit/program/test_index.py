"""Index: dense products of keys, lookups both ways, and what a wrong key says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.errors import ModelError
from netback.program.index import Index

MODES = [("cdu", "light"), ("cdu", "heavy"), ("htu", "only")]


def test_one_axis_of_pairs_is_never_padded() -> None:
    index = Index.of(("unit", "mode"), MODES)
    assert index.shape == (3,)
    assert index.size == 3
    assert index.dims == ("unit", "mode")
    assert index.label(2) == ("htu", "only")


def test_bare_strings_are_keys_of_one_label() -> None:
    assert Index.of("period", ["p1", "p2"]) == Index.of(("period",), [("p1",), ("p2",)])


def test_product_is_in_c_order() -> None:
    index = Index.product((("unit", "mode"), MODES), ("period", ["p1", "p2"]))
    assert index.shape == (3, 2)
    assert index.dims == ("unit", "mode", "period")
    assert index.label(0) == ("cdu", "light", "p1")
    assert index.label(1) == ("cdu", "light", "p2")
    assert index.label(5) == ("htu", "only", "p2")
    assert index.flat(("cdu", "heavy", "p1")) == 2


def test_product_takes_indices_too() -> None:
    modes = Index.of(("unit", "mode"), MODES)
    assert Index.product(modes, ("period", ["p1"])) == Index.product(
        (("unit", "mode"), MODES), ("period", ["p1"])
    )


def test_scalar_has_one_entry_without_labels() -> None:
    index = Index.scalar()
    assert (index.shape, index.size, index.label(0), index.flat(())) == ((), 1, (), 0)


def test_no_keys_mean_no_entries() -> None:
    index = Index.product(("unit", []), ("period", ["p1"]))
    assert index.shape == (0, 1)
    assert index.size == 0
    with pytest.raises(ModelError, match='no entry "cdu,p1": the index has no entries'):
        index.flat(("cdu", "p1"))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_label_and_flat_are_inverse(sizes: list[int]) -> None:
    index = Index.product(*[(f"d{k}", [f"k{i}" for i in range(size)]) for k, size in enumerate(sizes)])
    flats = [index.flat(index.label(i)) for i in range(index.size)]
    assert flats == list(range(index.size))
    assert index.flats(index.label(i) for i in range(index.size)).tolist() == flats


def test_unknown_key_names_the_closest() -> None:
    index = Index.of("crude", ["urals", "arab_light"])
    with pytest.raises(ModelError, match=r'index over crude: no entry "ural".*Closest name: "urals"'):
        index.flat(("ural",))


def test_all_unknown_keys_are_reported_together() -> None:
    index = Index.of("crude", ["urals", "arab_light"])
    with pytest.raises(ModelError) as caught:
        index.flats(["urals", "brent", "dubai"])
    assert len(caught.value.findings) == 2
    assert "brent" in str(caught.value)
    assert "dubai" in str(caught.value)


def test_wrong_number_of_labels() -> None:
    index = Index.of(("unit", "mode"), MODES)
    with pytest.raises(ModelError, match='no entry "cdu": 2 labels are needed'):
        index.flat(("cdu",))
    with pytest.raises(ModelError, match="does not give one text label for each of 2 dimensions"):
        Index.of(("unit", "mode"), [("cdu",)])
    with pytest.raises(ModelError, match="does not give one text label"):
        Index.of("period", [(1,)])  # type: ignore[list-item]


def test_duplicates_and_ragged_keys_are_refused() -> None:
    with pytest.raises(ModelError, match='key "a" stands twice'):
        Index.of("crude", ["a", "b", "a"])
    with pytest.raises(ModelError, match="has 1 labels, others 2"):
        Index(("unit", "mode"), ((("a", "b"), ("c",)),))
    with pytest.raises(ModelError, match=r"2 dimensions \(unit, mode\) but keys of 1 labels in all"):
        Index(("unit", "mode"), ((("a",),),))


@pytest.mark.parametrize("flat", [-1, 3, 100])
def test_no_entry_outside(flat: int) -> None:
    with pytest.raises(ModelError, match=f"has no entry {flat} of 3"):
        Index.of(("unit", "mode"), MODES).label(flat)


def test_flats_of_nothing_is_an_empty_int_array() -> None:
    found = Index.of("crude", ["urals"]).flats([])
    assert found.dtype == np.int64
    assert found.shape == (0,)
