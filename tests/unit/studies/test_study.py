"""Studies: fast answers equal slow ones, an interrupted study loses nothing, a cluster may lose a worker."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from netback.case.case import Case
from netback.cli.main import run
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.studies.store import DONE, MARK, Store, columns_of
from netback.studies.study import Answer, Item, Study, Sweep, Task, grid, solve_study, solve_task

PRICE = Sweep("offers", "offer=urals_primorsk", "price", (70.0, 75.0, 78.0, 80.0))
FUEL = Sweep("sales", "sale=furnace_oil_export", "price", (480.0, 508.0, 540.0))


@pytest.fixture(scope="module")
def karachi() -> Case:
    return read_case("karachi_2023_september")


def margins(answers: list[Answer]) -> dict[str, float]:
    return {a.item.key: float(dict((r[0], r[3]) for r in a.rows)["margin"]) for a in answers}  # noqa: C402


def solved(study: Study, **options: object) -> list[Answer]:
    answers: list[Answer] = []
    solve_study(study, answers.append, **options)  # type: ignore[arg-type]
    return answers


def test_moved_cases_equal_built_ones(karachi: Case) -> None:
    study = grid(karachi, [None], [PRICE, FUEL])
    fast = margins(solved(study))
    assert len(fast) == 12
    for item in study.items[::5]:
        slow = dict((r[0], r[3]) for r in solve_task(Task(karachi, study.sweeps, item)).rows)  # noqa: C402
        assert fast[item.key] == pytest.approx(slow["margin"], rel=1e-9)


def test_sweeps_of_what_crudes_are_cut_at_are_not_learnt_from_other_cuts(karachi: Case) -> None:
    """A loss on distillation moves every cut; what was learnt of the crudes as they are must not be used."""
    losses = Sweep("modes", "unit=cdu", "loss_wt_pct", (0.2, 0.4, 0.6, 0.8, 1.0, 1.2))
    study = grid(karachi, [None], [losses])
    one = margins(solved(study, jobs=1))
    each = margins([solve_task(Task(study.case, study.sweeps, item)) for item in study.items])
    assert one == pytest.approx(each, rel=1e-9)
    assert len(set(one.values())) == len(study.items)


def test_what_is_bought_and_sold_is_told(karachi: Case) -> None:
    (answer,) = [solve_task(Task(karachi, (), Item("gulf_diet", ())))]
    told = {(result, item): value for result, item, _, value in answer.rows}
    expected = plan(read_case("karachi_2023_september", "gulf_diet"))
    assert told["margin", ""] == pytest.approx(expected.certificate.value)
    assert told["bought", "murban_spot"] == pytest.approx(70_000.0)
    assert told["word", ""] == "proven"
    assert ("sold", "hsd_home") in told


def test_inputs_that_do_not_move_in_proportion_are_built(karachi: Case) -> None:
    cut = Sweep("completions", "property=viscosity_cst_50c", "consent", (1.0,))
    with pytest.raises(DataError, match="sweep completions"):
        grid(karachi, [None], [cut])
    share = Sweep("yields", "unit=power_house", "yield", (0.06, 0.07, 0.08, 0.09))
    study = grid(karachi, [None], [share])
    for key, margin in margins(solved(study, jobs=1)).items():
        item = next(item for item in study.items if item.key == key)
        slow = dict((r[0], r[3]) for r in solve_task(Task(karachi, study.sweeps, item)).rows)  # noqa: C402
        assert margin == pytest.approx(slow["margin"], rel=1e-9)


def test_a_case_without_a_plan_says_why(karachi: Case) -> None:
    least = Sweep("capacities", "unit=cdu", "min", (0.0, 1e6))
    answers = solved(grid(karachi, [None], [least]), jobs=1)
    told = [dict((r[0], r[3]) for r in a.rows) for a in answers]  # noqa: C402
    assert told[0]["word"] == "proven"
    assert told[1]["word"] == "not solved"
    assert told[1]["reason"].startswith("capacities.csv, row ")


def test_faults_of_a_study_come_together(karachi: Case) -> None:
    bad = [Sweep("ofers", "*", "price", (1.0,)), Sweep("offers", "offer=x", "price", (1.0,))]
    with pytest.raises(DataError) as caught:
        grid(karachi, ["none_such"], bad)
    assert len(caught.value.findings) == 3


def test_a_folder_is_no_store(tmp_path: Path, karachi: Case) -> None:
    study = grid(karachi, ["gulf_diet", "urals_half"], [])
    with pytest.raises(DataError, match=r"this is a folder\. Name a file in it: .*study\.csv"):
        Store(tmp_path, study)


def test_scenarios_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """None is the case itself; one case alone is a plan, and the message says which."""
    assert run(["study", "karachi_2023_september", "--scenarios", "none,urals_half", "--jobs", "1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "proven" in line]
    assert [row[0] for row in rows] == ["proven", "urals_half"]
    for scenarios, hint in (
        ("urals_half", "plan karachi_2023_september:urals_half;"),
        ("none", "_september;"),
    ):
        assert run(["study", "karachi_2023_september", "--scenarios", scenarios]) == 2
        told = capsys.readouterr().err
        assert "a study of one case is a plan" in told
        assert hint in told


def test_the_store_is_taken_up_where_it_was_left(tmp_path: Path, karachi: Case) -> None:
    study = grid(karachi, [None], [PRICE])
    path = tmp_path / "study.csv"
    store = Store(path, study)
    for answer in solved(study)[:2]:
        store.add(answer)
    store.close()
    with path.open("a") as file:
        file.write('"[null, 78.0]",,78.0,margin,,USD,12')  # a run that was killed in the middle of a line
    again = Store(path, study)
    assert len(again.known) == 2
    left = solved(study, skip=again.known)
    assert len(left) == 2
    for answer in left:
        again.add(answer)
    again.close()
    rows = list(csv.reader(path.read_text().splitlines()[1:]))
    assert rows[0] == columns_of(study.sweeps)
    assert [row for row in rows if "result" not in row and row[3] == DONE] != []
    assert len([row for row in rows if row[3] == "margin"]) == 4
    assert set(Store(path, study).known) == {item.key for item in study.items}


def test_answers_are_read_back_as_they_were(tmp_path: Path, karachi: Case) -> None:
    sale = Sweep("sales", "sale=hsd_home", "min", (0.0, 250_000.0))
    study = grid(karachi, [None, "gulf_diet"], [sale])
    path = tmp_path / "study.csv"
    store = Store(path, study)
    answers = solved(study, jobs=1)
    for answer in answers:
        store.add(answer)
    store.close()
    assert {answer.word for answer in answers} == {"proven", "proven infeasible"}
    again = Store(path, study).known
    assert list(again) == [item.key for item in study.items]
    for answer in answers:
        assert again[answer.item.key].has_plan == answer.has_plan
        assert str(again[answer.item.key]) == str(
            answer
        )  # nan, a gap that is not known, is not equal to itself


def test_a_case_that_cannot_be_read_back_is_solved_again(tmp_path: Path, karachi: Case) -> None:
    study = grid(karachi, [None], [PRICE])
    path = tmp_path / "study.csv"
    Store(path, study).close()
    rows = {
        70.0: ["word,,,proven", "margin,,USD,many"],
        75.0: ["margin,,USD,12.5"],
        78.0: ["word,,,proven", "margin,,USD,12.5", "gap,,,nan"],
        80.0: ["word,,,proven", "margin,,USD"],
        99.0: ["word,,,proven"],
    }
    with path.open("a") as file:
        for price, told in rows.items():
            for row in (*told, f"{DONE},,,"):
                file.write(f'"[null, {price}]",,{price},{row}\n')
    found = Store(path, study).known
    assert [answer.item.values for answer in found.values()] == [(78.0,)]
    assert found["[null, 78.0]"].rows[1] == ("margin", "", "USD", 12.5)
    assert set(Store(path, study).known) == set(found)


def test_answers_of_another_study_are_not_mixed_in(tmp_path: Path, karachi: Case) -> None:
    path = tmp_path / "study.csv"
    Store(path, grid(karachi, [None], [PRICE])).close()
    before = path.read_text()
    with pytest.raises(DataError, match="answers of another study"):
        Store(path, grid(karachi, [None], [FUEL]))
    other = karachi.with_table("pools", [{"stream": "residue"}])
    with pytest.raises(DataError, match="answers of another study"):
        Store(path, grid(other, [None], [PRICE]))
    assert path.read_text() == before
    path.write_text("mine\n")
    with pytest.raises(DataError, match="no file of a study"):
        Store(path, grid(karachi, [None], [PRICE]))
    assert path.read_text() == "mine\n"


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "s.csv"
    arguments = ["study", "karachi_2023_september", "--sweep", "offers offer=urals_primorsk price 70:80:2"]
    assert run([*arguments, "--store", str(store)]) == 0
    told = capsys.readouterr().out
    assert "6 cases in" in told
    assert store.read_text().startswith(MARK)
    assert run([*arguments, "--store", str(store)]) == 0
    shown = capsys.readouterr()
    assert "6 cases of 6 known already" in shown.err
    assert shown.out.splitlines() == [line for line in told.splitlines() if "6 cases in" not in line]
    lines = store.read_text().splitlines(keepends=True)
    store.write_text(
        "".join(line for line in lines if '"[null, 72.0]"' not in line)
    )  # as if it had been stopped
    assert run([*arguments, "--store", str(store)]) == 0
    resumed = capsys.readouterr().out
    assert "1 case in" in resumed
    assert resumed.splitlines()[:9] == told.splitlines()[:9]
    assert run(["study", "karachi_2023_september", "--scenarios", "gulf_diet,urals_half", "--jobs", "1"]) == 0
    assert "11,914,604" in capsys.readouterr().out


def test_cases_without_a_plan_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "s.csv"
    sweep = "cuts stream=heavy_naphtha to_c 149,150,151"
    arguments = ["study", "karachi_2023_september", "--jobs", "1", "--sweep", sweep, "--store", str(store)]
    assert run(arguments) == 2
    first = capsys.readouterr()
    assert "2 of 3 cases have no plan: 2 not solved." in first.err
    assert max(map(len, first.out.splitlines())) <= 100
    assert "nothing takes what boils" in first.out
    assert len(first.out.splitlines()) < 18  # no column of one letter a line
    assert run(arguments) == 2
    again = capsys.readouterr()
    assert "2 of 3 cases have no plan: 2 not solved." in again.err
    assert "nothing takes what boils" in again.out


def test_conditions_are_joined_by_an_ampersand(capsys: pytest.CaptureFixture[str]) -> None:
    sweep = "offer_costs offer=urals_primorsk&item=freight cost 9:12:1"
    assert run(["study", "karachi_2023_september", "--sweep", sweep]) == 0
    assert "offer=urals_primorsk&item=freight" in capsys.readouterr().out
    assert run(["study", "--help"]) == 0
    assert "several joined by &" in " ".join(capsys.readouterr().out.split())


def test_what_clashes_is_told_in_one_cell(capsys: pytest.CaptureFixture[str]) -> None:
    sweep = "sales sale=hsd_home min 0,250000"
    assert run(["study", "karachi_2023_september", "--jobs", "1", "--sweep", sweep]) == 2
    shown = capsys.readouterr()
    assert "1 of 2 cases have no plan: 1 proven infeasible." in shown.err
    told = " ".join(shown.out.split())
    assert "no plan can meet all limits: the minimum sale" in told
    assert " - " not in told
    assert max(map(len, shown.out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "a study of one case is a plan"),
        (["--sweep", "offers price 1:2:1"], "a part is missing"),
        (["--sweep", "offers offer=urals_primorsk price many"], "is not a list of numbers"),
        (["--sweep", "offers offer=urals_primorsk price 5:1:1"], "5 is above 1"),
        (["--sweep", "offers offer=urals_primorsk price 1:5:0"], "the step 0 is not above zero"),
        (["--sweep", "offers offer=urals_primorsk price 1:5:1e-9"], "has more than 10,000 values"),
        (["--sweep", "offers offer=urals_primorsk price 1:5:nan"], "the step nan is not above zero"),
        (["--sweep", "offers offer=x price 1:2:1", "--sweep", "offers offer=x price 3"], "swept already"),
        (["--sweep", "offers offer=ural price 1:2:1"], "no row of offers.csv fits"),
        (["--sweep", "offer_costs offer=urals_primorsk,item=freight cost 1:2:1"], "Join conditions by &"),
        (["--scenarios", "none_such,urals_half"], "there is no scenario"),
    ],
)
def test_bad_studies(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "karachi_2023_september", *arguments]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert "Traceback" not in found


def test_no_cluster_at_the_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    arguments = ["study", "rtl_refinery", "--sweep", "offers offer=x price 1:2:1"]
    assert run([*arguments, "--cluster", "nonsense://x"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_killed_worker_of_a_cluster_loses_nothing(karachi: Case) -> None:
    distributed = pytest.importorskip("distributed")
    names: list[str | None] = [None, "gulf_diet", "urals_half", "urals_third", "nameplate", "saudi_term"]
    study = grid(karachi, names, [])
    many = Study(karachi, (), tuple(Item(name, ()) for name in names))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        pids = list(distributed.Client(cluster).run(os.getpid).values())
        killed = threading.Event()
        answers: list[Answer] = []

        def done(answer: Answer) -> None:
            answers.append(answer)
            if not killed.is_set():
                killed.set()
                os.kill(pids[0], signal.SIGKILL)

        solve_study(many, done, cluster=cluster.scheduler_address)
    assert killed.is_set()
    assert sorted(a.item.key for a in answers) == sorted(item.key for item in study.items)
    expected = margins([solve_task(Task(karachi, (), item)) for item in many.items])
    assert margins(answers) == pytest.approx(expected)


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    store = tmp_path / "s.csv"
    script = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from netback.cli.main import main\n"
        "main(['study', 'karachi_2023_september', '--jobs', '1', '--store', sys.argv[1],"
        " '--sweep', 'cuts stream=residue from_c 375:375.9:0.001'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(store)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 60.0
    while time.monotonic() < end and (not store.exists() or store.read_text().count(DONE) < 3):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert "the same command goes on from there" in told
    assert store.read_text().count(f",{DONE},") >= 3
