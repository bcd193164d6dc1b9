"""What the bot says: every key in both languages, short, warm, and with braces that somebody fills."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from support.house import House

from bot.services.texts import LIMIT, TextError, Texts, fill

DIALOGUES = Path(__file__).resolve().parents[2] / "dialogues"
KEYS = sorted(
    (path.name, key, language)
    for path in (DIALOGUES / "messages").glob("*.yml")
    for key, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    for language in texts
)
CALLED = re.compile(r"""(?:say|text|render|words)\(\s*(?:turn,\s*)?f?"([a-z_0-9{}().]+)\"""")
FORMAL = re.compile(r"\b(usted|ustedes|su respuesta|sus datos|escriba|conteste usted)\b", re.IGNORECASE)


@pytest.mark.parametrize(("file", "key", "language"), KEYS)
def test_a_text_is_short_and_says_tu(file: str, key: str, language: str) -> None:
    words = yaml.safe_load((DIALOGUES / "messages" / file).read_text(encoding="utf-8"))[key][language]
    assert len(words) <= LIMIT and words.strip() == words
    assert language != "es" or not FORMAL.search(words)


def test_no_key_is_in_two_files() -> None:
    keys = [key for _, key, language in KEYS if language == "es"]
    assert sorted(set(keys)) == sorted(keys)


def test_the_code_asks_for_no_text_that_is_not_there() -> None:
    texts = Texts.load(DIALOGUES / "messages")
    code = Path(__file__).resolve().parents[2] / "bot" / "services"
    asked = {key for path in code.rglob("*.py") for key in CALLED.findall(path.read_text(encoding="utf-8"))}
    missing = [key for key in asked if "{" not in key and key not in texts]
    assert "welcome_back" in asked and missing == []


def test_it_leaves_braces_that_are_not_ours(house: House) -> None:
    assert fill("{nombre} {otro} {}", {"nombre": "Ana"}) == "Ana {otro} {}"
    with pytest.raises(KeyError):
        house.service.world.texts.render("no_such_key", "es", {})


WRONG = {
    "no English": ("hello: {es: Hola}\n", "messages.yml: hello: no text in en"),
    "blank Spanish": ("hello: {es: ' ', en: Hello}\n", "messages.yml: hello: no text in es"),
    "too long": (f"hello: {{es: {'a' * 301}, en: Hello}}\n", "messages.yml: hello: 301 characters in es"),
    "no texts at all": ("hello: Hola\n", "messages.yml: hello: no texts"),
}


@pytest.mark.parametrize(("written", "told"), WRONG.values(), ids=WRONG)
def test_it_names_file_key_and_mend_of_a_wrong_text(written: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "messages.yml").write_text(written, encoding="utf-8")
    with pytest.raises(TextError, match=re.escape(told) + r".*Mend: "):
        Texts.load(tmp_path)


def test_words_that_she_may_write_are_folded_and_known_in_every_language() -> None:
    texts = Texts({"audio_words": {"es": "Audio, Escúchalo,", "en": "audio,Read it to me"}})
    assert texts.words("audio_words") == {"audio", "escuchalo", "read it to me"}
    assert texts.words("audio_words", "es") == {"audio", "escuchalo"}
    with pytest.raises(KeyError):
        texts.words("no_such_key")
