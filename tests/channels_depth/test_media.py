"""Files: which are kept, how, from where, and what becomes of a voice note."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.files import FileRefused, FileUnavailable
from bot.channels.telegram import TelegramAdapter
from bot.channels.whatsapp import WhatsAppAdapter
from bot.core.messages import InboundKind, Media, MediaKind
from bot.services.erasure import erase
from bot.services.media import LIMIT, MediaStore
from bot.services.turn import Judged, Verdict
from bot.store.channel_tables import MediaFile
from bot.store.tables import HandOver, InboxRow, Participant

PHOTO = Media(MediaKind.IMAGE, "https://api.twilio.com/x/Media/ME1", "image/jpeg")
VOICE = Media(MediaKind.AUDIO, "https://api.twilio.com/x/Media/ME2", "audio/ogg")


class Desk:
    """A turn bench whose provider has files."""

    def __init__(self, talk: Any, folder: Path) -> None:
        self.talk, self.folder = talk, folder / "media"
        self.files: dict[str, bytes | Exception] = {PHOTO.ref: b"jpeg", VOICE.ref: b"ogg"}
        self.fetched: list[str] = []
        talk.provider.fetch = self.fetch
        self.store = self.new_store()

    def new_store(self, **more: Any) -> MediaStore:
        talk = self.talk
        return MediaStore(talk.database, {talk.channel: talk.provider}, talk.clock, self.folder, **more)

    async def fetch(self, ref: str, limit: int) -> bytes:
        self.fetched.append(ref)
        found = self.files[ref]
        if isinstance(found, Exception):
            raise found
        return found

    def consented(self) -> None:
        self.talk.says("SM0")
        with self.talk.database.write() as session:
            session.scalars(sa.select(Participant)).one().status = "consented"

    def sends(self, external_id: str, *media: Media, answer: str | None = None) -> None:
        if answer is not None:
            self.talk.judge.verdict = Judged(Verdict.ANSWER, answer)
        self.talk.says(external_id, "", kind=InboundKind.MEDIA, media=media)

    def rows(self) -> list[tuple[str, str | None]]:
        with self.talk.database.read() as session:
            rows = session.scalars(sa.select(MediaFile).order_by(MediaFile.id))
            return [(row.state, row.reason) for row in rows]

    def step(self) -> int:
        return asyncio.run(self.store.step())

    def wait_for_staff(self) -> None:
        with self.talk.database.write() as session:
            person = session.scalars(sa.select(Participant)).one()
            session.add(
                HandOver(
                    participant_id=person.id,
                    reason="media",
                    restricted=False,
                    state="open",
                    opened_at=self.talk.clock(),
                )
            )


@pytest.fixture
def desk(talk: Any, tmp_path: Path) -> Desk:
    return Desk(talk, tmp_path)


def test_it_keeps_the_file_that_answers_a_question_sealed(desk: Desk) -> None:
    desk.consented()
    desk.sends("MM1", PHOTO, answer=PHOTO.ref)
    assert desk.step() == 1 and desk.rows() == [("stored", None)]
    (path,) = desk.folder.iterdir()
    assert b"jpeg" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0
    with desk.talk.database.read() as session:
        assert desk.store.read(session, 1) == b"jpeg"
    assert desk.step() == 0


def test_it_leaves_alone_what_nobody_asked_for(desk: Desk) -> None:
    desk.consented()
    desk.sends("MM1", PHOTO)
    assert desk.rows() == [] and desk.fetched == []


def test_it_keeps_what_the_team_shall_look_at(desk: Desk) -> None:
    desk.consented()
    desk.wait_for_staff()
    desk.sends("MM1", PHOTO, VOICE, Media(MediaKind.STICKER, "sticker"))
    assert desk.step() == 2 and desk.rows() == [("stored", None)] * 2


def test_it_keeps_nothing_before_she_agreed(desk: Desk) -> None:
    desk.sends("MM1", PHOTO, answer=PHOTO.ref)
    assert desk.rows() == []


@pytest.mark.parametrize(
    ("file", "found", "reason"),
    [
        (Media(MediaKind.DOCUMENT, "r", "application/x-msdownload"), b"MZ", "type"),
        (Media(MediaKind.IMAGE, "r", "image/svg+xml"), b"<svg/>", "type"),
        (Media(MediaKind.IMAGE, "r", "image/jpeg", LIMIT + 1), b"", "size"),
        (Media(MediaKind.IMAGE, "r", "image/jpeg"), FileRefused("size"), "size"),
        (Media(MediaKind.IMAGE, "r", "image/jpeg"), FileRefused("host"), "host"),
    ],
)
def test_it_refuses_what_it_must_not_take(desk: Desk, file: Media, found: Any, reason: str) -> None:
    desk.files["r"] = found
    desk.consented()
    desk.sends("MM1", file, answer="r")
    desk.step()
    assert desk.rows() == [("refused", reason)] and not desk.folder.exists()


def test_a_file_at_which_something_breaks_does_not_keep_the_others_waiting(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.files["r"] = RuntimeError("https://api.twilio.com/what-she-sent")
    desk.consented()
    desk.sends("MM1", Media(MediaKind.IMAGE, "r", "image/jpeg"), answer="r")
    desk.sends("MM2", PHOTO, answer=PHOTO.ref)
    desk.step()
    assert desk.rows() == [("wanted", None), ("stored", None)]
    assert "RuntimeError" in caplog.text and "what-she-sent" not in caplog.text


def test_it_tries_again_and_then_gives_up(desk: Desk) -> None:
    desk.files[PHOTO.ref] = FileUnavailable("HTTP 503")
    desk.consented()
    desk.sends("MM1", PHOTO, answer=PHOTO.ref)
    for _ in range(6):
        desk.step()
        desk.talk.clock.forward(hours=4)
    assert desk.rows() == [("lost", "unavailable")] and len(desk.fetched) == 5


def test_it_removes_the_files_of_a_woman_who_was_forgotten(desk: Desk) -> None:
    desk.consented()
    desk.sends("MM1", PHOTO, answer=PHOTO.ref)
    desk.step()
    with desk.talk.database.write() as session:
        erase(session, session.scalars(sa.select(Participant)).one(), "deleted", desk.talk.clock())
    desk.talk.clock.now = desk.talk.clock.now.replace(year=2100)
    assert desk.store.sweep() == 1 and list(desk.folder.iterdir()) == []


class Ears:
    def __init__(self, heard: str) -> None:
        self.heard = heard

    def transcribe(self, sound: bytes, mime: str, language: str) -> str:
        assert (sound, mime, language) == (b"ogg", "audio/ogg", "es")
        return self.heard


@pytest.mark.parametrize("heard", ["quiero el curso", ""])
def test_it_takes_what_a_transcriber_heard_for_her_words(desk: Desk, heard: str) -> None:
    desk.store = desk.new_store(transcriber=Ears(heard), receive=desk.talk.receiver.receive)
    desk.consented()
    desk.wait_for_staff()
    desk.sends("MM1", VOICE)
    desk.step()
    desk.talk.turns()
    assert ("quiero el curso" in [text for _, text in desk.talk.engine.said]) == bool(heard)
    with desk.talk.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(InboxRow.state == "waiting")) == 0


# -- from where ----------------------------------------------------------------------------------------------


class Files:
    """A server with a file, a redirect, something too large and something gone."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                files.asked.append((self.path, self.headers.get("Authorization")))
                status, headers, body = files.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        match path.rpartition("/")[2]:
            case "inside":
                return 307, {"Location": "/file"}, b""
            case "outside":
                return 307, {"Location": "http://169.254.169.254/latest"}, b""
            case "round":
                return 307, {"Location": "/round"}, b""
            case "large":
                return 200, {}, b"x" * 200
            case "told":
                return 200, {"Content-Length": "99999"}, b""
            case "gone":
                return 404, {}, b""
            case "broken":
                return 503, {}, b""
            case "getFile":
                return (
                    200,
                    {},
                    b'{"ok": true, "result": {"file_id": "F", "file_unique_id": "U", "file_path": "v/file"}}',
                )
        return 200, {}, b"bytes"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def files() -> Iterator[Files]:
    made = Files()
    yield made
    made.close()


