"""How trees, hits and verdicts are drawn: within 100 columns, nothing lost, nothing that steers the terminal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.cli.evidence_tables import (
    node_json,
    overview_markdown,
    show_hits,
    show_overview,
    show_tree,
    show_verdicts,
)
from netback.evidence.contradictions import find
from netback.evidence.register import Register
from netback.evidence.trace import Node
from netback.evidence.verdicts import Verdict, verify
from small_register import claim, register

WORDS = st.text(alphabet="abcdefgh -/|.", min_size=1, max_size=160)
NODES = st.recursive(
    st.builds(Node, WORDS),
    lambda below: st.builds(
        lambda text, nodes: Node(text, tuple(nodes)), WORDS, st.lists(below, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


def drawn(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    leaf = Node("orphan: nobody", word="orphan")
    show_tree(Node("root", (Node("first", (Node("inner"),)), leaf)))
    assert drawn(capsys) == ["root", "├─ first", "│  └─ inner", "└─ orphan: nobody  <- ORPHAN"]


def test_a_long_line_is_folded_under_its_branch(capsys: pytest.CaptureFixture[str]) -> None:
    show_tree(Node("root", (Node("word " * 40, (Node("inner"),)), Node("last"))))
    lines = drawn(capsys)
    assert max(map(len, lines)) <= 100
    assert lines[2].startswith("│  │  word")
    assert lines[-2].startswith("│  └─ inner")


def test_a_tree_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_tree(Node("a\x1b[2Jb"))
    assert "\x1b" not in capsys.readouterr().out


@given(NODES)
def test_any_tree_fits_and_keeps_its_words(node: Node) -> None:
    import contextlib
    import io

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        show_tree(node)
    lines = text.getvalue().splitlines()
    assert max(map(len, lines), default=0) <= 100
    shown = "".join(sign for line in lines for sign in line if sign not in "│├└─ ")
    assert shown == "".join(sign for one in node.walk() for sign in one.text if sign != " ")


def test_a_tree_as_json() -> None:
    assert node_json(Node("a", (Node("b", word="assumed"),))) == {
        "text": "a",
        "word": None,
        "below": [{"text": "b", "word": "assumed", "below": []}],
    }


JUNE = {"period_from": "2023-06-01", "period_to": "2023-06-30", "quantity": "weight", "subject": "s"}


def quarrel(**more: Any) -> Register:
    return register([claim("A-01", 1, "t", **JUNE), claim("B-01", 5, "t", **JUNE)], **more)


def test_hits_that_nobody_judged(capsys: pytest.CaptureFixture[str]) -> None:
    show_hits(quarrel(), find(quarrel()), of_own=False)
    out = capsys.readouterr().out
    assert "new        numbers apart   A-01, B-01   1 t against 5 t" in out
    assert "0 of 0 listed contradictions found by rule." in out
    assert "1 hit; 1 beyond the list: none judged, 1 not judged." in out


def test_hits_that_are_listed_missed_or_judged(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"contradiction": "K-1", "claims": "A-01;C-01", "listed": "yes"},
        {"contradiction": "K-2", "claims": "A-01;B-01", "judgement": "both can hold"},
    ]
    made = quarrel(contradictions=rows)
    show_hits(made, find(made), of_own=False)
    out = capsys.readouterr().out
    assert "K-2, both can hold" in out
    assert "0 of 1 listed contradictions found by rule. Not found: K-1." in out
    assert "1 hit; 1 beyond the list: 1 both can hold, 0 not judged." in out


def verdicts() -> dict[str, tuple[Verdict, ...]]:
    claims = [
        claim("T-01", 10, "t"),
        claim("T-02", 99, "t"),
        claim("T-03"),
        claim("F-01", 10, "t/d", said_by="the plant", quantity="rate"),
        *(claim("T-04", word=word, part=part) for part, word in enumerate(("yes", "no", "no", "yes"), 1)),
    ]
    rows = [
        {"claim": "T-01", "expression": "F-01 * x * d"},
        {"claim": "T-02", "expression": "F-01 * d"},
        {"claim": "T-03", "expression": "voyage('a', 'b').days"},
        *(
            {"claim": "T-04", "part": part, "expression": f"1 {sign} 2"}
            for part, sign in enumerate("<>><", 1)
        ),
    ]
    inputs = [
        {
            "claim": "T-01",
            "input": "x",
            "value": 1,
            "status": "assumed",
            "low": 0.9,
            "high": 1.1,
            "note": "a guess",
        }
    ]
    made = register(claims, rows, inputs)
    return {name: verify(made, name) for name in ("T-01", "T-02", "T-03", "T-04")}


def test_an_overview(capsys: pytest.CaptureFixture[str]) -> None:
    show_overview(verdicts())
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert "4 claims: 2 reproduced, 1 cannot tell, 1 refuted" in out
    row = next(line for line in out.splitlines() if line.startswith("T-04"))
    assert row.split() == ["T-04", "ynny", "ynny", "reproduced"]
    assert "nothing here answers" in out


def test_an_overview_in_markdown() -> None:
    lines = overview_markdown(verdicts()).splitlines()
    assert {line.replace("\\|", "").count("|") for line in lines} == {7}
    assert lines[2].startswith("| T-01 | statement of T-01 | 10 t | ")


def test_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    show_verdicts(verdicts()["T-01"])
    out = capsys.readouterr().out
    assert "Verdict: reproduced." in out
    assert "assumed   x        0.9 to 1.1" in out
    assert "F-01: https://example.org/1" in out
    assert "What decides (as stated): x, 0.9 to 1.1; moved over its range it moves the result most." in out


def test_a_verdict_that_cannot_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    show_verdicts(verdicts()["T-03"])
    out = capsys.readouterr().out
    assert "Verdict: cannot tell. Nothing here answers voyage(...)." in out
    assert "No number decides alone." in out


def test_a_number_without_range_is_moved_by_a_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    exact = claim("F-01", 10, "t/d", low=10, high=10)
    show_verdicts(
        verify(
            register([claim("T-01", 30, "t"), exact], [{"claim": "T-01", "expression": "F-01 * d"}]), "T-01"
        )
    )
    assert "moved by a tenth either way" in capsys.readouterr().out
