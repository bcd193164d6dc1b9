"""What a text means: its intent, the barriers and the pathway it names, its language, and whether she
discloses violence or self-harm.

:class:`Understanding` is the facade. It is trained as part of Rasa's model (``bot/engine/nlu``) and loaded
from that archive, by Rasa for its pipeline and by the service for what must be known before and apart from it.
Within one process both share one object, and one message is encoded once for all of them.
"""

from __future__ import annotations

import tarfile
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.understanding import language, safety
from bot.understanding.clauses import pieces
from bot.understanding.encoder import Encoder, encoder
from bot.understanding.language import ForeignWords
from bot.understanding.linear import probabilities
from bot.understanding.model import MANIFEST, NONE, Model, Readings, fingerprint_of
from bot.understanding.normalise import normalise
from bot.understanding.opinion import Opinion, opinion
from bot.understanding.patterns import Patterns
from bot.understanding.replies import Calibration, Meaning
from bot.understanding.safety import Disclosure
from bot.understanding.thresholds import Thresholds

__all__ = ["Disclosure", "Ranked", "Understanding", "UnderstandingMissing"]

VIOLENCE = "violence"
MODELS = Path(__file__).resolve().parents[2] / "models"
_KEPT = 64


class UnderstandingMissing(Exception):
    """No trained model where one was looked for; the message says what to do."""


@dataclass(frozen=True)
class Ranked:
    """An intent and the calibrated probability that it is the right one."""

    intent: str
    confidence: float


class Understanding:
    """Reads texts as typed. Every method takes any text, empty and hostile ones included, and never raises for
    one. Safe to share between threads.
    """

    def __init__(
        self,
        model: Model,
        *,
        thresholds: Thresholds | None = None,
        patterns: Patterns | None = None,
        sentence_encoder: Encoder | None = None,
        second_opinion: Opinion | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.model = model
        self.thresholds = thresholds or Thresholds.load()
        self._patterns = patterns or Patterns.load()
        self._foreign = ForeignWords.load()
        self._calibration = calibration or Calibration.load()
        self._encoder = sentence_encoder or encoder()
        self._opinion = second_opinion or opinion()
        self._memory: OrderedDict[str, Readings] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: Path | None = None) -> Understanding:
        """The understanding inside ``path``: a trained Rasa model, or the folder that :meth:`Model.save` filled.

        Without ``path``, the newest model of ``models/``. Raises UnderstandingMissing.
        """
        if path is None:
            archives = sorted(MODELS.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
            if not archives:
                raise UnderstandingMissing("models: no trained model. Run: oportunidad train")
            path = archives[-1]
        try:
            if path.is_dir():
                return _shared(path)
            with tempfile.TemporaryDirectory() as folder:
                return _shared(_extracted(path, Path(folder)))
        except (OSError, ValueError, KeyError, tarfile.TarError) as error:
            raise UnderstandingMissing(
                f"{path.name}: cannot be read ({error}). Run: oportunidad train"
            ) from error

    def intents(self, text: str) -> list[Ranked]:
        """Every intent, the likeliest first; empty for a text without content."""
        read = self._read(text)
        if read is None:
            return []
        shares = probabilities(read.intents, self.thresholds.temperature)[0]
        order = sorted(range(len(shares)), key=lambda i: -shares[i])
        return [Ranked(self.model.intents.labels[i], float(shares[i])) for i in order]

    def barriers(self, text: str) -> dict[str, float]:
        """The barriers told in ``text``, each with how far it is over its threshold, the clearest first.

        ``violence`` is among them only if the safety detector agrees: it saw more, and its threshold is the one
        that was chosen with care.
        """
        read = self._read(text)
        if read is None:
            return {}
        over = {
            name: float(score) - self.thresholds.barriers[name]
            for name, score in zip(self.model.barriers.labels, read.barriers[0], strict=True)
        }
        told = {name: margin for name, margin in sorted(over.items(), key=lambda i: -i[1]) if margin >= 0}
        if VIOLENCE in told and self.disclosure(text) is None:
            del told[VIOLENCE]
        return told

    def pathway(self, text: str) -> str | None:
        """``entrepreneurship``, ``employment``, ``education``, or None when none is named clearly."""
        read = self._read(text)
        if read is None:
            return None
        best = int(read.pathways[0].argmax())
        label = self.model.pathways.labels[best]
        return None if label == NONE or read.pathways[0, best] < self.thresholds.pathway else label

    def disclosure(self, text: str) -> Disclosure | None:
        """What ``text`` discloses of violence or self-harm, or None. To be asked before anything else."""
        read = self._read(text)
        if read is None:
            return None
        return safety.judge(
            text, read, self.model.category.labels, self._patterns, self.thresholds, self._opinion
        )

    def reply(self, text: str, question: str) -> Meaning | None:
        """What ``text`` means in reply to ``question`` (``form.question``) by the examples of ``replies.tsv``: without
        values where there are none for it, None for a text without content. To be asked once the rules have read
        no label and no number.
        """
        normal = normalise(text)
        if not normal:
            return None
        replies, vector = self.model.replies, self._encoder.encode([normal])[0]
        if question not in replies.questions:
            return self._calibration.unasked(replies.aside(normal, vector))
        return self._calibration.meaning(replies.read(normal, vector, question))

    def language(self, text: str) -> str | None:
        """``es``, ``en``, ``other``, or None when ``text`` is too short or too mixed to say."""
        read = self._read(text)
        if read is None:
            return None
        return language.judge(
            text, read.languages[0], self.model.languages.labels, self.thresholds.language, self._foreign
        )

    def warm(self) -> None:
        """Loads what is loaded at the first message, so that nobody waits for it."""
        self.disclosure("hola")
        self._opinion("hola")

    def _read(self, text: str) -> Readings | None:
        normal = normalise(text)
        if not normal:
            return None
        with self._lock:
            if normal in self._memory:
                self._memory.move_to_end(normal)
                return self._memory[normal]
        parts = pieces(normal)
        read = self.model.read(parts, self._encoder.encode(parts), whole=1)
        with self._lock:
            self._memory[normal] = read
            while len(self._memory) > _KEPT:
                self._memory.popitem(last=False)
        return read


_loaded: dict[str, Understanding] = {}
_loading = threading.Lock()


def _shared(folder: Path) -> Understanding:
    # Rasa's component and the service load the same model: one copy of weights and memory serves both
    with _loading:
        name = fingerprint_of(folder)
        if name not in _loaded:
            _loaded.clear()
            _loaded[name] = Understanding(Model.load(folder))
        return _loaded[name]


def _extracted(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as content:
        members = content.getmembers()
        manifest = next((m for m in members if PurePosixPath(m.name).name == MANIFEST), None)
        if manifest is None:
            raise ValueError("trained without the project's pipeline")
        inside = PurePosixPath(manifest.name).parent
        wanted = [m for m in members if m.isfile() and PurePosixPath(m.name).parent == inside]
        for member in wanted:
            source = content.extractfile(member)
            if source is not None:
                (folder / PurePosixPath(member.name).name).write_bytes(source.read())
    return folder
