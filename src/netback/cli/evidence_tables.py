"""How trees, contradictions and verdicts look in a terminal of 100 columns, and as JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netback.cli.common import WIDTH, counted, printable, show_table
from netback.evidence.contradictions import Hit, listed
from netback.evidence.leaves import Leaf
from netback.evidence.readings import Deciding, Reading
from netback.evidence.register import Register
from netback.evidence.trace import Node
from netback.evidence.values import Quantity, text_of
from netback.evidence.verdicts import ORDER, Verdict, claimed_text, overall

_TURNS = "what decides, at its turn"


def show_tree(node: Node) -> None:
    """Print a tree; long lines are folded under their branch."""
    for line in _tree(node, "", ""):
        print(printable(line))


def _tree(node: Node, first: str, rest: str) -> Iterator[str]:
    below = rest + ("│  " if node.below else "   ") if first else ("│  " if node.below else "")
    text = f"{node.text}  <- {node.word.upper()}" if node.word in ("orphan",) else node.text
    width = max(WIDTH - len(rest) - 3, 30)
    lines = [
        piece
        for part in text.splitlines() or [""]
        for piece in textwrap.wrap(part, width, break_on_hyphens=False)
    ]
    yield first + (lines[0] if lines else "")
    for line in lines[1:]:
        yield f"{below if first else below or '   '}{line}"
    for place, child in enumerate(node.below):
        last = place == len(node.below) - 1
        yield from _tree(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))


def node_json(node: Node) -> dict[str, Any]:
    """Return a tree for JSON."""
    return {"text": node.text, "word": node.word or None, "below": [node_json(child) for child in node.below]}


def show_hits(register: Register, hits: Sequence[Hit], of_own: bool) -> None:
    """Print every hit, and how the rules stand against the listed pairs."""
    rows = [
        (
            _known_as(hit),
            hit.rule,
            ", ".join(claim.name for claim in hit.claims),
            hit.why,
        )
        for hit in hits
    ]
    show_table("Claims that cannot both hold", ("known as", "rule", "claims", "why"), rows)
    print()
    new = sum(1 for hit in hits if hit.judged is None)
    judged = Counter(hit.judged["judgement"] for hit in hits if hit.judged and not hit.judged["listed"])
    if of_own:
        print(f"{counted(len(hits), 'hit')} with your claims, {new} of them not judged by anybody.")
        return
    known = [record["contradiction"] for record in listed(register)]
    found = {hit.judged["contradiction"] for hit in hits if hit.judged and hit.judged["listed"]}
    missed = [name for name in known if name not in found]
    print(f"{len(found)} of {len(known)} listed contradictions found by rule.{_missed(missed)}")
    others = ", ".join(f"{count} {word}" for word, count in sorted(judged.items()))
    rest = len(hits) - sum(1 for hit in hits if hit.judged and hit.judged["listed"])
    print(
        f"{counted(len(hits), 'hit')}; {rest} beyond the list: {others or 'none judged'}, {new} not judged."
    )


def _known_as(hit: Hit) -> str:
    """Name of the contradiction, and the judgement where it is none."""
    if hit.judged is None:
        return "new"
    name, judgement = str(hit.judged["contradiction"]), hit.judged["judgement"]
    return name if judgement == "contradiction" else f"{name}, {judgement}"


def _missed(names: Sequence[str]) -> str:
    return f" Not found: {', '.join(names)}." if names else ""


def hits_json(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Return hits for JSON."""
    return [
        {
            "rule": hit.rule,
            "claims": [claim.name for claim in hit.claims],
            "why": hit.why,
            "known_as": hit.judged["contradiction"] if hit.judged else None,
            "judgement": hit.judged["judgement"] if hit.judged else None,
            "listed": bool(hit.judged and hit.judged["listed"]),
        }
        for hit in hits
    ]


def show_overview(verdicts: Mapping[str, Sequence[Verdict]]) -> None:
    """Print one line per claim: what it claims, our number, the verdict and what decides."""
    show_table("", ("claim", "claimed", "our number", "verdict", _TURNS), _overview(verdicts))
    counts = Counter(overall(parts) for parts in verdicts.values())
    told = ", ".join(f"{counts[word]} {word}" for word in reversed(ORDER) if counts[word])
    print(f"\n{counted(len(verdicts), 'claim')}: {told}")


