"""``netback may``: what the law held in tables says of a trade, authority by authority."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netback.cli.common import WIDTH, printable, show_table
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.regimes.chain import Levy, Step
    from netback.regimes.question import Question
    from netback.regimes.register import Register
    from netback.regimes.verdict import Answer, Verdict


def may(
    cargo: Annotated[str, typer.Option(help="Goods: gasoline, hsd, furnace oil, crude, 2710, ...")] = "",
    origin: Annotated[str, typer.Option("--from", help="Country the goods come from.")] = "",
    destination: Annotated[str, typer.Option("--to", help="Country the goods go to.")] = "",
    on: Annotated[str, typer.Option(help="Day of the trade, as 2024-12-15.")] = "",
    seller: Annotated[str, typer.Option(help="producer, reseller, or the name of the seller.")] = "",
    price: Annotated[float | None, typer.Option(help="Price; USD/bbl fob unless told.")] = None,
    price_uom: Annotated[str, typer.Option(help="For example USD/bbl or USD/t.")] = "",
    price_basis: Annotated[str, typer.Option(help="fob or delivered.")] = "",
    density: Annotated[float | None, typer.Option(help="t/m3, to compare USD/t with USD/bbl.")] = None,
    by: Annotated[
        str, typer.Option(help="sea, pipeline, rail or road; sea unless told, between coasts.")
    ] = "",
    flag: Annotated[str, typer.Option(help="Country of the ship's flag.")] = "",
    insurer: Annotated[str, typer.Option(help="Country of insurer and services, or a bloc.")] = "",
    vessel: Annotated[str, typer.Option(help="Name of the ship.")] = "",
    payment: Annotated[str, typer.Option(help="Means of payment, for example barter.")] = "",
    contract_date: Annotated[str, typer.Option(help="Day on which the contract was signed.")] = "",
    loaded_on: Annotated[str, typer.Option(help="Day of loading.")] = "",
    delivered_on: Annotated[str, typer.Option(help="Day of delivery.")] = "",
    circumstances: Annotated[
        list[str] | None, typer.Option("--with", help="A circumstance that holds; may be repeated.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Folder with rules of your own.")] = None,
    case: Annotated[str, typer.Option(metavar="CASE[:SCENARIO]", help="Case with rules of its own.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Show every rule that was looked at.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    names: Annotated[bool, typer.Option("--names", help="List goods, sellers and circumstances.")] = False,
) -> None:
    """Answer whether a cargo may move: allowed, forbidden, conditional or unknown, and who says so."""
    from netback.regimes.question import ask
    from netback.regimes.verdict import may as ask_all

    register = _register(rules, case)
    if names:
        _show_names(register)
        return
    _require({"cargo": cargo, "from": origin, "to": destination, "on": on})
    question = ask(
        register, cargo=cargo, origin=origin, destination=destination, on=on, seller=seller or None,
        price=price, price_uom=price_uom or None, price_basis=price_basis or None, density_t_per_m3=density,
        transport=by or None, flag=flag or None, insurer=insurer or None, vessel=vessel or None,
        payment=payment or None, contract_date=contract_date or None, loaded_on=loaded_on or None,
        delivered_on=delivered_on or None, circumstances=circumstances or (),
    )  # fmt: skip
    answer = ask_all(register, question)
    if as_json:
        print(json.dumps(answer_dict(answer), indent=1, ensure_ascii=False))
    else:
        _show(answer, full, register.authorities)


def _register(rules: Path | None, case: str) -> Register:
    """Shipped rules, those of a case, those of a folder, checked."""
    from netback.regimes.checks import check_register
    from netback.regimes.register import Register, read_rules

    layers = []
    if case:
        from netback.io.folder import read_case

        path, _, scenario = case.partition(":") if not Path(case).exists() else (case, "", "")
        layers.append(read_case(path, scenario or None).tables)
    if rules is not None:
        layers.append(read_rules(rules))
    register = Register.of(*layers)
    errors = [finding for finding in check_register(register) if finding.severity == "error"]
    if errors:
        raise DataError(errors, f"rules of {rules or case}")
    return register


def _require(told: dict[str, str]) -> None:
    missing = [name for name, value in told.items() if not value.strip()]
    if missing:
        example = "netback may --cargo gasoline --from Russia --to Mongolia --seller reseller --on 2024-12-15"
        findings = [Finding(f"--{name}", "is not told.", f"Example: {example}.") for name in missing]
        raise DataError(findings, "the question")


def _say(text: str, indent: str = "", first: str = "") -> None:
    print(
        textwrap.fill(
            printable(text),
            WIDTH,
            initial_indent=first or indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
    )


#: What no row of the shipped rules holds; the whole list stands in docs/regimes.md.
_NOT_HELD = "sanctions on Iran, listed ships and customs duties"


def _silent(answer: Answer, authorities: Iterable[str]) -> str:
    """Who makes rules that are held here, and has none that speaks of this trade."""
    told = {one.authority for one in answer.verdicts}
    names = ", ".join(name for name in authorities if name not in told)
    whose = f"No rule held here of {names} speaks of this trade. " if names else ""
    return (
        f"{whose}What is not held is no permission: for example {_NOT_HELD} are not held "
        "(docs/regimes.md lists what is not)."
    )


def _show(answer: Answer, full: bool, authorities: Iterable[str]) -> None:
    _say(_heading(answer.question))
    if answer.question.taken:
        _say(f"Not told, taken: {', '.join(answer.question.taken)}.")
    print()
    if not answer.verdicts:
        _say("No rule held here speaks of this trade. That is no permission: other law may.")
        _say(_silent(answer, ()))
        return
    rows = [(one.authority, one.word, one.because, "; ".join(one.binds)) for one in answer.verdicts]
    show_table("", ("authority", "verdict", "why", "binds"), rows)
    _say(_silent(answer, authorities))
    print()
    _say(f"Side by side, never merged: {answer.overall}")
    for one in answer.verdicts:
        _show_verdict(one, full)


def _heading(question: Question) -> str:
    who = question.seller or question.seller_kind
    told = [f"seller {who}" if who else "", f"by {question.transport}" if question.transport else ""]
    if question.price is not None:
        told.append(f"at {question.price.value:g} {question.price.price_uom} {question.price.basis}")
    told += [
        f"flag {question.flag}" if question.flag else "",
        f"insurer {question.insurer}" if question.insurer else "",
        f"vessel {question.vessel}" if question.vessel else "",
        f"payment {question.payment}" if question.payment else "",
    ]
    more = ", ".join(part for part in told if part)
    asked = f"May {question.goods} go from {question.origin} to {question.destination} on {question.on}?"
    return f"{asked} ({more})" if more else asked


def _show_verdict(one: Verdict, full: bool) -> None:
    steps = [
        step for step in one.steps if full or step.decides or step.role in ("proposed", "ended", "begins")
    ]
    told = [
        ("Conditions", one.conditions),
        ("Unless", one.unless),
        ("Provided that", one.provided),
        ("Cost", tuple(_levy(levy) for levy in one.levies)),
    ]
    if not steps and not any(words for _, words in told):
        return
    print()
    _say(f"{one.authority}: {one.word}")
    for name, words in told:
        if words:
            _say(f"{name}: {'; '.join(words)}.", "    ", "  ")
    for step in steps:
        _show_step(step)
    for levy in one.levies:
        _say(levy.record["citation"], "      ", f"    {levy.rule}: ")
        if levy.record["url"]:
            _say(levy.record["url"], "      ")


def _levy(levy: Levy) -> str:
    return f"{levy.title} {levy.value:,.6g} {levy.uom}" + ("" if levy.sure else " (not sure)")


def _show_step(step: Step) -> None:
    known = f", {step.verified}" if step.verified else ""
    _say(f"{step.role} {step.id}, {step.window}{known}: {step.outcome}", "      ", "    ")
    instrument = step.record.get("instrument")
    _say(f"{step.title}" + (f"; {instrument}." if instrument else "."), "      ")
    _say(step.citation, "      ")
    if step.url:
        _say(step.url, "      ")
    if step.record["note"]:
        _say(f"Note: {step.record['note']}.", "      ")


def _show_names(register: Register) -> None:
    goods = [
        (r["good"], r["parent"] or "", r["hs"] or "", _list(r["synonyms"])) for r in register.records("goods")
    ]
    show_table("Goods", ("good", "family", "HS", "also"), goods)
    parties = [
        (r["party"], r["kind"], r["country"] or "", _list(r["synonyms"])) for r in register.records("parties")
    ]
    show_table("Sellers and ships", ("name", "kind", "country", "also"), parties)
    rows = [(r["circumstance"], r["meaning"]) for r in register.records("circumstances")]
    show_table("Circumstances for --with", ("name", "meaning"), rows)
    print()
    _say(f"Authorities: {', '.join(register.authorities)}.")
    blocs = [r["place"] for r in register.records("places") if r["kind"] == "bloc"]
    _say(f"Places: countries by name or ISO code, and {', '.join(blocs)}.")


def _list(text: str | None) -> str:
    return (text or "").replace(";", ", ")


def answer_dict(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain values for JSON."""
    return {
        "format": "netback-may/1",
        "question": dict(_question_items(answer.question)),
        "overall": answer.overall,
        "verdicts": [_verdict_dict(one) for one in answer.verdicts],
    }


