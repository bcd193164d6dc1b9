"""Rasa's own command line in this project: the TensorFlow stand-in first, then ``rasa``'s ``main``.

``data validate --fail-on-warnings`` of Rasa exits 0 on some warnings and warns falsely about intents and
responses that only forms and actions use, so here its warnings are collected, the false ones are filtered
by name, and any that is left fails the command.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import bot.engine  # noqa: F401 - installs the stand-in before rasa is imported
from bot.engine.importer import DIALOGUES, NLU, ROOT

_DOMAIN, _CONFIG = DIALOGUES / "domain.yml", ROOT / "config.yml"
_TAKES_DATA = frozenset({"train", "data", "test"})
# said of what only forms, actions or taps use; Rasa's validator looks for it in stories alone
_FALSE = re.compile(
    r"The utterance '\w+' is not used in any story or rule"
    r"|The intent '(answer|send_media|show_support|show_menu)' is listed in the domain file, but is not found"
    r"|Issue found in 'nlu|declarative_base|SADeprecationWarning|pkg_resources|model_id.*protected namespace"
)


def run(arguments: Sequence[str]) -> int:
    """Run ``rasa ARGUMENTS`` with the project's files as defaults; returns the exit code."""
    words = list(arguments)
    if words[:2] == ["data", "validate"]:
        return _validate(words)
    return _rasa(_with_defaults(words))


def _with_defaults(words: list[str]) -> list[str]:
    command = words[0] if words else ""
    extra: list[str] = []
    if command in _TAKES_DATA and not {"-d", "--domain"} & set(words):
        extra += ["--domain", str(_DOMAIN)]
    if command in ("train", "test", "data") and not {"-c", "--config"} & set(words):
        extra += ["--config", str(_CONFIG)]
    if command in ("train", "data") and "--data" not in words:
        extra += ["--data", str(DIALOGUES / "rules"), *(str(NLU / language) for language in ("es", "en"))]
    return words + extra


def _validate(words: list[str]) -> int:
    wanted = "--fail-on-warnings" in words
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        code = _rasa(_with_defaults([w for w in words if w != "--fail-on-warnings"]))
    left = sorted({str(w.message).split("\n")[0] for w in caught if not _false(w)})
    for line in left:
        print(f"warning: {line}", file=sys.stderr)
    return code or int(wanted and bool(left))


def _false(warning: warnings.WarningMessage) -> bool:
    text = f"{warning.category.__name__} {warning.message}"
    ours = "rasa" in Path(warning.filename).parts or "rasa" in str(warning.category.__module__)
    # a library that warns of its own age says nothing about our data
    return (
        bool(_FALSE.search(text))
        or issubclass(warning.category, DeprecationWarning | FutureWarning)
        or not ours
    )


def _rasa(words: Sequence[str]) -> int:
    from rasa.__main__ import main

    before = sys.argv
    sys.argv = ["rasa", *words]
    try:
        main()
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    finally:
        sys.argv = before
    return 0
