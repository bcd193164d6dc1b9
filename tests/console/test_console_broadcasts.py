"""Notices to many women: written, looked at, approved by somebody else, followed and stopped."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from conftest import Office, Visitor
from console_women import ROSA

from bot.store.broadcast_tables import SURVEY, Broadcast
from bot.store.console_tables import ChangeLog
from bot.store.followup_tables import Nudge

FAIR = {
    "kind": "job_fair",
    "title": "Feria de empleo",
    "text_es": "Hola {nombre}, el jueves hay feria de empleo en Toluca.",
    "text_en": "Hello {nombre}, there is a job fair in Toluca on Thursday.",
    "country": "MX",
    "statuses": ["enrolled", "completed"],
    "per_day": "250",
}


def fields(office: Office, **more: object) -> dict[str, object]:
    day = office.clock().date()
    days = {"starts_on": str(day + timedelta(days=1)), "ends_on": str(day + timedelta(days=3))}
    return {**FAIR, **days, **more}


def written(office: Office, visitor: Visitor, **more: object) -> str:
    answer = visitor.post("/broadcasts/new", **fields(office, **more))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def approve(visitor: Visitor, path: str, count: str) -> httpx.Response:
    """As the page sends it: with the stamp of what stands on it."""
    found = re.search(r'name="seen" value="([0-9a-f]+)"', visitor.text(path))
    return visitor.post(f"{path}/approve", count=count, seen=found[1] if found else "")


def planned(office: Office) -> int:
    with office.database.read() as session:
        count = sa.select(sa.func.count()).select_from(Nudge).where(Nudge.survey == SURVEY)
        return session.scalar(count) or 0


def test_a_draft_shows_what_would_happen_in_both_languages(office: Office) -> None:
    visitor = office.enter("case_worker")
    page = visitor.text(written(office, visitor))
    assert "Hola Marta, el jueves hay feria de empleo en Toluca." in page
    assert "Hello Marta, there is a job fair in Toluca on Thursday." in page
    assert "Hola Marta, tienes un aviso de Segunda Oportunidad." in page  # outside her 24 hours
    assert "Hola, tienes un mensaje pendiente." in page  # in discreet mode
    # 20 of the crowd agreed; the rest of Mexico, and Rosa, did not
    assert "<dt>Le llega a</dt><dd>20</dd>" in page
    assert "<dt>Sin su permiso</dt><dd>21</dd>" in page
    assert "Cuesta a lo más</dt><dd>0.27" in page
    assert "Feria de empleo" in visitor.text("/broadcasts") and planned(office) == 0


def test_somebody_else_approves_and_must_type_the_count(office: Office) -> None:
    author, other = office.enter("case_worker"), office.enter("focal")
    path = written(office, author)
    author.post(f"{path}/ask")
    assert "Lo tiene que aprobar otra persona" in author.text(path)
    assert approve(author, path, "20").status_code == 400
    assert planned(office) == 0
    assert approve(other, path, "19").status_code == 400
    assert planned(office) == 0
    answer = approve(other, path, "20")
    assert answer.headers["location"].endswith("done=broadcast_approved")
    assert planned(office) == 20
    page = other.text(path)
    assert "0 de 20" in page and "planeado" in page
    # a second press changes nothing
    assert approve(other, path, "20").status_code == 400
    assert planned(office) == 20


def test_who_is_alone_approves_in_a_second_step(office: Office) -> None:
    from bot.store.console_tables import Staff

    with office.database.write() as session:
        for row in session.query(Staff):
            if not row.email.startswith("case_worker@"):
                row.disabled_at = office.clock()
    visitor = office.enter("case_worker")
    path = written(office, visitor)
    assert approve(visitor, path, "20").status_code == 400  # not before it is asked for
    visitor.post(f"{path}/ask")
    assert approve(visitor, path, "20").status_code == 303
    assert planned(office) == 20


def test_it_waits_on_today_for_who_may_approve_it(office: Office) -> None:
    assert "Feria de Tehuacán" in office.enter("case_worker").text("/")
    viewer = office.enter("viewer").text("/")
    assert "Avisos por aprobar" in viewer and "Feria de Tehuacán" not in viewer


def test_a_change_asks_anew(office: Office) -> None:
    visitor = office.enter("case_worker")
    path = written(office, visitor)
    visitor.post(f"{path}/ask")
    visitor.post(f"{path}/edit", **fields(office, title="Feria aplazada"))
    with office.database.read() as session:
        row = session.get_one(Broadcast, int(path.rsplit("/")[-1]))
        assert (row.title, row.state) == ("Feria aplazada", "draft")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text_es": ""}, "Falta el texto en español."),
        ({"text_es": "Taller sobre violencia"}, "otra persona no debe leer"),
        ({"text_en": "Bring {rfc}"}, "entre llaves solo {nombre} y {programa}"),
        ({"ends_on": "2020-01-01"}, "Revisa los días"),
        ({"starts_on": "mañana"}, "Revisa los días"),
        ({"per_day": "muchas"}, "Elige cuántas mujeres por día"),
        ({"statuses": []}, "Elige al menos un estado"),
        ({"kind": "party"}, "Elige de qué es"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(
    office: Office, change: dict[str, object], said: str
) -> None:
    from html import unescape

    answer = office.enter("case_worker").post("/broadcasts/new", **fields(office, **change))
    page = unescape(answer.text)
    assert answer.status_code == 400 and said in page
    assert 'value="Feria de empleo"' in page
    with office.database.read() as session:
        assert session.query(Broadcast).filter_by(title="Feria de empleo").count() == 0


def test_scope_cannot_be_widened_by_the_form(office: Office) -> None:
    visitor = office.enter("toluca")
    path = written(office, visitor, country="CL", centre="tehuacan")
    with office.database.read() as session:
        audience = session.get_one(Broadcast, int(path.rsplit("/")[-1])).audience
    assert (audience["country"], audience["centre"]) == ("MX", "toluca")


def offered(page: str, field: str) -> set[str]:
    """What can be chosen under a field of the form."""
    select = re.search(rf'<select id="{field}".*?</select>', page, re.DOTALL)
    assert select
    return set(re.findall(r'value="([^"]+)"', select[0]))


def test_it_offers_the_modalities_and_pathways_of_the_countries_in_scope(office: Office) -> None:
    mexico, chile = {"face", "online", "hybrid"}, {"sync", "async", "both"}
    assert offered(office.enter("case_worker").text("/broadcasts/new"), "modality") == mexico | chile
    within = office.enter("toluca").text("/broadcasts/new")
    assert offered(within, "modality") == mexico
    assert offered(within, "pathway") == {"entrepreneurship", "employment", "education"}


def test_one_that_reaches_beyond_the_scope_is_not_found(office: Office) -> None:
    chile = office.enter("chile")
    assert chile.get("/broadcasts/1").status_code == 404
    assert chile.post("/broadcasts/1/approve", count="20").status_code == 404
    assert chile.post("/broadcasts/1/cancel").status_code == 404
    assert "Feria de Tehuacán" not in chile.text("/broadcasts") + chile.text("/")


def test_it_is_called_off(office: Office) -> None:
    visitor = office.enter("case_worker")
    approve(visitor, "/broadcasts/1", "20")
    assert visitor.post("/broadcasts/1/cancel").headers["location"].endswith("done=broadcast_cancelled")
    with office.database.read() as session:
        states = session.scalars(sa.select(Nudge.state).where(Nudge.survey == SURVEY)).all()
        assert set(states) == {"cancelled"} and len(states) == 20
    assert "Cancelar el aviso" not in visitor.text("/broadcasts/1")


def test_every_step_is_in_the_change_log_without_her(office: Office) -> None:
    visitor, other = office.enter("case_worker"), office.enter("focal")
    path = written(office, visitor)
    visitor.post(f"{path}/ask")
    approve(other, path, "20")
    other.post(f"{path}/cancel")
    with office.database.read() as session:
        rows = session.scalars(sa.select(ChangeLog).where(ChangeLog.action.startswith("broadcast"))).all()
        assert [row.action for row in rows] == [
            "broadcast_written", "broadcast_asked", "broadcast_approved", "broadcast_cancelled",
        ]  # fmt: skip
        assert rows[2].detail == {"women": 20} and all(row.participant_id is None for row in rows)


def test_her_page_names_the_notice(office: Office) -> None:
    with office.database.write() as session:
        soon = office.clock() + timedelta(days=1)
        session.add(
            Nudge(
                participant_id=ROSA, survey=SURVEY, wave="b1", attempt=1, due_at=soon, not_before=soon,
                local_due_at=soon.isoformat(), closes_at=soon, state="scheduled", reason="planned",
                created_at=soon, updated_at=soon,
            )
        )  # fmt: skip
    assert '<a href="/broadcasts/1">Aviso 1</a>' in office.enter("case_worker").text(f"/people/{ROSA}")