def overview_markdown(verdicts: Mapping[str, Sequence[Verdict]]) -> str:
    """Return the overview as a Markdown table, each claim with its statement."""
    lines = [
        f"| claim | | claimed | our number | verdict | {_TURNS} |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, *cells in _overview(verdicts):
        statement = str(verdicts[name][0].claim["statement"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in (name, statement, *cells)) + " |")
    return "\n".join(lines) + "\n"


def _overview(verdicts: Mapping[str, Sequence[Verdict]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, parts in verdicts.items():
        word = overall(parts)
        one = next(verdict for verdict in parts if verdict.word == word)
        claimed = _once([claimed_text(verdict.claim) for verdict in parts], parts[0].claim.uom)
        numbers = _once([_number(verdict) for verdict in parts], "")
        rows.append((name, claimed, numbers, word, _decides(one)))
    return rows


def _number(verdict: Verdict) -> str:
    """Our number in three figures, without the uom where that is the claim's."""
    text = verdict.answer_in(3) or "none"
    return text.removesuffix(f" {verdict.claim.uom}") if verdict.claim.uom else text


def _once(texts: Sequence[str], uom: str) -> str:
    """Join the parts of a claim, their uom once; many of yes and no are told by their first letters."""
    if len(texts) > 3 and all(text in ("yes", "no") for text in texts):
        return "".join(text[0] for text in texts)
    ending = f" {uom}" if uom else ""
    return (
        "; ".join(text.removesuffix(ending) for text in texts[:-1])
        + ("; " if len(texts) > 1 else "")
        + texts[-1]
    )


def _decides(verdict: Verdict) -> str:
    """The input that decides and where it turns the answer, and in a few words how the readings stand."""
    reading = verdict.decided_by
    if reading is None:
        return verdict.why
    found = reading.deciding
    return "; ".join(filter(None, ["" if found is None else _turn(found), verdict.remark]))


def _turn(found: Deciding) -> str:
    leaf = found.leaf
    name = f"{leaf.topic} {leaf.key}".strip() if leaf.kind == "fact" else leaf.key.replace("_", " ")
    short = name if len(name) <= 34 else f"{name[:31]}..."
    return short if found.flip is None else f"{short} at {text_of(found.flip, leaf.uom, 3)}"


def show_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Print everything about one claim: readings, numbers with their sources, what decides."""
    if len(verdicts) > 1:
        print(f"{verdicts[0].claim.id}: {overall(verdicts)}\n")
    for verdict in verdicts:
        _show_verdict(verdict)


def _show_verdict(verdict: Verdict) -> None:
    claim = verdict.claim
    _say(f"{claim.name}: {claim['statement']}")
    said = " through ".join(filter(None, [claim["said_by"], claim["via"]])) or "nobody named"
    _say(f"Said by {said}. Claimed: {claimed_text(claim)}.")
    _say(f"Verdict: {verdict.word}. {verdict.why[:1].upper()}{verdict.why[1:]}")
    print()
    rows = [
        (r.name, r.role, _result(r, verdict), "agrees" if r.name in verdict.agreeing else "")
        for r in verdict.readings
    ]
    show_table("Readings", ("reading", "role", "result", ""), rows)
    print()
    for reading in verdict.readings:
        _say(f"{reading.name} = {reading.calculation['expression']}")
    leaves = {leaf.key: leaf for reading in verdict.readings for leaf in reading.leaves}
    numbers = [
        (_kind(leaf.kind), leaf.key, text_of(leaf.value, leaf.uom), leaf.said) for leaf in leaves.values()
    ]
    if numbers:
        print()
        show_table("Numbers used", ("kind", "number", "value", "said by, or why"), numbers)
    _show_urls(leaves)
    print()
    _show_deciding(verdict)


def _show_urls(leaves: Mapping[str, Leaf]) -> None:
    """Print the addresses behind the numbers, each once, with the numbers that rest on it."""
    places: dict[str, list[str]] = {}
    for leaf in leaves.values():
        for url in leaf.urls:
            places.setdefault(url, []).append(leaf.key)
    if places:
        print("\nAddresses")
    for url, keys in places.items():
        text = f"{', '.join(dict.fromkeys(keys))}: {url}"
        print(printable(textwrap.fill(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)))


def _kind(kind: str) -> str:
    return {"input": "stated"}.get(kind, kind)


def _result(reading: Reading, verdict: Verdict) -> str:
    if reading.result is None:
        return f"cannot be told: {reading.missing}"
    return text_of(reading.result, reading.calculation["uom"] or verdict.claim.uom)


def _show_deciding(verdict: Verdict) -> None:
    reading = verdict.decided_by
    found = reading.deciding if reading else None
    if reading is None or found is None:
        print("No number decides alone.\n")
        return
    leaf = found.leaf
    moved = "moved over its range it moves the result most"
    if not isinstance(reading.centre, Quantity):
        moved = "the smallest change of it turns the answer"
    elif not found.ranged:
        moved = "moved by a tenth either way it moves the result most"
    value = text_of(leaf.value, leaf.uom)
    _say(f"What decides ({reading.name}): {leaf.key}, {value}; {moved}. {_flip(found.flip, leaf.uom)}")
    print()


def _flip(flip: Any, uom: str) -> str:
    if flip is None:
        return "No value of it from a tenth to ten times turns the answer."
    return f"With everything else at its centre, the answer turns at {text_of(flip, uom)}."


def _say(text: str) -> None:
    print(textwrap.fill(printable(text), WIDTH, break_long_words=False, break_on_hyphens=False))


def verdicts_json(verdicts: Mapping[str, Sequence[Verdict]]) -> list[dict[str, Any]]:
    """Return verdicts for JSON."""
    return [
        {"claim": name, "verdict": overall(parts), "parts": [_part_json(verdict) for verdict in parts]}
        for name, parts in verdicts.items()
    ]


def _part_json(verdict: Verdict) -> dict[str, Any]:
    decided = verdict.decided_by
    found = decided.deciding if decided else None
    return {
        "claim": verdict.claim.name,
        "claimed": claimed_text(verdict.claim),
        "verdict": verdict.word,
        "why": verdict.why,
        "our_number": verdict.answer,
        "reading": verdict.reading.name if verdict.reading else None,
        "decides": None if found is None else found.leaf.key,
        "turns_at": text_of(found.flip, found.leaf.uom)
        if found is not None and found.flip is not None
        else None,
        "readings": [
            {
                "reading": reading.name,
                "role": reading.role,
                "expression": reading.calculation["expression"],
                "result": _result(reading, verdict),
                "agrees": reading.name in verdict.agreeing,
                "numbers": [
                    {
                        "name": leaf.key,
                        "value": text_of(leaf.value, leaf.uom),
                        "kind": leaf.kind,
                        "said": leaf.said,
                        "urls": list(leaf.urls),
                    }
                    for leaf in reading.leaves
                ],
            }
            for reading in verdict.readings
        ],
    }
