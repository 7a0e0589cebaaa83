"""Plans in which the numbers of cargoes of some crudes are held: one more than a plan has, one fewer, or so many.

For the numbers ships[c, p] of cargo c loading in period p, summed over the cargoes and periods of a crude k,

    number of k = sum over c of k, p of ships[c, p]

is held, and every other cargo is *free* (its ship, month and size, as the case offers it) or *held* as a plan has it.
Held means for every slot of every crude, with S ships and a quantity L in the plan and s ships, l loaded here:

    others          s = S,  l = L                                          slots are parts of a month of loading
    one more of k   s >= S,  least (s - S) <= l - L <= most (s - S)       what loads more is a ship of its own
    one fewer of k  s <= S,  l = L s / S                                  what still loads is as before

Crudes that are bought without ships are held at what the plan buys of them. Streams, runs, blends and sales answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from netback.case.case import Case
from netback.errors import DataError, Finding, closest
from netback.planning.model import Model, build_plan
from netback.program.index import Index, IntArray
from netback.program.problem import Block, FloatArray, Problem
from netback.studies.slate import is_crude
from netback.supply.cargoes import ship_terms, ships_of

#: Part of a quantity by which rounding may miss it.
_HAIR = 1e-7
Term = list[tuple[int, float]]
Row = tuple[Term, float, float]


@dataclass(frozen=True)
class Loading:
    """What ships of one cargo load in one period: offer, cargo, period by number, ships, quantity [uom of stream]."""

    offer: str
    cargo: str
    period: int
    ships: float
    quantity: float


class CargoSlate:
    """The plan of a case with ships.

    Raises
    ------
    ModelError
        If no sound program follows from the tables.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.model: Model = build_plan(case)
        self.problem: Problem = self.model.problem
        network = self.model.network
        lots = {tranche.offer: tranche.lot for tranche in self.model.tranches}
        self._streams = {
            offer: network.lots[lots[offer]].stream for offer in self.model.cargoes.offers if offer in lots
        }

    @property
    def shipped(self) -> tuple[str, ...]:
        """Crude streams that come in ships."""
        return tuple(dict.fromkeys(self._streams.values()))

    def stream(self, crude: str) -> str:
        """Stream of a crude that comes in ships, by the name of its stream or offer.

        Raises
        ------
        DataError
            If nothing of that name is offered, or it needs no ship.
        """
        for offer, stream in self._streams.items():
            if crude in (offer, stream):
                return stream
        offers = self.case.table("offers").records
        if any(crude in (row["offer"], row["stream"]) for row in offers):
            what = f'"{crude}" comes without ships, so it has no cargo to set against another.'
            hint = f"In ships: {', '.join(self.shipped)}. A volume of it: netback value --volume."
            raise DataError(Finding("", what, hint), self.case.subject)
        names = [name for pair in self._streams.items() for name in pair]
        hint = closest(crude, names) or f"In ships: {', '.join(self.shipped)}."
        raise DataError(Finding("", f'"{crude}" is not offered in {self.case.subject}.', hint))

    def slots(self, stream: str) -> list[tuple[int, int]]:
        """Slots and periods of loading in which a crude may load."""
        cargoes = self.model.cargoes
        return [
            (position, period)
            for position in range(len(cargoes.slots))
            if self._streams.get(cargoes.cargo(position).offer) == stream
            for period in range(self.model.build.count)
            if cargoes.slot(position, period) is not None
        ]

    def _ships(self, position: int, period: int) -> Term:
        """Ships of a slot as columns with their weights."""
        terms = ship_terms(self.model.build, self.model.cargoes, position)
        return [(int(columns[period]), weight) for columns, weight in terms]

    def _loaded(self, position: int, period: int) -> int:
        return int(self.model.build.blocks["cargo_loaded"].ids[position, period])

    def _numbers(self, stream: str) -> IntArray:
        """Columns of the number of ships of a crude, by cargo and period of loading."""
        cargoes, build = self.model.cargoes, self.model.build
        found = {
            int(build.ids_over_time("cargo_ships", cargoes.cargo(position).name)[period])
            for position, period in self.slots(stream)
        }
        return np.array(sorted(found), dtype=np.int64)

    def number(self, stream: str, x: FloatArray) -> float:
        """How many cargoes of a crude load in a plan."""
        return float(np.round(x[self._numbers(stream)].sum(), 6))

    def must(self, stream: str) -> float:
        """How many cargoes of a crude must load in any plan by cargoes.csv."""
        return float(self.problem.column_lower[self._numbers(stream)].sum())

    def loadings(self, stream: str, x: FloatArray) -> list[Loading]:
        """What loads of a crude in a plan, in order of time."""
        ships, cargoes = ships_of(self.model.build, self.model.cargoes, x), self.model.cargoes
        found: dict[tuple[int, str, str], list[float]] = {}
        for position, period in self.slots(stream):
            if ships[position, period]:
                cargo = cargoes.cargo(position)
                sums = found.setdefault((period, cargo.name, cargo.offer), [0.0, 0.0])
                sums[0] += float(ships[position, period])
                sums[1] += float(x[self._loaded(position, period)])
        return [
            Loading(offer, cargo, period, *found[period, cargo, offer])
            for period, cargo, offer in sorted(found)
        ]

    def volume(self, stream: str, x: FloatArray) -> float:
        """What loads of a crude in a plan [uom of the stream]."""
        return float(sum(x[self._loaded(position, period)] for position, period in self.slots(stream)))

    def cost(self, stream: str, x: FloatArray) -> float:
        """What the cargoes of a crude cost at the gate in a plan, less what is at sea at the end [currency]."""
        build, columns = self.model.build, set[int]()
        for position, period in self.slots(stream):
            columns |= {column for column, _ in self._ships(position, period)} | {
                self._loaded(position, period)
            }
        for place, (position, _) in enumerate(self.model.cargoes.parcels):
            if self._streams.get(self.model.cargoes.cargo(position).offer) == stream:
                columns |= set(build.blocks["cargo_parcel"].ids[place].tolist())
        for place, tranche in enumerate(self.model.tranches):
            if self._streams.get(tranche.offer) == stream:
                columns |= set(build.blocks["purchase"].ids[place].tolist())
        chosen = np.array(sorted(columns), dtype=np.int64)
        return -float(self.problem.objective[chosen] @ x[chosen])

    def with_numbers(self, numbers: Mapping[str, float], base: FloatArray | None = None) -> Problem:
        """The program with the numbers of cargoes of some crudes held, by stream.

        ``base`` are the columns of a plan in which every other cargo is held, and of these crudes all but what is more
        or fewer; everything else is free where None.
        """
        rows: list[Row] = []
        for stream, number in numbers.items():
            rows.append(([(int(column), 1.0) for column in self._numbers(stream)], number, number))
        if base is not None:
            for stream in self.shipped:
                more = numbers[stream] - self.number(stream, base) if stream in numbers else 0.0
                rows += self._held(stream, base, more)
        problem = self._with_rows(rows)
        if base is None:
            return problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        for place, tranche in enumerate(self.model.tranches):
            if tranche.offer not in self._streams and is_crude(self.model, tranche.lot):
                columns = self.model.build.blocks["purchase"].ids[place]
                lower[columns] = upper[columns] = np.maximum(base[columns], 0.0)
        return problem.with_(column_lower=lower, column_upper=upper)

    def _held(self, stream: str, base: FloatArray, more: float) -> list[Row]:
        """Rows that hold the cargoes of a crude as a plan has them, but for those that are more or fewer."""
        ships, rows = ships_of(self.model.build, self.model.cargoes, base), list[Row]()
        for position, period in self.slots(stream):
            number, column = float(ships[position, period]), self._loaded(position, period)
            quantity, terms = float(base[column]), self._ships(position, period)
            room = _HAIR * max(1.0, quantity)
            if more > 0.0:
                slot = self.model.cargoes.slot(position, period)
                assert slot is not None
                rows.append((terms, number, np.inf))
                for size, low, high in ((slot.least, -room, np.inf), (slot.most, -np.inf, room)):
                    rest = quantity - size * number
                    rows.append(
                        ([(column, 1.0), *((c, -size * w) for c, w in terms)], rest + low, rest + high)
                    )
            elif more < 0.0 and number:
                rows.append((terms, 0.0, number))
                each = quantity / number
                rows.append(([(column, 1.0), *((c, -each * w) for c, w in terms)], -room, room))
            else:
                rows.append((terms, number, number))
                rows.append(([(column, 1.0)], quantity - room, quantity + room))
        return rows

    def _with_rows(self, rows: list[Row]) -> Problem:
        problem = self.problem
        places = [
            (place, column, weight) for place, (terms, _, _) in enumerate(rows) for column, weight in terms
        ]
        row, column, weight = (np.array(part) for part in zip(*places, strict=True))
        added = sparse.csr_array((weight, (row, column)), shape=(len(rows), problem.shape[1]))
        index = Index.of("held", [str(place) for place in range(len(rows))])
        return problem.with_(
            matrix=sparse.csr_array(sparse.vstack([problem.matrix, added])),
            row_lower=np.append(problem.row_lower, [low for _, low, _ in rows]),
            row_upper=np.append(problem.row_upper, [high for _, _, high in rows]),
            row_blocks=(*problem.row_blocks, Block("held_cargoes", index, problem.shape[0])),
        )
