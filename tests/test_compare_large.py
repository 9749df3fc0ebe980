"""Large values: judged in blocks, to the last entry, and in milliseconds."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from dfl_grading.compare import close, exact, same_subspace, sorted_close, ulp, up_to_permutation

SIZE = 10**6
RNG = np.random.default_rng(2)
LARGE = RNG.normal(size=SIZE)


def seconds(by: Any, value: Any, reference: Any) -> float:
    """The best of five, for the machine may be busy."""
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        assert by(value, reference).passed
        taken.append(time.perf_counter() - start)
    return min(taken)


@pytest.mark.parametrize("by", [close(rtol=1e-8), close(rtol=1e-8, atol=1e-12), exact()], ids=repr)
def test_a_million_doubles_take_less_than_50_milliseconds(by: Any) -> None:
    assert seconds(by, LARGE.copy(), LARGE) < 0.05


@pytest.mark.parametrize("index", [0, 14_999, 15_000, 500_000, SIZE - 1])
@pytest.mark.parametrize("by", [close(rtol=1e-8), exact(), ulp(n=4)], ids=repr)
def test_one_wrong_entry_in_a_million_is_found(by: Any, index: int) -> None:
    value = LARGE.copy()
    value[index] += 1e-3
    judged = by(value, LARGE)
    assert judged.fraction == 0.0
    assert judged.message == (
        f"1 of {SIZE} entries are wrong; the largest deviation is at index {index}"
    )


@pytest.mark.parametrize(
    "shape", [(1000, 1000), (10, 100_000), (100_000, 10), (100, 100, 100)], ids=str
)
def test_blocks_keep_the_place_of_an_entry(shape: tuple[int, ...]) -> None:
    reference = LARGE.reshape(shape)
    place = tuple(n // 2 for n in shape)
    for value in (reference.copy(), np.asfortranarray(reference)):
        assert close(rtol=1e-8)(value, reference).passed
        value[place] = 9.0
        assert f"index {place}" in close(rtol=1e-8)(value, reference).message
    views = close(rtol=1e-8)(reference[::-1], np.flip(reference, 0))
    assert views.passed


def test_elementwise_credit_counts_across_blocks() -> None:
    wrong = RNG.random(SIZE) < 0.25
    judged = close(rtol=1e-8, elementwise=True)(np.where(wrong, 9.0, LARGE), LARGE)
    assert judged.fraction == 1 - wrong.mean()


def test_the_scale_of_normwise_is_that_of_the_whole_array() -> None:
    reference = LARGE.copy()
    reference[-1] = 1e9
    assert close(rtol=1e-8, normwise=True)(reference + 5.0, reference).passed
    assert not close(rtol=1e-9, normwise=True)(reference + 5.0, reference).passed


def test_long_lists_are_no_slower_than_they_must_be() -> None:
    given = LARGE.tolist()
    start = time.process_time()
    assert close(rtol=1e-8)(given, list(given)).passed
    assert not close(rtol=1e-8)(given, [*given[:-1], 7.0]).passed
    assert time.process_time() - start < 3.0


def test_spectra_and_clusters_of_some_size() -> None:
    assert sorted_close(rtol=1e-8)(RNG.permutation(LARGE), LARGE).passed
    points = RNG.normal(size=(700, 3))
    assert up_to_permutation(rtol=1e-8)(RNG.permutation(points), points).passed
    many = RNG.normal(size=(5000, 3))
    assert up_to_permutation(rtol=1e-8)(RNG.permutation(many), many).passed
    moved = RNG.permutation(many) + np.array([0.0, 0.0, 1e-3])
    assert not up_to_permutation(rtol=1e-8)(moved, many).passed


def test_more_than_can_be_matched_is_sorted() -> None:
    spectrum = RNG.normal(size=2500) + 1j * RNG.normal(size=2500)
    assert sorted_close(rtol=1e-8)(RNG.permutation(spectrum), spectrum).passed
    assert not sorted_close(rtol=1e-8)(RNG.permutation(spectrum.conj()), spectrum).passed
    # Each number twice as a real part and twice as an imaginary part: one alone sorts nothing.
    grid = np.array([complex(n, m) for n in range(50) for m in range(50)])
    assert sorted_close(rtol=1e-8)(RNG.permutation(grid), grid).passed
    rows = np.array([(n, m, 0.0) for n in range(50) for m in range(50)])
    assert up_to_permutation(rtol=1e-8)(RNG.permutation(rows), rows).passed


def test_long_integers_are_exact_in_any_block() -> None:
    reference = np.arange(2**62, 2**62 + 20_000)
    value = reference.copy()
    assert close(rtol=0.0)(value, reference).passed
    value[17_000] += 1
    assert close(rtol=0.0)(value, reference).message == (
        "close, but not to the precision that is asked for"
    )
    assert not close(rtol=0.0)(2**60 + 1, 2.0**60).passed


def test_where_lapack_gives_up_there_is_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = np.linalg.svd

    def give_up(matrix: Any, **options: Any) -> Any:
        if matrix.shape[1] == 1:
            raise np.linalg.LinAlgError
        return solve(matrix, **options)

    monkeypatch.setattr(np.linalg, "svd", give_up)
    line, plane, by = LARGE[:3], LARGE[:6].reshape(3, 2), same_subspace(atol=1e-9)
    assert by(plane, plane).passed
    for value, reference in ((line, plane), (plane, line), (line, line)):
        assert by(value, reference).message == "no singular value decomposition"
