"""Put the real output of the commands into the pages, between the markers ``output: COMMAND`` and ``end``.

Output stands in a fence; where the page has none, as around a Markdown table, none is made.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = (README, *(ROOT / "docs" / name for name in ("evidence.md", "supply.md", "value.md")))
BLOCK = re.compile(
    r"(<!-- output: (?P<command>netback [^>]+?) -->\n(?:```\n)?)(?P<text>.*?)((?:```\n)?<!-- end -->)", re.S
)


def output(command: str) -> str:
    """What the command prints, run with this interpreter."""
    arguments = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "netback.cli.main", *arguments], capture_output=True, text=True, check=True
    )
    return "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines()) + "\n"


def blocks(text: str) -> dict[str, str]:
    """Commands of the page and the output that stands there."""
    return {found["command"]: found["text"] for found in BLOCK.finditer(text)}


def rewritten(text: str) -> str:
    """The page with fresh output."""
    return BLOCK.sub(lambda found: f"{found[1]}{output(found['command'])}{found[4]}", text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(rewritten(page.read_text("utf-8")), encoding="utf-8")
        sys.stdout.write(f"written: {page.relative_to(ROOT)}\n")
