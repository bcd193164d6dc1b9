"""A questionnaire is talked through in the console as in the chat, and leaves no trace."""

from __future__ import annotations

import base64
import json
import re
from html import unescape

import pytest
import sqlalchemy as sa
from conftest import Office, Visitor

from bot.store.tables import Answer, InboxRow, OutboxRow, Participant, SurveyRunRow, SurveyVersion

SHEET = """\
| survey | | | | | | |
| | type | name | label::Español (es) | label::English (en) | relevant | constraint |
| | select_one yn | sells | ¿Vendes algo? | Do you sell anything? | | |
| | integer | days | ¿Cuántos días a la semana? | How many days a week? | ${sells} = 'yes' | . <= 7 |
| | note | bye | Gracias, {nombre}. | Thank you, {nombre}. | | |

| choices | | | | |
| | list_name | name | label::Español (es) | label::English (en) |
| | yn | yes | Sí | Yes |
| | yn | no | No | No |

| settings | | | |
| | form_title | form_id | default_language |
| | Ventas | sales | Español (es) |
"""
CONTENT = base64.b64encode(SHEET.encode()).decode()


class Talk:
    def __init__(self, visitor: Visitor, path: str = "/surveys/try", **more: str) -> None:
        self.visitor, self.path = visitor, path
        self.fields = {"name": "sales.md", "content": CONTENT, "language": "es", "country": "MX", **more}
        self.page = self.say()

    def say(self, reply: str = "", **more: str) -> str:
        held = re.search(r'name="replies" value="([^"]*)"', getattr(self, "raw", ""))
        carried = {"replies": unescape(held[1])} if held else {}
        answer = self.visitor.post(self.path, **{**self.fields, **carried, "reply": reply, **more})
        assert answer.status_code == 200, answer.text
        self.raw = answer.text
        self.page = unescape(answer.text)
        return self.page


def test_it_asks_reads_checks_and_shows_what_would_be_kept(office: Office) -> None:
    talk = Talk(office.enter("analyst"))
    assert "¿Vendes algo?\n1. Sí\n2. No" in talk.page and 'value="Sí">Sí</button>' in talk.page
    talk.say("claro que si")
    assert "sells: yes" in talk.page and "¿Cuántos días a la semana?" in talk.page
    talk.say("nueve")
    assert "no se guardó como respuesta" in talk.page
    talk.say("3 dias")
    assert "days: 3" in talk.page and "Gracias, Marta." in talk.page
    assert "No hay más preguntas" in talk.page and 'name="reply"' not in talk.page


def test_a_condition_that_does_not_hold_is_skipped_and_a_button_is_a_reply(office: Office) -> None:
    talk = Talk(office.enter("analyst"))
    page = talk.say(press="No")
    assert "¿Cuántos días" not in page and "No hay más preguntas" in page


def test_it_speaks_the_other_language_and_starts_again(office: Office) -> None:
    talk = Talk(office.enter("analyst"), language="en")
    assert "Do you sell anything?" in talk.page
    talk.say("yes")
    page = talk.say(again="1")
    assert "How many days" not in page


def test_a_published_one_is_talked_through_by_everybody(office: Office) -> None:
    talk = Talk(office.enter("viewer"), "/surveys/b_profile/try", name="b_profile", content="")
    assert talk.page.count('class="line hers"') >= 1 and 'name="reply"' in talk.page


def test_it_leaves_no_trace(office: Office) -> None:
    tables = (Participant, InboxRow, OutboxRow, Answer, SurveyRunRow, SurveyVersion)
    counts = [sa.select(sa.func.count()).select_from(table) for table in tables]
    with office.database.read() as session:
        before = [session.scalar(count) for count in counts]
    talk = Talk(office.enter("analyst"))
    talk.say("sí")
    talk.say("3")
    with office.database.read() as session:
        assert [session.scalar(count) for count in counts] == before


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "%%%"},
        {"content": ""},
        {"name": "Con espacio.md"},
        {"content": base64.b64encode(b"x").decode()},
    ],
)
def test_what_is_no_sheet_goes_back(office: Office, fields: dict[str, str]) -> None:
    values = {"name": "sales.md", "content": CONTENT, **fields}
    answer = office.enter("analyst").post("/surveys/try", **values)
    assert answer.headers["location"] == "/surveys?failed=sheet"


@pytest.mark.parametrize("replies", ["nonsense", "{}", json.dumps([1, None, "sí"]), "[" * 1000])
def test_a_talk_that_was_tampered_with_breaks_nothing(office: Office, replies: str) -> None:
    answer = office.enter("analyst").post("/surveys/try", name="sales.md", content=CONTENT, replies=replies)
    assert answer.status_code == 200


def test_a_viewer_talks_no_upload_through_and_an_unknown_one_is_not_found(office: Office) -> None:
    viewer = office.enter("viewer")
    assert viewer.post("/surveys/try", name="sales.md", content=CONTENT).status_code == 403
    assert viewer.post("/surveys/nothing/try").status_code == 404


def test_the_check_leads_to_it(office: Office) -> None:
    answer = office.enter("analyst").post(
        "/surveys/check", files={"sheet": ("sales.md", SHEET.encode(), "text/markdown")}
    )
    assert 'action="/surveys/try"' in answer.text
