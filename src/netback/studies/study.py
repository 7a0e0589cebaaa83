"""Studies: many cases of one plan, solved fast, stored as they come, taken up again where they were left.

A study is a list of cases: scenarios, grids of inputs, samples of the uncertain ones. Inputs that move the program in
proportion are moved in it (:mod:`netback.studies.affine`) and solved from the last basis; every other case is built.
The answers make one long table: a row for each result of each case. Each is stored before the next begins, so that an
interrupted study loses at most the case in flight.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.case.case import Case
from netback.case.scenario import changed_case
from netback.case.table import Record
from netback.errors import DataError, Finding, ModelError, NetbackError
from netback.planning.model import Model, build_plan
from netback.planning.phrases import failure_findings
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.index import IntArray
from netback.program.problem import FloatArray, Problem
from netback.refinery.crudes import Crudes
from netback.studies.affine import AffinePrograms
from netback.studies.run import run_all

#: Cases for each input from which learning its slope pays.
WORTH_LEARNING = 4
#: Results whose value is a text.
TEXTS = ("word", "reason")
#: Words of cases that have a plan.
PLANNED = ("proven", "feasible")
Row = tuple[str, str, str, float | str]


@dataclass(frozen=True)
class Sweep:
    """One input and the values it takes: a table, a condition on its rows as in overrides.csv, a column."""

    table: str
    where: str
    column: str
    values: tuple[float, ...]

    @property
    def name(self) -> str:
        """The input in one line."""
        return f"{self.table} {self.where} {self.column}"


@dataclass(frozen=True)
class Item:
    """One case of a study: a scenario, and the values of the sweeps by their number."""

    scenario: str | None
    values: tuple[float, ...]

    @property
    def key(self) -> str:
        """The case in one word, unique in its study."""
        return json.dumps([self.scenario, *self.values])


@dataclass(frozen=True)
class Answer:
    """Results of one case: (result, item, uom, value) rows; the first row is the word of its certificate."""

    item: Item
    rows: tuple[Row, ...]

    @property
    def word(self) -> str:
        """Word of its certificate: proven, feasible, proven infeasible or not solved."""
        return str(self.rows[0][3])

    @property
    def has_plan(self) -> bool:
        """Whether a plan was found."""
        return self.word in PLANNED


@dataclass(frozen=True)
class Study:
    """What is to be solved."""

    case: Case
    sweeps: tuple[Sweep, ...]
    items: tuple[Item, ...]

    @property
    def fingerprint(self) -> str:
        """A word that is the same only for the same inputs and the same list of cases."""
        tables = {
            name: [list(map(str, record.items())) for record in table.records]
            for name, table in self.case.tables.items()
            if len(table)
        }
        text = json.dumps(
            [self.case.name, tables, [s.name for s in self.sweeps], [i.key for i in self.items]]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def grid(case: Case, scenarios: Sequence[str | None], sweeps: Sequence[Sweep]) -> Study:
    """Every scenario with every combination of the values of the sweeps.

    Raises
    ------
    DataError
        If a sweep names no number of the case, or a scenario is unknown; all findings together.
    """
    findings: list[Finding] = []
    for sweep in sweeps:
        try:
            changed_case(case, _overrides([sweep], [sweep.values[0]]))
        except DataError as error:
            findings.extend(Finding(f"sweep {sweep.name}", f.what, f.hint) for f in error.findings)
    for scenario in scenarios:
        try:
            case.in_scenario(scenario)
        except DataError as error:
            findings.extend(error.findings)
    if findings:
        raise DataError(findings, case.subject)
    combinations = itertools.product(*(sweep.values for sweep in sweeps))
    items = tuple(Item(scenario, values) for values in combinations for scenario in scenarios)
    return Study(case, tuple(sweeps), items)


def _overrides(sweeps: Sequence[Sweep], values: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {"table": sweep.table, "where": sweep.where, "column": sweep.column, "value": repr(value)}
        for sweep, value in zip(sweeps, values, strict=True)
    ]


@dataclass(frozen=True)
class Task:
    """One case that is built: what another process needs."""

    case: Case
    sweeps: tuple[Sweep, ...]
    item: Item


def solve_task(task: Task) -> Answer:
    """Build and solve one case; a case without a plan has its word and the reason as results."""
    try:
        model = build_plan(_case_of(task.case, task.sweeps, task.item))
        return _answer(model, _Sums.of(model), model.problem, Session(), task.item)
    except NetbackError as error:
        return _failed(task.item, error)


def _case_of(case: Case, sweeps: Sequence[Sweep], item: Item) -> Case:
    return changed_case(case.in_scenario(item.scenario), _overrides(sweeps, item.values))


def _failed(item: Item, error: NetbackError, word: str = "not solved") -> Answer:
    first = next(iter(error.findings), None)
    told = str(error) if first is None else f"{first.where}: {first.what}" if first.where else first.what
    return Answer(item, (("word", "", "", word), ("reason", "", "", told)))


def _answer(model: Model, sums: _Sums, problem: Problem, session: Session, item: Item) -> Answer:
    raw = session.solve(problem)
    found = certify(problem, raw)
    if found.word not in PLANNED or raw.x is None or found.value is None:
        try:
            raise failure_findings(model, found.word, found.message or raw.message)
        except ModelError as error:
            proven = found.word == "proven infeasible"
            return _failed(item, error, found.word if proven else "not solved")
    money = model.case.currency
    rows: list[Row] = [("word", "", "", found.word), ("margin", "", money, found.value)]
    rows.append(("gap", "", "", math.nan if found.gap is None else found.gap))
    rows += sums.rows(raw.x)
    return Answer(item, tuple(rows))


@dataclass(frozen=True, eq=False)
class _Sums:
    """What is bought and sold over the horizon, in the uom of each stream: sums of columns, side by side."""

    labels: tuple[tuple[str, str, str], ...]
    columns: IntArray
    starts: IntArray

    @classmethod
    def of(cls, model: Model) -> _Sums:
        """The sums of a model; each has a column at least."""
        network, blocks = model.network, model.build.blocks
        found: dict[tuple[str, str, str], list[int]] = {}
        if "purchase" in blocks:
            for position, tranche in enumerate(model.tranches):
                key = ("bought", tranche.offer, network.stream_of(tranche.lot).uom)
                found.setdefault(key, []).extend(blocks["purchase"].ids[position].tolist())
        if "sale" in blocks:
            ids = iter(blocks["sale"].ids)
            for tier in model.tiers:
                for _ in tier.lots:
                    key = ("sold", tier.sale, network.streams[tier.stream].uom)
                    found.setdefault(key, []).extend(next(ids).tolist())
        lengths = [len(columns) for columns in found.values()]
        columns = [column for part in found.values() for column in part]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if lengths else np.zeros(0)
        return cls(tuple(found), np.array(columns, dtype=np.int64), starts.astype(np.int64))

    def rows(self, x: FloatArray) -> Iterator[Row]:
        """The sums of a point."""
        if self.labels:
            amounts = np.add.reduceat(x[self.columns], self.starts).tolist()
            yield from ((*label, amount) for label, amount in zip(self.labels, amounts, strict=True))


def solve_study(
    study: Study,
    done: Callable[[Answer], None],
    skip: Collection[str] = frozenset(),
    jobs: int | None = None,
    cluster: str = "",
    cancel: Callable[[], bool] | None = None,
) -> None:
    """Solve every case of a study that is not to be skipped.

    Parameters
    ----------
    study
        The cases.
    done
        Called with each answer as it comes, in this process.
    skip
        Keys of cases that are known already.
    jobs
        Processes for the cases that are built; those of the machine where it pays when None.
    cluster
        Address of a dask scheduler; its workers build the cases instead.
    cancel
        Asked between cases; True stops.

    Raises
    ------
    ModelError
        If no sound program follows from the case itself.
    """
    left = [item for item in study.items if item.key not in skip]
    moved, built = _sorted(study, left)
    for scenario, items, programs, model in moved:
        session, sums = Session(brief=True), _Sums.of(model)
        for item in items:
            if cancel is not None and cancel():
                return
            problem = programs.at(dict(enumerate(item.values)))
            if problem is None:
                built.append(item)
                continue
            done(_answer(model, sums, problem, session, Item(scenario, item.values)))
    tasks = [Task(study.case, study.sweeps, item) for item in built]
    answers = (
        _on_cluster(tasks, cluster) if cluster else (answer for _, answer in run_all(solve_task, tasks, jobs))
    )
    for answer in answers:
        done(answer)
        if cancel is not None and cancel():
            return


def _sorted(
    study: Study, left: Sequence[Item]
) -> tuple[list[tuple[str | None, list[Item], AffinePrograms, Model]], list[Item]]:
    """Cases that may be moved from one program, scenario by scenario, and those that must be built."""
    by_scenario: dict[str | None, list[Item]] = {}
    for item in left:
        by_scenario.setdefault(item.scenario, []).append(item)
    moved, built = [], []
    for scenario, items in by_scenario.items():
        if not study.sweeps or len(items) < WORTH_LEARNING * len(study.sweeps):
            built += items
            continue
        learnt = _learnt(study, scenario)
        if learnt is None:
            built += items
        else:
            moved.append((scenario, items, *learnt))
    return moved, built


def _learnt(study: Study, scenario: str | None) -> tuple[AffinePrograms, Model] | None:
    """Slopes of all sweeps in one scenario; None where a build fails at one of the values that are tried."""
    points = [
        (min(s.values), max(s.values), float(np.mean((min(s.values), max(s.values))))) for s in study.sweeps
    ]
    start = [point[0] for point in points]

    def build(changes: Mapping[int, float]) -> Problem:
        if not changes:
            return base.problem
        values = tuple(changes.get(k, value) for k, value in enumerate(start))
        case = _case_of(study.case, study.sweeps, Item(scenario, values))
        return build_plan(case, crudes=crudes if crudes.hold_for(case) else None).problem

    faults: list[Finding] = []
    try:
        first = _case_of(study.case, study.sweeps, Item(scenario, tuple(start)))
        crudes = Crudes(first, faults)
        base = build_plan(first, crudes=crudes)
        return None if faults else (AffinePrograms(build, points), base)
    except NetbackError:
        return None


def _on_cluster(tasks: Sequence[Task], address: str) -> Iterator[Answer]:
    """Answers of the workers of a dask cluster as they come; the tasks of a worker that dies go to another."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        what = "the package distributed is not installed."
        raise DataError(
            Finding("--cluster", what, 'Install it with: pip install "netback[cluster]".')
        ) from None
    try:
        client: Any = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        hint = "Write the address that dask scheduler prints, for example tcp://10.0.0.1:8786."
        raise DataError(Finding("--cluster", f"no scheduler answers at {address}: {error}.", hint)) from None
    with client:
        waiting = client.map(solve_task, tasks, pure=False, retries=3)
        for future in as_completed(waiting):  # type: ignore[no-untyped-call]
            yield future.result()
            future.release()


def record_of(answer: Answer, sweeps: Sequence[Sweep]) -> Iterator[Record]:
    """Rows of the long table that one answer makes."""
    inputs = dict(zip((sweep.name for sweep in sweeps), answer.item.values, strict=True))
    for result, item, uom, value in answer.rows:
        yield Record(
            {
                "case": answer.item.key,
                "scenario": answer.item.scenario or "",
                **inputs,
                "result": result,
                "item": item,
                "uom": uom,
                "value": value,
            }
        )
