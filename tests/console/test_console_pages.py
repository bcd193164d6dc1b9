"""Review, questionnaires, results, exports, programme and staff pages."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import yaml
from conftest import Office, Visitor
from console_women import PAZ, ROSA, ROSA_NAME, ROSA_NUMBER, ROSA_SAID

from bot.console import rendering
from bot.console.strings import catalogue
from bot.services.staff import funnel
from bot.services.staff.corrections import masked, write_corrections
from bot.store.console_tables import ChangeLog, LabelCorrection, ReadLog
from bot.store.tables import InboxRow
from bot.surveys.files import DIALOGUES
from bot.understanding.corpus import intent_examples

TEMPLATES = Path(rendering.__file__).with_name("templates")


class TestReview:
    """What was understood, and the right label."""

    def message(self, office: Office, said: str = ROSA_SAID) -> int:
        with office.database.read() as session:
            return next(
                row.id for row in session.query(InboxRow) if row.payload and row.payload["text"] == said
            )

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 4),
            ("?flagged=1", 1),
            ("?low=1", 1),
            ("?intent=greet", 1),
            ("?country=CL", 1),
            ("?centre=toluca", 3),
            ("?language=en", 0),
            ("?since=2026-11-24", 0),
            ("?until=2026-11-22", 0),
            ("?since=never&before=x", 4),
        ],
    )
    def test_it_filters(self, office: Office, query: str, count: int) -> None:
        assert office.enter("analyst").text(f"/review{query}").count('<li class="card entry">') == count

    def test_answers_to_questions_are_left_out_unless_asked_for_or_flagged(self, office: Office) -> None:
        with office.database.write() as session:
            for minutes, more in enumerate(({}, {"for_review": True})):
                office.women.says(session, ROSA, "30", minutes, intent="answer", confidence=1.0, **more)
        visitor = office.enter("analyst")
        listed = '<li class="card entry">'
        assert visitor.text("/review").count(listed) == 5
        assert visitor.text("/review?answers=1").count(listed) == 6
        assert visitor.text("/review?intent=answer").count(listed) == 2

    def test_a_reason_shows_the_page_and_is_logged_for_each_woman(self, office: Office) -> None:
        visitor = office.enter("analyst")
        visitor.post("/review/reveal", reason="quality", filters="")
        assert ROSA_SAID in visitor.text("/review")
        with office.database.read() as session:
            assert {row.participant_id for row in session.query(ReadLog)} == {ROSA, PAZ}

    def test_a_label_is_kept_and_can_be_changed(self, office: Office) -> None:
        visitor, message = office.enter("analyst"), self.message(office)
        for label in ("ask_programme", "ask_support"):
            visitor.post(f"/review/{message}/label", intent=label, filters="flagged=1")
        with office.database.read() as session:
            row = session.query(LabelCorrection).one()
            assert (row.before, row.after) == ("ask_location", "ask_support")
        assert "corregida: ask_support" in visitor.text("/review?labelled=yes")

    @pytest.mark.parametrize("intent", ["", "answer", "buy_milk"])
    def test_it_takes_labels_of_the_domain_only(self, office: Office, intent: str) -> None:
        answer = office.enter("analyst").post(
            f"/review/{self.message(office)}/label", intent=intent, filters=""
        )
        assert "failed=intent" in answer.headers["location"]

    def test_the_filtered_set_is_exported_with_words_only_for_whom_a_reason_holds(
        self, office: Office
    ) -> None:
        visitor = office.enter("analyst")
        bare = visitor.post("/review/export", filters="country=MX").text
        assert ROSA_SAID not in bare
        visitor.post(f"/people/{ROSA}/reveal", what="content", reason="quality")
        rows = list(
            csv.DictReader(io.StringIO(visitor.post("/review/export", filters="").text.lstrip("\ufeff")))
        )
        assert {row["text"] for row in rows if row["country"] == "CL"} == {""}
        assert ROSA_SAID in {row["text"] for row in rows}

    def test_corrections_become_a_file_to_review(self, office: Office, tmp_path: Path) -> None:
        visitor = office.enter("analyst")
        visitor.post(f"/review/{self.message(office)}/label", intent="ask_support", filters="")
        report = write_corrections(office.database, tmp_path, office.clock)
        path = tmp_path / "es" / "reviewed" / "intents.yml"
        assert report.files == [path] and report.changes == {("ask_location", "ask_support"): 1}
        assert list(intent_examples(path)) == [("ask_support", ROSA_SAID)]
        assert write_corrections(office.database, tmp_path, office.clock).files == []
        assert yaml.safe_load(path.read_text())["version"] == "3.1"

    def test_a_disclosure_found_in_review_becomes_restricted_and_is_never_written(
        self, office: Office, tmp_path: Path
    ) -> None:
        visitor, message = office.enter("analyst"), self.message(office)
        visitor.post(f"/review/{message}/label", intent="disclose_violence", filters="")
        visitor.post(f"/people/{ROSA}/reveal", what="content", reason="quality")
        assert ROSA_SAID not in visitor.text("/review") + visitor.text(f"/people/{ROSA}/conversation")
        report = write_corrections(office.database, tmp_path / "nlu", office.clock)
        assert report.left_out == {"disclosure": 1} and not (tmp_path / "nlu").exists()
        with office.database.read() as session:
            assert "disclose" not in " ".join(str(row.detail) for row in session.query(ChangeLog))

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("mi número es 722 123 45 67 gracias", "mi número es … gracias"),
            ("escríbeme a ana@example.org", "escríbeme a …"),
            ("mira https://example.org/x?y=1 está bien", "mira … está bien"),
            ("tengo 34 años\ny 2 hijos", "tengo 34 años y 2 hijos"),
            ("7221234567", ""),
        ],
    )
    def test_examples_say_nothing_that_leads_to_her(self, text: str, kept: str) -> None:
        assert masked(text) == kept


class TestSurveys:
    """Versions, drop-off, and publishing from a sheet."""

    def upload(self, visitor: Visitor, name: str, content: bytes) -> str:
        answer = visitor.post("/surveys/check", files={"sheet": (name, content)})
        assert answer.status_code in (200, 422)
        return answer.text

    def form(self) -> bytes:
        return (DIALOGUES / "surveys" / "e_survey.md").read_bytes()

    def test_drop_off_counts_where_women_stopped(self, office: Office) -> None:
        rows = re.findall(
            r'<span class="quiet small">(\w+)</span></th><td class="num">(\d+)</td><td class="num">(\d+)</td>'
            r'<td class="num">\d+</td><td class="num">\d+</td><td class="num">(\d+)</td>',
            office.enter("viewer").get("/surveys/b_profile").text,
        )
        counts = {
            name: (int(reached), int(answered), int(stopped)) for name, reached, answered, stopped in rows
        }
        assert counts["pref_name"] == (62, 62, 0)
        assert counts["state_mx"] == (13, 0, 13)
        assert counts["age"][1] == 49

    def test_a_sound_sheet_is_previewed_published_and_asked_from_then_on(self, office: Office) -> None:
        visitor = office.enter("analyst")
        library = office.desk.world.library
        before, _ = library.current("e_survey")
        page = self.upload(
            visitor, "e_survey.md", self.form().replace(b"| settings |", b"| settings |", 1) + b"\n"
        )
        content = re.search(r'name="content" value="([^"]+)"', page)
        assert content and "Se puede preguntar por chat" in page and page.count('class="bubble"') > 10
        assert library.current("e_survey")[0] == before
        answer = visitor.post("/surveys/publish", name="e_survey.md", content=content[1])
        assert answer.headers["location"] == "/surveys/e_survey?done=published"
        assert library.current("e_survey")[0] == before + 1
        with office.database.read() as session:
            assert session.query(ChangeLog).filter_by(action="survey_published").one().object == "e_survey"

    def test_what_is_wrong_is_said_by_row_and_not_published(self, office: Office) -> None:
        visitor = office.enter("analyst")
        broken = self.form().replace(b"select_one", b"select_won", 1)
        page = self.upload(visitor, "e_survey.md", broken)
        assert "Hay que corregir" in page and 'name="content"' not in page
        before = office.desk.world.library.current("e_survey")[0]
        import base64

        answer = visitor.post(
            "/surveys/publish", name="e_survey.md", content=base64.b64encode(broken).decode()
        )
        assert answer.status_code == 422
        assert office.desk.world.library.current("e_survey")[0] == before

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("e_survey.docx", b"x", ".xlsx o .md"),
            ("../../etc/passwd.md", b"x", "Hay que corregir"),
            ("E Survey.md", b"x", "minúsculas"),
            ("e_survey.md", b"", "Elige un archivo"),
            ("e_survey.xlsx", b"not a workbook", "Hay que corregir"),
            ("e_survey.md", b"x" * 700_000, "demasiado grande"),
        ],
        ids=["suffix", "path", "name", "empty", "not xlsx", "large"],
    )
    def test_it_refuses_what_is_no_sheet(self, office: Office, name: str, content: bytes, said: str) -> None:
        assert said in self.upload(office.enter("analyst"), name, content)

    def test_a_body_over_six_mebibytes_is_not_read(self, office: Office) -> None:
        visitor = office.enter("analyst")
        answer = visitor.post("/surveys/check", files={"sheet": ("e_survey.md", b"x" * (6 * 2**20 + 1))})
        assert answer.status_code == 413


class TestResults:
    """Figures, with every chart also a table, small groups hidden."""

    def test_the_way_from_hello_is_counted(self, office: Office) -> None:
        page = office.enter("viewer").text("/results")
        table = page.split("Ver como tabla")[1].split("</table>")[0]
        counts = re.findall(r'<th scope="row">([^<]+)</th>\s*<td class="num">(\d+)</td>', table)
        assert counts[:4] == [
            ("Escribieron", "64"),
            ("Dieron su consentimiento", "63"),
            ("Se inscribieron", "62"),
            ("Terminaron el curso", "15"),
        ]

    def test_every_chart_has_its_table(self, office: Office) -> None:
        page = office.enter("viewer").text("/results")
        # of the centres every group is too small for a chart
        assert page.count('<figure class="chart">') == page.count("Ver como tabla") == 5
        assert "Todos los grupos tienen menos de 5 mujeres" in page
        # a bar of a figure stands in a row that says the same in numbers
        rows = re.findall(r"<tr>(?:(?!</tr>).)*<svg class=\"measure\".*?</tr>", page, re.DOTALL)
        assert len(rows) == page.count('<svg class="measure"') > 0
        assert all(row.count('class="num') == 3 for row in rows)

    def test_a_small_group_is_hidden_and_so_is_the_one_that_would_give_it_away(self, office: Office) -> None:
        from bot.services.staff.member import Member, Scope
        from bot.services.staff.roles import ROLES

        anyone = Member("x", "x", frozenset({"viewer"}), False, "es", Scope(), ROLES["viewer"])
        with office.database.read() as session:
            bars = funnel.groups(session, anyone, "centre")
        assert [(bar.code, bar.count, bar.small) for bar in bars] == [
            ("tehuacan", None, False),
            ("toluca", None, True),
        ]

    def test_a_country_sees_its_own_figures(self, office: Office) -> None:
        page = office.enter("chile").text("/results?country=MX")
        assert "· Chile" in page and "México" not in page.split("<main")[1]


class TestExports:
    """Tables in a ZIP with a manifest."""

    def bundle(self, visitor: Visitor, **fields: object) -> tuple[zipfile.ZipFile, dict[str, object], bytes]:
        asked = {"tables": ["participants", "messages"], "format": "csv", "identified": "no", **fields}
        answer = visitor.post("/exports", **asked)
        assert answer.status_code == 200, answer.text
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        return archive, json.loads(archive.read("manifest.json")), answer.content

    def test_it_is_de_identified_and_its_manifest_is_true(self, office: Office) -> None:
        archive, manifest, _ = self.bundle(office.enter("analyst"), country="MX")
        rows = list(csv.DictReader(io.StringIO(archive.read("participants.csv").decode("utf-8-sig"))))
        assert len(rows) == manifest["rows"]["participants"] == 41  # type: ignore[index]
        assert manifest["filters"] == {"country": "MX"} and manifest["identified"] is False
        for name, file in manifest["files"].items():  # type: ignore[attr-defined]
            assert hashlib.sha256(archive.read(name)).hexdigest() == file["sha256"]
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "ignore")
        assert [w for w in (ROSA_NAME, ROSA_NUMBER, ROSA_SAID, ROSA) if w in everything] == []

    def test_an_identified_one_needs_role_reason_and_purpose_and_is_logged(self, office: Office) -> None:
        assert (
            office.enter("analyst")
            .post(
                "/exports",
                tables=["participants"],
                format="csv",
                identified="yes",
                reason="follow_up",
                note="lista",
            )
            .status_code
            == 403
        )
        visitor = office.enter("toluca")
        assert (
            visitor.post("/exports", tables=["participants"], format="csv", identified="yes").status_code
            == 400
        )
        archive, manifest, _ = self.bundle(
            visitor, identified="yes", reason="follow_up", note="llamadas de julio"
        )
        rows = list(csv.DictReader(io.StringIO(archive.read("participants.csv").decode("utf-8-sig"))))
        assert [row["name"] for row in rows] == [ROSA_NAME]
        with office.database.read() as session:
            read = session.query(ReadLog).one()
            assert (read.what, read.reason, read.note) == ("export", "follow_up", "llamadas de julio")
            change = session.query(ChangeLog).filter_by(action="exported").one()
            assert change.detail["identified"] is True and change.detail["rows"] == manifest["rows"]

    def test_scope_cannot_be_widened_by_the_form(self, office: Office) -> None:
        _, manifest, _ = self.bundle(office.enter("toluca"), country="CL", centre="tehuacan")
        assert manifest["filters"] == {"country": "MX", "centre": "toluca"}
        assert manifest["rows"]["participants"] == 1  # type: ignore[index]

    @pytest.mark.parametrize(
        "fields",
        [
            {"tables": []},
            {"tables": ["staff"]},
            {"tables": ["survey_support"]},
            {"format": "exe"},
            {"since": "ayer"},
            {"until": "2026-13-01"},
        ],
    )
    def test_it_refuses_what_it_does_not_know(self, office: Office, fields: dict[str, object]) -> None:
        asked = {"tables": ["participants"], "format": "csv", "identified": "no", **fields}
        assert office.enter("analyst").post("/exports", **asked).status_code == 400


def test_the_programme_page_marks_lines_that_were_not_checked_lately(office: Office) -> None:
    page = office.enter("viewer").text("/programme")
    row = next(part for part in page.split("<tr>") if "SernamEG te Orienta" in part)
    assert "hace más de 90 días" in row
    assert "México" not in office.enter("chile").text("/programme").split("<main")[1]


class TestStaffPage:
    """Accounts from the console."""

    def test_an_administrator_adds_somebody_and_gets_a_link(self, office: Office) -> None:
        visitor = office.enter("admin")
        page = visitor.post("/staff", email="nueva@example.org", roles=["case_worker"], country="MX").text
        link = re.search(r"http://console\.test/set-up/[\w-]+", page)
        assert link and Visitor(office.browser()).get(link[0]).status_code == 200
        assert "nueva@example.org" in visitor.text("/staff")

    @pytest.mark.parametrize("fields", [{"email": "x"}, {"email": "x@example.org", "roles": []}])
    def test_it_says_what_is_missing(self, office: Office, fields: dict[str, object]) -> None:
        answer = office.enter("admin").post("/staff", **{"roles": ["viewer"], **fields})
        assert answer.status_code == 400 and 'role="alert"' in answer.text

    def test_nobody_disables_their_own_account(self, office: Office) -> None:
        from bot.services.staff import accounts

        mine = accounts.find(office.database, "admin@example.org")
        answer = office.enter("admin").post(f"/staff/{mine}/disable")
        assert answer.headers["location"].endswith("failed=not_yourself")
        theirs = accounts.find(office.database, "viewer@example.org")
        office.enter("admin").post(f"/staff/{theirs}/disable")
        assert {a.state for a in accounts.accounts(office.database) if a.id == theirs} == {"disabled"}


class TestTexts:
    """The console's words."""

    def test_every_text_that_a_template_names_exists(self) -> None:
        named = set()
        for path in TEMPLATES.glob("*.html"):
            named |= set(re.findall(r"\bt\('([\w.]+)'", path.read_text(encoding="utf-8")))
            named |= set(re.findall(r"\bt\('([\w.]+)' if", path.read_text(encoding="utf-8")))
        # one that ends so is completed by a code
        assert {key for key in named if not key.endswith((".", "_"))} - set(catalogue()) == set()

    def test_placeholders_are_the_same_in_both_languages(self) -> None:
        for key, texts in catalogue().items():
            names = [sorted(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
            assert names[0] == names[1], key

    def test_every_code_of_a_closed_list_has_a_label(self) -> None:
        from bot.services.followup_rules import Reason
        from bot.services.staff import logs, people, referring
        from bot.services.staff.roles import ROLES
        from bot.understanding.corpus import BARRIERS

        wanted = {
            f"code.{c}"
            for c in (*people.STATUSES, *referring.STATUSES, *referring.OUTCOMES, *referring.EASED)
        }
        wanted |= {f"code.{c}" for c in (*logs.REASONS, *logs.NEEDS, *BARRIERS)}
        wanted |= {f"role.{role}" for role in ROLES} | {f"nudge.{reason}" for reason in Reason}
        assert wanted - set(catalogue()) == set()
