"""The benchmark's reference model: the engine and plain numpy take over the same accounts."""

from __future__ import annotations

import numpy as np

from tests.bench import reference


def test_the_engine_takes_over_whom_plain_numpy_takes_over_step_by_step() -> None:
    task, ours = reference.by_engine(2_000)
    plain = reference.by_numpy(task, reference.STEPS)
    np.testing.assert_array_equal(ours.accounts[: reference.STEPS], plain.accounts)
    np.testing.assert_allclose(ours.size_usd[: reference.STEPS], plain.size_usd, rtol=1e-9)
    assert 0.1 < ours.accounts[-1] / 2_000 < 0.9
