"""Reading case folders: every kind of bad input gives findings with place, fault and repair, all together."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from netback.errors import DataError, Finding
from netback.io.folder import find_folder, read_case, shipped_cases
from tiny_case import CASE_YAML, TINY, tiny, write_folder


def faults(folder: Path, changes: dict[str, str | bytes | None]) -> tuple[Finding, ...]:
    with pytest.raises(DataError) as caught:
        tiny(folder, changes)
    return caught.value.findings


def fault(folder: Path, changes: dict[str, str | bytes | None]) -> Finding:
    found = faults(folder, changes)
    assert len(found) == 1, [str(finding) for finding in found]
    return found[0]


def test_a_faultless_case(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    assert (case.name, case.title, case.currency, case.flow_uom) == ("tiny", "A tiny refinery", "USD", "t")
    assert case.horizon.names == ("2023-09", "2023-10")
    assert case.folder == tmp_path / "tiny"
    assert case.remarks == ()
    assert len(case["cuts"]) == 0
    assert case["offers"].records[1]["price"] == 65.0


def test_a_scenario_may_be_applied_on_reading(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    assert read_case(folder, "dear").scenario == "dear"
    assert read_case(folder, "").scenario is None


# --- folders -------------------------------------------------------------------------------------


def test_folder_missing(tmp_path: Path) -> None:
    (tmp_path / "karachi").mkdir()
    with pytest.raises(DataError, match='Closest name: "karachi"') as caught:
        read_case(tmp_path / "karachy")
    assert caught.value.subject.startswith("case ")


def test_folder_missing_and_nothing_near(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Make one with: netback new"):
        read_case(tmp_path / "zzz")


def test_folder_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder is empty"):
        read_case(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a")
    with pytest.raises(DataError, match="this is a file; a case is a folder"):
        read_case(tmp_path / "x.csv")


def test_case_yaml_stands_for_its_folder(tmp_path: Path) -> None:
    assert read_case(write_folder(tmp_path) / "case.yaml").name == "tiny"


@pytest.mark.parametrize("path", ["a\x00b", "x" * 5000])
def test_impossible_paths(path: str) -> None:
    with pytest.raises(DataError):
        read_case(path)


def test_shipped_cases_are_found_by_name() -> None:
    names = shipped_cases()
    assert names
    assert read_case(names[0]).name == names[0]


@pytest.mark.parametrize("name", shipped_cases())
def test_every_shipped_case_can_be_read(name: str) -> None:
    case = read_case(name)
    assert case.horizon.names
    for record in case["scenarios"].records:
        assert case.in_scenario(record["scenario"]).scenario == record["scenario"]


def test_a_folder_wins_over_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = shipped_cases()[0]
    write_folder(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert find_folder(name) == Path(name)
    assert read_case(name).name == "tiny"


# --- case.yaml -----------------------------------------------------------------------------------


def test_case_yaml_missing(tmp_path: Path) -> None:
    found = fault(tmp_path, {"case.yaml": None, "cases.yaml": CASE_YAML})
    assert (found.where, found.what, found.hint) == (
        "case.yaml",
        "the file is missing.",
        'Closest name: "cases.yaml".',
    )


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        (CASE_YAML + "curency: USD\n", "case.yaml", 'the key "curency" is not known', '"currency"'),
        (CASE_YAML + "zzz: 1\n", "case.yaml", 'the key "zzz" is not known', "Known: format, name"),
        (CASE_YAML + "currency: dollars\n", "case.yaml, key currency", "is not a currency", "USD"),
        (CASE_YAML + "currency: usd\n", "case.yaml, key currency", "is not a currency", "USD"),
        (CASE_YAML + "flow_uom: t/d\n", "case.yaml, key flow_uom", "is a rate", "Write t"),
        (CASE_YAML + "flow_uom: bbll\n", "case.yaml, key flow_uom", "not a unit of measure", '"bbl"'),
        (CASE_YAML + "max_table_mb: many\n", "case.yaml, key max_table_mb", "is not a number", ""),
        (CASE_YAML + "max_table_mb: 0\n", "case.yaml, key max_table_mb", "would refuse every table", "64"),
        (CASE_YAML + "source: hers\n", "case.yaml, key source", 'source "hers" is not in', '"theirs"'),
        (CASE_YAML + "licence: [a, b]\n", "case.yaml, key licence", "not a single text", "licence: value"),
        (
            CASE_YAML + "name: other\n",
            "case.yaml, line 4",
            'the key "name" stands here a second time',
            "Remove",
        ),
        ("name: tiny\n", "case.yaml", 'the key "format" is missing', "netback-case/1"),
        ("format: netback-case/1\n", "case.yaml", 'the key "name" is missing', "short name"),
        ("format: netback-case/9\nname: x\n", "case.yaml, key format", "not a format", "netback-case/1"),
        ("format: netback-case/1\nname: a;b\n", "case.yaml, key name", "cannot be a name", "semicolon"),
        ("", "case.yaml", "the file states no keys", "Begin with"),
        ("- a\n- b\n", "case.yaml", "the file states no keys", "Begin with"),
        ("just words\n", "case.yaml", "the file states no keys", "Begin with"),
        ("name: 'open\n", "case.yaml", "this is not YAML", "name: my_case"),
        ("a: [1, 2\nb: 3\n", "case.yaml", "this is not YAML", "name: my_case"),
        ("name:\tx\n\t- y\n", "case.yaml", "this is not YAML", "name: my_case"),
        ("--- a\n--- b\n", "case.yaml", "this is not YAML", "name: my_case"),
        ("[" * 3000, "case.yaml", "this is not YAML", "name: my_case"),
    ],
)
def test_bad_case_yaml(tmp_path: Path, text: str, where: str, what: str, hint: str) -> None:
    found = [f for f in faults(tmp_path, {"case.yaml": text}) if f.where.startswith(where) and what in f.what]
    assert len(found) == 1
    assert hint in found[0].hint


def test_yaml_words_stay_text(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"case.yaml": CASE_YAML.replace("tiny", "2023-09", 1) + "licence: no\n"})
    assert case.name == "2023-09"
    assert case.settings["licence"] == "no"


def test_yaml_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
    )
    tracemalloc.start()
    assert faults(tmp_path, {"case.yaml": bomb})
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_yaml_tags_are_not_obeyed(tmp_path: Path) -> None:
    text = CASE_YAML + "licence: !!python/object/apply:os.system ['false']\n"
    assert faults(tmp_path, {"case.yaml": text})[0].where == "case.yaml, key licence"


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["periods.csv", "streams.csv"])
def test_required_table_missing(tmp_path: Path, name: str) -> None:
    found = [f for f in faults(tmp_path, {name: None}) if f.where == name]
    assert [f.what for f in found] == ["the table is missing."]


def test_a_missing_table_does_not_make_every_reference_a_fault(tmp_path: Path) -> None:
    assert len(faults(tmp_path, {"streams.csv": b"\xff\xfe\x00"})) == 1
    assert len(faults(tmp_path, {"streams.csv": "strm\ncrude\n"})) == 1


def test_other_tables_may_be_missing(tmp_path: Path) -> None:
    folder = tmp_path / "least"
    folder.mkdir()
    for name in ("case.yaml", "periods.csv", "streams.csv"):
        (folder / name).write_text(TINY[name])
    assert len(read_case(folder)["offers"]) == 0


@pytest.mark.parametrize(("name", "near"), [("ofers.csv", '"offers.csv"'), ("Offers.CSV", '"offers.csv"')])
def test_csv_that_is_no_table(tmp_path: Path, name: str, near: str) -> None:
    found = fault(tmp_path, {name: "a\n1\n"})
    assert found.where == name
    assert "no table of this name" in found.what
    assert near in found.hint


def test_other_files_are_none_of_our_business(tmp_path: Path) -> None:
    assert tiny(tmp_path, {"README.md": "x", "notes.txt": b"\xff", ".offers.csv.swp": b"\x00"}).name == "tiny"


def test_a_folder_named_like_a_table(tmp_path: Path) -> None:
    (tmp_path / "tiny" / "cuts.csv").mkdir(parents=True)
    assert "this is not a file" in fault(tmp_path, {}).what


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "units.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert str(fault(tmp_path, {})) == (
        "units.csv: the file cannot be read: permission denied. Check its permissions."
    )


def test_not_utf8_names_the_byte(tmp_path: Path) -> None:
    data = "unit,title\ndistillation,Köln\n".encode("latin-1")
    found = fault(tmp_path, {"units.csv": data})
    assert found.what == f"the file is not UTF-8: byte {data.index(0xF6)} (line 2) is 0xf6."
    assert found.hint == 'Save it as "CSV UTF-8".'


def test_not_utf8_after_a_byte_order_mark(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfunit,title\n\xff"
    assert f"byte {data.index(0xFF)} (line 2)" in fault(tmp_path, {"units.csv": data}).what


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf16(tmp_path: Path, encoding: str) -> None:
    found = fault(tmp_path, {"units.csv": "unit,title\n".encode(encoding)})
    assert "UTF-16" in found.what or "NUL" in found.what


def test_nul_byte(tmp_path: Path) -> None:
    assert "line 2 holds a NUL byte" in fault(tmp_path, {"units.csv": "unit,title\na\x00,b\n"}).what


def test_byte_order_mark_and_any_line_ends(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        data = "\ufeff" + TINY["offers.csv"].replace("\n", end)
        case = tiny(tmp_path, {"offers.csv": data})
        assert [(r.row, r["price"]) for r in case["offers"].records] == [(2, 60.0), (3, 65.0), (4, 90.0)]


@pytest.mark.parametrize("text", ["", "\n\n", "   \n", "\ufeff"])
def test_empty_file(tmp_path: Path, text: str) -> None:
    found = fault(
        tmp_path,
        {
            "units.csv": text,
            "modes.csv": None,
            "feeds.csv": None,
            "yields.csv": None,
            "utilities.csv": None,
            "capacities.csv": None,
        },
    )
    assert (found.where, found.what) == ("units.csv", "the file is empty.")


def test_too_large_a_file_is_refused_unread(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "tiny")
    with (folder / "offers.csv").open("wb") as file:
        file.truncate(300_000_000)
    tracemalloc.start()
    with pytest.raises(DataError) as caught:
        read_case(folder)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    (found,) = caught.value.findings
    assert str(found) == (
        "offers.csv: the file has 300 MB; more than 64 MB are not read. "
        "Keep only the rows of this plan, or raise max_table_mb in case.yaml."
    )


def test_the_largest_size_is_a_setting(tmp_path: Path) -> None:
    changes: dict[str, str | bytes | None] = {"case.yaml": CASE_YAML + "max_table_mb: 0.0001\n"}
    assert all("more than 0.0001 MB" in finding.what for finding in faults(tmp_path, changes))


def test_a_missing_table_whose_rows_are_named_is_told_beside_the_names(tmp_path: Path) -> None:
    costs = "offer,item,cost,cost_uom,source\nspot,freight,1,USD/bbl,ours\n"
    folder = write_folder(tmp_path, {"offers.csv": None, "offer_costs.csv": costs})
    with pytest.raises(DataError) as caught:
        read_case(folder)
    told = [finding for finding in caught.value.findings if finding.where == "offers.csv"]
    assert [one.what for one in told] == [
        "the table is missing, and rows of offer_costs.csv name what it holds."
    ]
    assert any("offer_costs.csv, row 2" in finding.where for finding in caught.value.findings)
