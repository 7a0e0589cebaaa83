"""The command ``netback``: finds the sub-command, runs it and turns its errors into plain words and exit codes.

Exit codes: 0 done; 1 a fault of Netback itself; 2 something that the user can repair; 130 interrupted.
A sub-command is imported only when it is called, so that the others answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from netback import __version__
from netback.cli.common import EXIT_BUG, EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_PIPE, WIDTH, show_error
from netback.errors import NetbackError

#: Command -> (module, attribute, one line of help). The attribute is a Typer application or a function.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "cases": ("netback.cli.cases", "cases", "List the cases that come with Netback."),
    "new": ("netback.cli.new", "new", "Make the folder of a new case, empty or as a copy."),
    "check": ("netback.cli.check", "check", "Find what is wrong with a case, and list what it assumes."),
    "tables": ("netback.cli.tables", "tables", "Explain the tables of a case."),
    "export": ("netback.cli.exchange", "export", "Write a case as an Excel workbook."),
    "import": (
        "netback.cli.exchange",
        "import_",
        "Read a workbook, PIMS tables or a JSON plant into a case.",
    ),
    "plan": ("netback.cli.plan", "plan", "Find the best plan of a case, with a proof beside it."),
    "compare": ("netback.cli.plan", "compare", "Compare the plans of several scenarios."),
    "explain": ("netback.cli.plan", "explain", "Explain why a crude is in the plan or out of it."),
    "alternatives": (
        "netback.cli.alternatives",
        "alternatives",
        "Find other plans that earn almost as much, and what none of them changes.",
    ),
    "value": (
        "netback.cli.value",
        "value",
        "Tell what a crude is worth by volume, how surely, and on what it hangs.",
    ),
    "rank": ("netback.cli.rank", "rank", "Rank crudes by what each would be worth to the plant."),
    "evaluate": (
        "netback.cli.evaluate",
        "evaluate",
        "Put a crude against another: on top, in its place, and why it is worth more or less.",
    ),
    "study": (
        "netback.cli.study",
        "study",
        "Solve many cases: scenarios and sweeps of inputs, stored as they come.",
    ),
    "archive": ("netback.cli.archive", "archive", "Keep a plan with all it rests on in one file."),
    "reproduce": (
        "netback.cli.archive",
        "reproduce",
        "Solve an archived plan again and compare every digit.",
    ),
    "trace": ("netback.cli.evidence", "trace", "Walk from a number to those who said it."),
    "contradictions": ("netback.cli.evidence", "contradictions", "Find claims that cannot both hold."),
    "verify": ("netback.cli.evidence", "verify", "Put a claim to its calculations."),
    "bench": ("netback.cli.bench", "app", "Solve benchmark files, with value, bound and the best known."),
    "may": ("netback.cli.may", "may", "Answer whether a cargo may move, and who says so."),
    "voyage": ("netback.cli.voyage", "voyage", "Work out a voyage: way, days, largest cargo, cost."),
    "landed": ("netback.cli.landed", "landed", "Follow the cost of cargoes from ship to gate, side by side."),
    "assay": ("netback.cli.assay", "app", "List, show, cut, blend and compare crude assays."),
}

DEBUG = "NETBACK_DEBUG"


class LazyGroup(TyperGroup):
    """A group whose commands are known by name and help alone until one of them is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (module, _, help_line) in COMMANDS.items():
            if find_spec(module) is not None:
                self.commands[name] = TyperCommand(name, help=help_line)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which a planner needs them."""
        return list(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is called."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


def load(name: str) -> Any:
    """Import a command and return it ready to be called."""
    module, attribute, _ = COMMANDS[name]
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name)(found)
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"max_content_width": WIDTH},
    help="Crude supply and refinery planning: what a barrel is worth, how sure we are, and on whose word.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"netback {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and stop."
    ),
) -> None:
    """Do nothing before the sub-command; the version is shown by its own callback."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    _keep_output_to_ourselves()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a letter gets a mark in its place rather than a crash.
            stream.reconfigure(errors="replace")
    sys.exit(run(arguments))


def _keep_output_to_ourselves() -> None:
    """Let only Python write to the standard output: solvers in C print remarks there, which no option silences.

    Python writes to a duplicate of the descriptor, what C prints to the descriptor itself goes nowhere.
    """
    told = sys.stdout
    try:
        if told.fileno() != 1:
            return
        told.flush()
        duplicate = os.dup(1)
    except (AttributeError, OSError, ValueError):
        return  # Closed, or in the hands of a program that has no descriptor for it.
    ours = open(duplicate, "w", encoding=told.encoding, errors=told.errors)  # noqa: SIM115  # open as long as the process
    through = bool(getattr(told, "write_through", False))
    ours.reconfigure(line_buffering=bool(told.line_buffering), write_through=through)
    # The width of the terminal is asked of __stdout__.
    sys.stdout = sys.__stdout__ = ours  # type: ignore[misc]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors are printed to the standard error stream."""
    try:
        command = typer.main.get_command(app)
        code = command.main(
            args=None if arguments is None else list(arguments), prog_name="netback", standalone_mode=False
        )
        sys.stdout.flush()
        if code == EXIT_INTERRUPTED:
            _say_interrupted()
        return code if isinstance(code, int) else 0
    except NetbackError as error:
        if os.environ.get(DEBUG):
            raise
        show_error(error)
        return EXIT_FINDINGS
    except (KeyboardInterrupt, typer.Abort):
        _say_interrupted()
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _broken_pipe()
    except SystemExit as leaving:
        return _broken_pipe() if leaving.code == 1 else int(leaving.code or 0)
    except Exception as error:
        return _other(error)


def _say_interrupted() -> None:
    print("Interrupted. No file was left half written.", file=sys.stderr)


def _broken_pipe() -> int:
    """Leave quietly when whoever read the output has gone, as in ``netback tables | head``."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return EXIT_PIPE


def _other(error: Exception) -> int:
    if hasattr(error, "show") and hasattr(error, "exit_code"):
        # A fault in the arguments: the command line library words it and knows its exit code.
        error.show()
        return int(error.exit_code)
    if os.environ.get(DEBUG):
        raise error
    kind = type(error).__name__
    print(f"Netback failed by a fault of its own ({kind}: {error}).", file=sys.stderr)
    print(f"Sorry. Set {DEBUG}=1 and run again to see where, and report what you see.", file=sys.stderr)
    return EXIT_BUG


if __name__ == "__main__":
    main()
