"""The file ``case.yaml``: a few keys, each with one text or number, read with the same care as the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from netback.case.case import CASE_KEYS, FORMAT, MAX_TABLE_MB, Case
from netback.case.values import CellError, check_value, write_cell
from netback.errors import Finding, closest
from netback.io.csv_reader import read_text

CASE_FILE = "case.yaml"
_MAX_MB = 1.0
_DEFAULTS = {column.name: column.default for column in CASE_KEYS if column.default is not None}


def read_keys(path: Path, findings: list[Finding]) -> dict[str, Any]:
    """Read the typed keys of ``case.yaml``; keys with faults are left out and give findings."""
    if not path.exists():
        near = closest(CASE_FILE, [entry.name for entry in path.parent.iterdir()])
        findings.append(
            Finding(CASE_FILE, "the file is missing.", near or "Make a new case with: netback new DIR.")
        )
        return {}
    text = read_text(path, _MAX_MB, findings)
    return keys_in(text, findings) if text is not None else {}


def keys_in(text: str, findings: list[Finding]) -> dict[str, Any]:
    """Typed keys of a text of ``case.yaml``; keys with faults are left out and give findings."""
    stated = _stated(text, findings)
    return dict(_typed(stated, findings)) if stated is not None else {}


def keys_of(case: Case) -> dict[str, Any]:
    """Return the typed keys that ``case.yaml`` of a case has; those without a value are left out."""
    known = {name: getattr(case, name) for name in case.__dataclass_fields__ if name != "settings"}
    known |= {"format": FORMAT, **case.settings}
    stated = {column.name: known.get(column.name) for column in CASE_KEYS}
    return {name: value for name, value in stated.items() if value not in (None, "")}


def keys_text(keys: Mapping[str, Any]) -> str:
    """Return the text of ``case.yaml`` that :func:`read_keys` reads back exactly."""
    import yaml

    stated = {name: write_cell(value) for name, value in keys.items()}
    # YAML folds these rare line ends to a blank unless they are escaped.
    plain = not any(end in value for value in stated.values() for end in ("\x85", "\u2028", "\u2029"))
    return yaml.safe_dump(stated, sort_keys=False, allow_unicode=plain, width=100)


def with_keys(text: str, keys: Mapping[str, Any]) -> str | None:
    """The text of a ``case.yaml`` made to say these keys: itself where it does, else with other lines for what differs.

    Comments stay. None where the lines cannot be changed one by one: nothing is returned that was not read back.

    Parameters
    ----------
    text
        What a user wrote.
    keys
        Typed keys as :func:`keys_of` returns them; a key with a default may be missing in the text.
    """
    said = _said(text)
    if said is None:
        return None
    wanted = {**_DEFAULTS, **keys}
    changed = {name for name in {*said, *wanted} if said.get(name) != wanted.get(name)}
    if not changed:
        return text
    edited = _with_lines(text, {name: wanted.get(name) for name in changed})
    return edited if _said(edited) == wanted else None


def differing_keys(text: str, keys: Mapping[str, Any]) -> list[str]:
    """Names of the keys, in order, of which a text of ``case.yaml`` says something else than ``keys``."""
    said, wanted = _said(text) or {}, {**_DEFAULTS, **keys}
    return [column.name for column in CASE_KEYS if said.get(column.name) != wanted.get(column.name)]


def _said(text: str) -> dict[str, Any] | None:
    """What a faultless text of ``case.yaml`` says, defaults included; None for one with faults."""
    findings: list[Finding] = []
    keys = keys_in(text, findings)
    stated = {name: value for name, value in keys.items() if value not in (None, "")}
    return None if findings else {**_DEFAULTS, **stated}


def _with_lines(text: str, changes: Mapping[str, Any]) -> str:
    """A text of ``case.yaml`` with other values of some keys; None leaves the key out, new keys come last."""
    import yaml

    # Places are counted in characters by the loader in Python alone.
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)  # faultless text is a mapping
    end = "\r\n" if "\r\n" in text else "\n"
    waiting = dict(changes)
    for key, value in reversed(root.value):
        if key.value not in waiting:
            continue
        changed = waiting.pop(key.value)
        first, last = key.start_mark.index, value.end_mark.index
        new = "" if changed is None else keys_text({key.value: changed}).replace("\n", end)
        if not text[first:last].endswith("\n"):
            new = new.removesuffix(end)
            if changed is None and text[last:].startswith(end):
                last += len(end)
        text = text[:first] + new + text[last:]
    added = keys_text({column.name: waiting[column.name] for column in CASE_KEYS if column.name in waiting})
    if waiting:
        text += ("" if text.endswith("\n") else end) + added.replace("\n", end)
    return text


def _stated(text: str, findings: list[Finding]) -> dict[str, Any] | None:
    """Keys and values as they stand; a value that is not a scalar stays a YAML node."""
    import yaml

    try:
        # Composed, not constructed: every scalar stays text (2023-09 a name, no a word), and no alias can
        # unfold into a structure that fills the memory.
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{CASE_FILE}, line {mark.line + 1}" if mark else CASE_FILE
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "too deep"
        findings.append(
            Finding(where, f"this is not YAML: {reason}.", "Write one line per key, as name: my_case.")
        )
        return None
    if not isinstance(root, yaml.MappingNode):
        findings.append(Finding(CASE_FILE, "the file states no keys.", f"Begin with: format: {FORMAT}."))
        return None
    stated: dict[str, Any] = {}
    for key, value in root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name in stated:
            where = f"{CASE_FILE}, line {key.start_mark.line + 1}"
            findings.append(
                Finding(where, f'the key "{name}" stands here a second time.', "Remove one of them.")
            )
        stated[name] = value.value if isinstance(value, yaml.ScalarNode) else value
    return stated


def _typed(stated: dict[str, Any], findings: list[Finding]) -> Iterator[tuple[str, Any]]:
    columns = {column.name: column for column in CASE_KEYS}
    for key, value in stated.items():
        where = f"{CASE_FILE}, key {key}"
        if key not in columns:
            hint = closest(key, columns) or f"Known: {', '.join(columns)}."
            findings.append(Finding(CASE_FILE, f'the key "{key}" is not known.', hint))
        elif not isinstance(value, str):
            findings.append(
                Finding(where, "the value is not a single text or number.", f"Write {key}: value.")
            )
        else:
            try:
                yield key, checked_key(key, check_value(value, columns[key]))
            except CellError as error:
                findings.append(Finding(where, error.what, error.hint))
    for column in CASE_KEYS:
        if column.required and not stated.get(column.name):
            findings.append(
                Finding(CASE_FILE, f'the key "{column.name}" is missing.', f"It is: {column.meaning}.")
            )


def checked_key(key: str, value: Any) -> Any:
    """Return the value of a key of ``case.yaml`` if it makes sense there.

    Raises
    ------
    CellError
        If the format is another, the currency no currency, flow_uom a rate or max_table_mb not above zero.
    """
    if value is None:
        return None
    if key == "format" and value != FORMAT:
        raise CellError(f'"{value}" is not a format that this version reads.', f"Write {FORMAT}.")
    if key == "currency" and not (
        len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()
    ):
        raise CellError(f'"{value}" is not a currency.', "Write three capital letters, for example USD.")
    if key == "flow_uom" and is_rate(value):
        raise CellError(f'"{value}" is a rate; flows are amounts in a period.', "Write t, m3 or bbl.")
    if key == "max_table_mb" and value <= 0.0:
        raise CellError(
            f"{value:g} MB would refuse every table.", f"Write {MAX_TABLE_MB:g} or leave the key out."
        )
    return value


def is_rate(text: str) -> bool:
    """Whether a known uom is an amount per time."""
    from netback import uom

    return uom.parse(text).is_rate