def _question_items(question: Question) -> Iterator[tuple[str, Any]]:
    from netback.regimes.question import Price

    for name in question.__dataclass_fields__:
        value = getattr(question, name)
        if isinstance(value, Price):
            yield "price", value.value
            yield "price_uom", value.price_uom
            yield "price_basis", value.basis
        elif isinstance(value, frozenset | tuple):
            yield name, sorted(value)
        else:
            yield name, None if value is None else value if isinstance(value, float) else str(value)


def _verdict_dict(one: Verdict) -> dict[str, Any]:
    return {
        "authority": one.authority,
        "verdict": one.word,
        "because": one.because,
        "binds": list(one.binds),
        "conditions": list(one.conditions),
        "unless": list(one.unless),
        "provided": list(one.provided),
        "levies": [
            {"rule": levy.rule, "title": levy.title, "value": levy.value, "uom": levy.uom, "sure": levy.sure}
            for levy in one.levies
        ],
        "chain": [_step_dict(step) for step in one.steps],
    }


def _step_dict(step: Step) -> dict[str, Any]:
    record = step.record
    return {
        "id": step.id,
        "role": step.role,
        "title": step.title,
        "outcome": step.outcome,
        "decides": step.decides,
        "standing": record.get("standing"),
        "confidence": record.get("confidence"),
        "start": None if record["start"] is None else str(record["start"]),
        "end": None if record["end"] is None else str(record["end"]),
        "instrument": record.get("instrument"),
        "citation": step.citation,
        "url": step.url,
        "fact": record["fact"],
        "note": record["note"],
    }
