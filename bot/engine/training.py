"""Training, skipped when nothing it reads has changed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
import warnings
from pathlib import Path

import yaml
from rasa.model_training import train as rasa_train

from bot.engine import tensorflow_free
from bot.engine.agent import quiet_logs
from bot.engine.importer import DIALOGUES, NLU, ROOT

CONFIG = ROOT / "config.yml"
MODELS = ROOT / "models"


class TrainingFailed(Exception):
    """Rasa could not train; the message says why."""


def inputs() -> list[Path]:
    """The files that a model is made from: not the wording of questions or messages."""
    files = [CONFIG, DIALOGUES / "domain.yml"]
    files += sorted((DIALOGUES / "rules").glob("*.yml"))
    for language in ("es", "en"):
        files += sorted((NLU / language).rglob("*.yml")) + sorted((NLU / language).rglob("*.tsv"))
    code = ROOT / "bot"
    files += [code / "engine" / "importer.py", code / "engine" / "policy.py"]
    files += sorted((code / "engine" / "nlu").rglob("*.py")) + sorted((code / "understanding").rglob("*.py"))
    files += sorted(NLU.glob("*.yml"))
    return files


def fingerprint() -> str:
    """Twelve hexadecimal digits over every input, and the names of questionnaires and messages."""
    from bot.engine.importer import message_keys
    from bot.surveys.files import survey_names

    digest = hashlib.sha256(repr((survey_names(), sorted(message_keys()))).encode())
    for path in inputs():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def model_path() -> Path:
    """Where the model of the present data is, trained or not."""
    return MODELS / f"oportunidad-{fingerprint()}.tar.gz"


def train(*, force: bool = False) -> Path:
    """The model of the present data, trained when there is none yet. Raises TrainingFailed."""
    path = model_path()
    if path.exists() and not force:
        return path
    tensorflow_free.refuse_components(yaml.safe_load(CONFIG.read_text(encoding="utf-8")))
    quiet_logs()
    MODELS.mkdir(exist_ok=True)
    # Rasa writes straight into the folder: a killed training must not leave half a model under the name
    with (
        tempfile.TemporaryDirectory(dir=MODELS) as folder,
        warnings.catch_warnings(record=True),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        # what Rasa warns of in the data is `rasa data validate`'s to say, and CI's to fail on
        warnings.simplefilter("ignore")
        result = rasa_train(
            str(DIALOGUES / "domain.yml"),
            str(CONFIG),
            [str(DIALOGUES / "rules"), str(NLU)],
            output=folder,
            fixed_model_name=path.name.removesuffix(".tar.gz"),
            force_training=True,
        )
        if not result.model:
            raise TrainingFailed("Rasa could not train the model; run: oportunidad rasa train --debug")
        Path(result.model).replace(path)
    for old in MODELS.glob("oportunidad-*.tar.gz"):
        if old != path:
            old.unlink()
    return path