def fetch(make: Callable[[], Any], ref: str, limit: int = 100) -> bytes:
    async def go() -> bytes:
        adapter = make()
        try:
            found: bytes = await adapter.fetch(ref, limit)
            return found
        finally:
            await adapter.aclose()

    return asyncio.run(go())


def whatsapp(files: Files) -> Callable[[], Any]:
    return lambda: WhatsAppAdapter(
        "AC" + "0" * 32, "token", sender="whatsapp:+14155550100", api_url=files.url
    )


@pytest.mark.parametrize("name", ["file", "inside"])
def test_it_fetches_a_file_from_twilio_with_our_account(files: Files, name: str) -> None:
    assert fetch(whatsapp(files), f"https://api.twilio.com/media/{name}") == b"bytes"
    assert all(auth is not None and auth.startswith("Basic ") for _, auth in files.asked)


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("https://api.twilio.com/outside", "host"),
        ("https://api.twilio.com/round", "host"),
        ("https://api.twilio.com/large", "size"),
        ("https://api.twilio.com/told", "size"),
        ("https://api.twilio.com/gone", "gone"),
        ("http://169.254.169.254/latest/meta-data", "host"),
        ("https://api.twilio.com.example.org/x", "host"),
        ("https://eviltwilio.com/x", "host"),
        ("file:///etc/passwd", "host"),
        ("http://api.twilio.com/x", "host"),
        ("", "host"),
        ("https://169.254.169.254\t.twilio.com/x", "host"),
        ("https://169.254.169.254:80\\@.twilio.com/x", "host"),
    ],
)
def test_it_fetches_nothing_from_elsewhere_and_nothing_large(files: Files, ref: str, reason: str) -> None:
    with pytest.raises(FileRefused, match=f"^{reason}$"):
        fetch(whatsapp(files), ref)


def test_it_may_try_again_what_was_not_there_just_now(files: Files) -> None:
    with pytest.raises(FileUnavailable):
        fetch(whatsapp(files), "https://api.twilio.com/broken")


def test_it_fetches_a_file_from_telegram(files: Files) -> None:
    assert fetch(lambda: TelegramAdapter("123:ABC", files.url), "F") == b"bytes"
    assert [path for path, _ in files.asked] == ["/bot123:ABC/getFile", "/file/bot123:ABC/v/file"]
