"""Completion lists: a dry run by row, all or nothing, and the same list again without effect."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from bot.core.messages import Channel
from bot.services.followup_import import ImportRefused, import_completions, read_number
from bot.store.followup_tables import Completion
from bot.store.tables import HandOver, Participant
from tests.followup.service import Service

HEAD = "participant_id,phone,programme,completed_at\n"


def listed(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(head + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


def completed(service: Service, who: str) -> str | None:
    with service.database.read() as session:
        person = session.get(Participant, who)
        assert person is not None
        return person.completed_at.isoformat() if person.completed_at else None


def test_a_dry_run_changes_nothing_and_says_what_would(service: Service, tmp_path: Path) -> None:
    who = service.woman()
    report = import_completions(service.world, listed(tmp_path, f"{who},,mexico,2026-02-20"))
    assert (report.ok, report.new, report.applied) == (True, 1, False)
    assert completed(service, who) is None and service.nudges(who) == []


def test_it_sets_the_date_her_status_and_the_plan(service: Service, tmp_path: Path) -> None:
    who = service.woman()
    report = import_completions(service.world, listed(tmp_path, f"{who},,mexico,2026-02-20"), apply=True)
    assert (report.applied, report.new, report.planned) == (True, 1, 4)
    assert completed(service, who) == "2026-02-20T18:00:00+00:00"  # noon in Puebla: the same date everywhere
    with service.database.read() as session:
        person = session.get(Participant, who)
        assert person is not None and person.status == "completed"
        noted = session.scalars(sa.select(Completion)).one()
    assert noted.completed_on == "2026-02-20" and noted.source.startswith("import:")


def test_the_same_list_again_changes_nothing(service: Service, tmp_path: Path) -> None:
    who = service.woman()
    path = listed(tmp_path, f"{who},,mexico,2026-02-20")
    import_completions(service.world, path, apply=True)
    before = [(n.id, n.due_at, n.state, n.updated_at) for n in service.nudges()]
    report = import_completions(service.world, path, apply=True)
    assert (report.same, report.new, report.planned) == (1, 0, 0)
    assert [(n.id, n.due_at, n.state, n.updated_at) for n in service.nudges()] == before


def test_another_date_corrects_and_plans_anew(service: Service, tmp_path: Path) -> None:
    who = service.woman()
    import_completions(service.world, listed(tmp_path, f"{who},,mexico,2026-02-20"), apply=True)
    report = import_completions(service.world, listed(tmp_path, f"{who},,mexico,2026-02-25"), apply=True)
    assert (report.corrected, report.planned) == (1, 4)
    assert service.nudges(who)[0].local_due_at.startswith("2026-08-25T09:00")


def test_one_wrong_row_and_nothing_is_written(service: Service, tmp_path: Path) -> None:
    who = service.woman()
    path = listed(tmp_path, f"{who},,mexico,2026-02-20", "nobody,,mexico,2026-02-20")
    report = import_completions(service.world, path, apply=True)
    assert [str(error) for error in report.errors] == ["row 3: participant_id 'nobody' is unknown"]
    assert not report.applied and completed(service, who) is None and service.nudges() == []


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{who},,peru,2026-02-20", "programme 'peru' is unknown"),
        ("{who},,chile,2026-02-20", "enrolled in MX, not in programme 'chile'"),
        ("{who},,mexico,20/02/2026", "is no date"),
        ("{who},,mexico,2026-02-30", "is no date"),
        ("{who},,mexico,", "is no date"),
        ("{who},,mexico,2027-01-01", "lies in the future"),
        (",,mexico,2026-02-20", "neither participant_id nor phone"),
        (",12,mexico,2026-02-20", "no telephone number"),
        (",5599999999,mexico,2026-02-20", "no woman writes from that phone"),
        ("{who},{other},mexico,2026-02-20", "two different women"),
        ("{new},,mexico,2026-02-20", "has not finished enrolling"),
    ],
)
def test_it_says_what_is_wrong_with_a_row(service: Service, tmp_path: Path, row: str, says: str) -> None:
    who = service.woman()
    service.woman(phone="+525511112222")
    new = service.woman(status="consented")
    path = listed(tmp_path, row.format(who=who, other="+525511112222", new=new))
    (error,) = import_completions(service.world, path).errors
    assert error.row == 2 and says in error.message
    assert "5511112222" not in error.message and "5599999999" not in error.message


@pytest.mark.parametrize(
    "typed", ["+5215512345678", "+525512345678", "55 1234 5678", "52 1 55 1234 5678", "00525512345678"]
)
@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.SIMULATOR])
def test_it_finds_her_by_telephone_however_it_is_written(
    service: Service, tmp_path: Path, typed: str, channel: Channel
) -> None:
    who = service.woman(phone="+525512345678", channel=channel)
    report = import_completions(service.world, listed(tmp_path, f",{typed},mexico,2026-02-20"), apply=True)
    assert report.applied, report.errors
    assert completed(service, who) is not None


@pytest.mark.parametrize(
    ("typed", "country", "code", "expected"),
    [
        ("+56 9 6123 4567", "CL", "+56", "+56961234567"),
        ("961234567", "CL", "+56", "+56961234567"),
        ("56961234567", "CL", "+56", "+56961234567"),
        ("5512345678", "MX", "+52", "+525512345678"),
        ("044 55 1234 5678", "MX", "+52", "+525512345678"),
        ("+52 1 55 1234 5678", "MX", "+52", "+525512345678"),
        ("0056 9 6123 4567", "MX", "+52", "+56961234567"),
        ("hola", "MX", "+52", None),
    ],
)
def test_it_reads_a_number_by_the_country_of_the_programme(
    typed: str, country: str, code: str, expected: str | None
) -> None:
    assert read_number(typed, country, code) == expected


def test_who_left_is_passed_over_and_the_rest_is_imported(service: Service, tmp_path: Path) -> None:
    left, stays = service.woman(status="withdrawn"), service.woman()
    path = listed(tmp_path, f"{left},,mexico,2026-02-20", f"{stays},,mexico,2026-02-20")
    report = import_completions(service.world, path, apply=True)
    assert report.applied and [row.row for row in report.skipped] == [2]
    assert completed(service, left) is None and completed(service, stays) is not None


def test_a_woman_twice_with_two_dates_is_an_error_and_with_one_is_none(
    service: Service, tmp_path: Path
) -> None:
    who = service.woman()
    twice = listed(tmp_path, f"{who},,mexico,2026-02-20", f"{who},,mexico,2026-02-21")
    assert [error.row for error in import_completions(service.world, twice).errors] == [3]
    same = listed(tmp_path, f"{who},,mexico,2026-02-20", f"{who},,mexico,2026-02-20")
    report = import_completions(service.world, same)
    assert report.ok and report.new == 1


def test_it_reads_a_workbook_with_real_dates(service: Service, tmp_path: Path) -> None:
    who = service.woman(phone="+525512345678")
    book = openpyxl.Workbook()
    book.active.append(["Phone", "Programme", "Completed at", "Notes"])
    book.active.append([5512345678.0, "Mexico", datetime(2026, 2, 20), "top of the class"])
    book.active.append([None, None, None, None])
    path = tmp_path / "list.xlsx"
    book.save(path)
    report = import_completions(service.world, path, apply=True)
    assert (report.rows, report.applied) == (1, True), report.errors
    assert (completed(service, who) or "").startswith(date(2026, 2, 20).isoformat())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_it_reads_what_a_spanish_spreadsheet_saves(service: Service, tmp_path: Path, encoding: str) -> None:
    who = service.woman()
    path = tmp_path / "list.csv"
    path.write_bytes(
        f"Participant_ID;Programme;Completed_at;Niñez\r\n{who};mexico;2026-02-20;sí\r\n".encode(encoding)
    )
    assert import_completions(service.world, path).new == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("list.csv", "", "participant_id or phone"),
        ("list.csv", "participant_id,completed_at\n", "programme"),
        ("list.csv", "phone,phone,programme,completed_at\n", "twice"),
        ("list.xlsx", "not a workbook", "no workbook"),
    ],
)
def test_it_refuses_what_is_no_list(
    service: Service, tmp_path: Path, name: str, content: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ImportRefused, match=says):
        import_completions(service.world, path)
    with pytest.raises(ImportRefused, match="cannot be opened"):
        import_completions(service.world, tmp_path / "absent.csv")


def test_it_confirms_what_she_told_by_herself(service: Service, tmp_path: Path) -> None:
    who, other = service.woman(), service.woman()
    with service.database.write() as session:
        for woman, reason in ((who, "result"), (who, "asked"), (other, "result")):
            session.add(
                HandOver(participant_id=woman, reason=reason, state="open", opened_at=service.clock())
            )
    import_completions(service.world, listed(tmp_path, f"{who},,mexico,2026-02-20"), apply=True)
    with service.database.read() as session:
        rows = session.execute(sa.select(HandOver.participant_id, HandOver.reason, HandOver.state)).all()
    assert sorted(map(tuple, rows)) == sorted(
        [(who, "result", "closed"), (who, "asked", "open"), (other, "result", "open")]
    )
