"""``netback value`` over several periods, or with ships: what a cargo was worth, what decides it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from netback.cli.common import EXIT_INTERRUPTED, printable
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.studies.cargo_counts import CargoCounts
    from netback.studies.deciding import Assumption, Effect, Samples
    from netback.studies.lifting import Lifting
    from netback.studies.turning import Turn

#: Assumptions whose turn is sought.
MOST_TURNED = 3
#: Samples of a page unless told.
PAGE_SAMPLES = 60
#: Loads of whole ships that a refusal names.
_MOST_LOADS = 4


@dataclass(frozen=True)
class Wanted:
    """What the user asked for; ``volumes`` as text."""

    crude: str
    volumes: str
    samples: int
    verify: bool
    flips: tuple[str, ...]
    seed: int
    jobs: int | None
    gap: float | None
    out: Path | None
    quick: bool
    alone: bool
    as_json: bool


@dataclass(frozen=True)
class Told:
    """Everything that was found; ``alone`` is each month by itself, beside the months together.

    ``stopped`` says that the user stopped what came after the months: what was known by then stands here.
    """

    lifting: Lifting
    effects: tuple[Effect, ...]
    turns: tuple[Turn, ...]
    samples: Samples | None
    alone: Lifting | None = None
    counts: CargoCounts | None = None
    stopped: bool = False


def is_by_period(case: Case) -> bool:
    """Whether the worth of a crude is asked by period: over several of them, or with ships."""
    return len(case.horizon.names) > 1 or bool(case.table("cargoes").records)


def value_by_period(case: Case, wanted: Wanted) -> None:
    """Find, show and write."""
    told = _found(case, wanted)
    from netback.cli.lifting_tables import show

    print(_json(case, told)) if wanted.as_json else show(case, told)
    if wanted.out is not None:
        names = _write(case, told, wanted.out)
        remarks = sys.stderr if wanted.as_json else sys.stdout
        print(printable(f"Written to {wanted.out}: {', '.join(names)}"), file=remarks)
    if told.stopped:
        raise typer.Exit(EXIT_INTERRUPTED)


def _found(case: Case, wanted: Wanted) -> Told:
    from netback.cli.value import watch
    from netback.studies.lifting import GAP, lifting
    from netback.studies.turning import assumption_named

    named = [assumption_named(case, text) for text in wanted.flips]
    volumes = _volumes(case, wanted)
    found = lifting(
        case,
        wanted.crude,
        volumes,
        GAP if wanted.gap is None else wanted.gap,
        wanted.jobs,
        watch("months"),
        wanted.alone,
    )
    if volumes and not any(lift.question.kind == "volume" for lift in found.known):
        what = f"no plan takes {wanted.volumes} of {wanted.crude} in any period."
        raise DataError(Finding("--volume", what, "Whole ships carry a least and a greatest lot each."))
    told = Told(found, (), (), None)
    try:
        for more in _further(case, wanted, found, volumes, named):
            told = more
    except KeyboardInterrupt:
        what = "Stopped: what was known by then follows"
        print(f"{what}{' and is written' if wanted.out is not None else ''}.", file=sys.stderr)
        told = replace(told, stopped=True)
    return told


def _further(
    case: Case, wanted: Wanted, found: Lifting, volumes: list[float], named: list[Assumption]
) -> Iterator[Told]:
    """What comes after the months, step by step: what decides them, where they turn, how wide they are."""
    from netback.cli.value import watch
    from netback.studies.cargo_counts import cargo_counts
    from netback.studies.deciding import effect_of, effects, first_anew, samples
    from netback.studies.lifting import lifting
    from netback.studies.turning import turns

    told = Told(found, (), (), None)
    whole = wanted.out is not None and not wanted.quick
    if (wanted.verify or whole) and not wanted.alone:
        told = replace(told, counts=cargo_counts(case, found, wanted.jobs, watch("numbers of cargoes")))
        yield told
    if wanted.verify or whole:
        told = replace(told, effects=effects(case, found, wanted.jobs, watch("ends of ranges")))
        yield told
        anew = first_anew(case, found, told.effects, wanted.jobs, watch("assumptions, ships anew"))
        told = replace(told, effects=anew)
        yield told
        told = replace(told, turns=turns(case, found, anew[:MOST_TURNED], wanted.jobs, watch("turns")))
        yield told
    if named:
        asked = [effect_of(case, found, one, wanted.jobs) for one in named]
        more = turns(case, found, asked, wanted.jobs, watch("turns"))
        told = replace(told, turns=(*told.turns, *more))
        yield told
    count = wanted.samples or (PAGE_SAMPLES if whole else 0)
    if count:
        drawn = samples(case, found, count, wanted.seed, wanted.jobs, watch("samples"))
        told = replace(told, samples=drawn)
        yield told
    if whole and not wanted.alone:
        alone = lifting(
            case, wanted.crude, volumes, found.gap, wanted.jobs, watch("months, each alone"), True
        )
        yield replace(told, alone=alone)


def _volumes(case: Case, wanted: Wanted) -> list[float]:
    """Volumes above zero in the uom of the stream."""
    if not wanted.volumes:
        return []
    from netback.cli.value import amounts
    from netback.studies.asked import Asked

    asked = Asked(case, wanted.crude)
    per, scale = asked.barrels
    uom = asked.model.network.stream_of(asked.lot).uom
    volumes = [volume for volume in amounts(wanted.volumes, uom, per, scale) if volume > 0.0]
    questions = [one for one in asked.questions(volumes) if one.kind == "volume"]
    # Whole ships rule most volumes out before any plan is sought, which takes long.
    if questions and not any(asked.may_load(one) for one in questions):
        what = f"no ships carry {wanted.volumes} of {wanted.crude} in any period."
        loads = sorted({load for one in questions for load in asked.loads(one)})
        hint = "; ".join(f"{least:,.0f} to {most:,.0f} {uom}" for least, most in loads[:_MOST_LOADS])
        raise DataError(Finding("--volume", what, f"They carry {hint}."))
    return volumes


def _json(case: Case, told: Told) -> str:
    from netback.studies.lift_tables import assumption_table, count_table, lift_table, turn_table

    found = told.lifting
    shown = {
        "format": "netback-lifting/1",
        "case": case.name,
        "scenario": case.scenario,
        "crude": found.crude,
        "currency": case.currency,
        "margin": found.margin,
        "bound": found.bound,
        "margin_without": found.without,
        "gap": found.gap,
        "alone": found.alone,
        "stopped": told.stopped,
        "samples": 0 if told.samples is None else len(told.samples.headrooms),
        "failed_samples": 0 if told.samples is None else told.samples.failed,
        "lifting": lift_table(case, found, told.samples).to_dict(),
        "assumptions": assumption_table(case, found, told.effects).to_dict() if told.effects else None,
        "turns": turn_table(told.turns).to_dict() if told.turns else None,
        "cargoes": None if told.counts is None else count_table(case, told.counts).to_dict(),
    }
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)


def _write(case: Case, told: Told, out: Path) -> list[str]:
    from netback.cli.lifting_tables import counts_text, turn_text
    from netback.plots.lifting import figures
    from netback.reports.answer import Answer, answer_page
    from netback.results.export import write_folder
    from netback.studies.lift_tables import assumption_table, count_table, lift_table, turn_table

    found = told.lifting
    contents: dict[str, str | bytes] = {
        "lifting.csv": lift_table(case, found, told.samples).to_csv(),
        "lifting.json": _json(case, told) + "\n",
    }
    if told.effects:
        contents["assumptions.csv"] = assumption_table(case, found, told.effects).to_csv()
    if told.turns:
        contents["turns.csv"] = turn_table(told.turns).to_csv()
    if told.alone is not None:
        contents["lifting_alone.csv"] = lift_table(case, told.alone).to_csv()
    turned = [turn_text(case, turn) for turn in told.turns]
    if told.counts is not None:
        contents["cargoes.csv"] = count_table(case, told.counts).to_csv()
        turned.insert(0, counts_text(case, told.counts))
    drawn = figures(case, found, told.effects, told.samples, told.alone)
    for name, figure in drawn.items():
        contents[f"{name}.png"], contents[f"{name}.svg"] = figure.png, figure.svg
    said = said_at_the_time(case, found)
    contents["answer.html"] = answer_page(
        Answer(case, found, told.effects, told.samples, tuple(turned), said, told.alone, told.stopped), drawn
    )
    write_folder(out, contents)
    return sorted(contents)


def said_at_the_time(case: Case, found: Lifting) -> tuple[tuple[str, ...], ...]:
    """Claims of the register on the worth of the crude: (day, who, what, number, verdict, claim)."""
    from datetime import timedelta

    from netback.cli.evidence import evidence_providers
    from netback.evidence.said import said_of
    from netback.evidence.verdicts import verify
    from netback.io.register import register_of
    from netback.supply.data import SupplyData

    periods = case.horizon.periods
    if any(period.start is None for period in periods):
        return ()
    first, last = periods[0].start, periods[-1].start
    assert first is not None
    assert last is not None
    last += timedelta(days=int(periods[-1].days) - 1)
    data = SupplyData.of(case)
    offers = {lift.offer for lift in found.lifts}
    ports = {r["load_port"] for r in case.table("cargoes").records if r["offer"] in offers and r["load_port"]}
    keys = {data.port(port).name for port in ports}
    words = {r["country"] for r in data.tables["ports"].records if r["port"] in keys and r["country"]}
    words.add(found.crude.split("_")[0])
    register = register_of(case)
    asked = evidence_providers()
    told = []
    for one in said_of(register, sorted(words), first, last):
        verdict = ""
        if one.is_tested:
            judged = verify(register, one.claim, asked)
            verdict = ", ".join(dict.fromkeys(found.word for found in judged))
        day = f"{one.when.day} {one.when:%b %Y}"
        told.append((day, one.said_by, one.statement, one.number, verdict, one.claim))
    return tuple(told)
