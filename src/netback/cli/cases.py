"""``netback cases``: the cases that come with Netback."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from netback.cli.common import say, show_table


def cases(as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False) -> None:
    """List the cases that come with Netback: plan one by its name, or make a copy to change.

    Each is a folder of CSV tables, with a page that says where its numbers come from.
    """
    from netback.io.case_file import CASE_FILE, read_keys
    from netback.io.folder import SHIPPED, shipped_cases

    found = {name: read_keys(SHIPPED / name / CASE_FILE, []) for name in shipped_cases()}
    if as_json:
        told = [
            {"case": name, "title": keys.get("title"), "description": keys.get("description")}
            for name, keys in found.items()
        ]
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return
    rows = [(name, keys.get("title") or "") for name, keys in found.items()]
    show_table("Cases that come with Netback", ("case", "what it is about"), rows)
    print()
    say("Plan one: netback plan CASE. Make a copy to change: netback new DIR --from CASE.")
