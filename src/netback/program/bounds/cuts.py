"""Further rows of a relaxation, linear in its columns and products, and the program with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netback.program.bounds.relax import Pairs
from netback.program.index import Index
from netback.program.problem import Block, BoolArray, FloatArray, Problem, Products


@dataclass(frozen=True, eq=False)
class Cuts:
    """Rows ``coefficients (x, products) >= lower``: (k, n + products) and (k,)."""

    coefficients: FloatArray
    lower: FloatArray

    def __len__(self) -> int:
        return len(self.lower)

    def where(self, kept: BoolArray) -> Cuts:
        """Those where ``kept`` (k,) is true."""
        return Cuts(self.coefficients[kept], self.lower[kept])


def joined(parts: Sequence[Cuts]) -> Cuts:
    """Cuts one after the other."""
    return Cuts(
        np.concatenate([part.coefficients for part in parts]), np.concatenate([part.lower for part in parts])
    )


def with_cuts(problem: Problem, cuts: Cuts) -> Problem:
    """The program with cuts as further rows, their parts on products as product terms."""
    import scipy.sparse as sparse

    rows, width = problem.shape
    pairs, terms = Pairs.of(problem.products), problem.products
    cut, pair = np.nonzero(cuts.coefficients[:, width:])
    ids = Index.of("cut", [str(rows + k) for k in range(len(cuts))])
    own = sparse.csr_array(cuts.coefficients[:, :width])
    return problem.with_(
        matrix=sparse.csr_array(sparse.vstack([problem.matrix, own])),
        row_lower=np.concatenate([problem.row_lower, cuts.lower]),
        row_upper=np.concatenate([problem.row_upper, np.full(len(cuts), np.inf)]),
        products=Products.of(
            np.concatenate([terms.rows, rows + cut]),
            np.concatenate([terms.columns_a, pairs.a[pair]]),
            np.concatenate([terms.columns_b, pairs.b[pair]]),
            np.concatenate([terms.coefficients, cuts.coefficients[cut, width + pair]]),
        ),
        row_blocks=(*problem.row_blocks, Block(f"cut from {rows}", ids, rows)),
    )
