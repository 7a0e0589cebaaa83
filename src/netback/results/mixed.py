"""Result tables of what mixes: the lots behind the names of streams, the mix of every pool and its quality."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netback.errors import DataError
from netback.planning.mixes import Mix, mixes
from netback.refinery.pools import Pool
from netback.results.reading import FloatArray, Reader
from netback.results.table import ResultTable

Row = tuple[object, ...]


def lots(reader: Reader) -> ResultTable:
    """What every name of a stream's part stands for: its stream, its crudes, what makes it, and its known qualities."""
    network = reader.network
    rows: list[Row] = []
    for lot, label in zip(network.lots, network.labels, strict=True):
        crudes = ", ".join(lot.origins)
        head = (label, lot.stream, crudes, lot.made_by)
        rows += [(*head, name, value) for name, value in sorted(lot.properties.items())]
        rows += [] if lot.properties else [(*head, None, None)]
    columns = [
        (
            "name",
            "",
            "as in the other tables: stream@crude, by what makes it; #2 is a second quality of the same",
        ),
        ("stream", "", ""),
        ("crudes", "", "that it comes from"),
        ("made_by", "", "purchase, blend, unit/mode, or the stream that joined it"),
        ("property", "", "with its uom"),
        ("value", "row", ""),
    ]
    return ResultTable.of("lots", "Parts of streams", columns, rows)


def pools(reader: Reader) -> ResultTable:
    """The mix of every pool in every period: its parts with their shares, and what its users take."""
    rows: list[Row] = []
    for mix in mixes(reader.model.pools, reader.plan.x):
        uom = reader.network.streams[mix.pool.stream].uom
        draws = [reader.plan.x[columns].sum(axis=0) for columns in mix.pool.users.values()]
        for period in np.flatnonzero(mix.full).tolist():
            name, whole = reader.periods[period], float(mix.whole[period])
            for label, crudes, share in _parts(reader, mix.pool, mix.share[:, period]):
                rows.append((name, mix.pool.stream, "part", label, crudes, 100.0 * share, share * whole, uom))
            for user, draw in zip(mix.pool.users, draws, strict=True):
                amount = float(draw[period])
                share = 100.0 * amount / whole
                rows.append((name, mix.pool.stream, "user", user, "", share, amount, uom))
    columns = [
        ("period", "", ""),
        ("pool", "", "stream that mixes"),
        ("side", "", "part: what it is made of; user: what takes of it"),
        ("name", "", ""),
        ("crudes", "", "that the part comes from"),
        ("share", "%", "of all that is in the pool, its stock included"),
        ("quantity", "row", ""),
        ("uom", "", "uom of the quantity"),
    ]
    return ResultTable.of("pools", "Pools", columns, rows)


def _parts(reader: Reader, pool: Pool, shares: FloatArray) -> Iterator[tuple[str, str, float]]:
    """Label, crudes and share of every part of which there is something."""
    for number, label in enumerate(pool.class_labels(reader.network)):
        members = [lot for lot, kind in zip(pool.lots, pool.matter.classes, strict=True) if kind == number]
        crudes = dict.fromkeys(origin for lot in members for origin in reader.network.lots[lot].origins)
        if shares[number] > 1e-9:
            yield label, ", ".join(crudes), float(shares[number])


def pool_qualities(reader: Reader) -> ResultTable:
    """Qualities of every pool, by the blending rules of its known properties."""
    rows: list[Row] = []
    for mix in mixes(reader.model.pools, reader.plan.x):
        flows = sum(np.maximum(reader.plan.x[columns], 0.0) for columns in mix.pool.users.values())
        for name, values in _qualities(reader, mix, np.asarray(flows)):
            for period in np.flatnonzero(mix.full).tolist():
                rows.append((reader.periods[period], mix.pool.stream, name, float(values[period])))
    columns = [("period", "", ""), ("pool", "", ""), ("property", "", "with its uom"), ("value", "row", "")]
    return ResultTable.of("pool_qualities", "Quality of pools", columns, rows)


def _qualities(reader: Reader, mix: Mix, flows: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    """Mixed value of every property that is known of all lots, float (periods,)."""
    network = reader.network
    known = [set(network.lots[lot].properties) for lot in mix.pool.lots]
    for name in sorted(set.intersection(*known)):
        try:
            rule = network.rules[name]
            counted = {"mass": "t", "volume": "m3"}.get(rule.basis)
            factors = (
                np.ones(len(mix.pool.lots)) if counted is None else network.factors(mix.pool.lots, counted)
            )
            indices = rule.to_indices(np.array([network.lots[lot].properties[name] for lot in mix.pool.lots]))
            weights = factors[:, None] * flows
            whole = weights.sum(axis=0)
            mean = (indices @ weights) / np.where(whole > 0.0, whole, 1.0)
            yield (
                name,
                np.array(
                    [
                        rule.from_index(one) if full else np.nan
                        for one, full in zip(mean, mix.full, strict=True)
                    ]
                ),
            )
        except DataError:
            continue
