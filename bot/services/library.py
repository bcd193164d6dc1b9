"""Published questionnaires: every version kept, the newest one asked.

A file is published when its content is new; what is asked comes from the stored, compiled version, so a
questionnaire may be edited while women are in the middle of the older one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import SurveyVersion
from bot.surveys.model import Survey


class UnknownSurvey(KeyError):
    """No version of that questionnaire is published."""


class Library:
    """Compiled questionnaires by name and version, cached in memory.

    ``compile_file`` turns an XLSForm into a :class:`Survey`; it is only called for a file whose content was
    never published (pyxform takes most of a second to import, and belongs here and not in serving).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._versions: dict[tuple[str, int], Survey] = {}
        self._current: dict[str, int] = {}

    def publish(self, name: str, path: Path, now: datetime, catalogues: Path) -> int:
        """The version number of the file's content, published now if it is new."""
        digest = _digest(path, catalogues)
        with self._database.read() as session:
            known = session.scalar(_by_digest(name, digest))
        if known is not None:
            self._current.pop(name, None)  # the newest one is asked, also when it was published elsewhere
            return known
        from bot.services.fit import compile_for_chat

        survey = compile_for_chat(path, catalogues=catalogues)
        with self._database.write() as session:
            known = session.scalar(_by_digest(name, digest))
            if known is None:
                last = session.scalar(
                    sa.select(sa.func.max(SurveyVersion.version)).where(SurveyVersion.survey == name)
                )
                known = (last or 0) + 1
                session.add(
                    SurveyVersion(
                        survey=name, version=known, digest=digest, compiled=survey.to_json(), published_at=now
                    )
                )
        self._current[name] = known
        return known

    def publish_all(self, files: Mapping[str, Path], now: datetime, catalogues: Path) -> None:
        """Publish what is new among ``files`` (name → path). Raises SurveyError naming file and row."""
        for name, path in files.items():
            self.publish(name, path, now, catalogues)

    def current(self, name: str) -> tuple[int, Survey]:
        """The newest version's number and questionnaire. Raises UnknownSurvey."""
        if name not in self._current:
            with self._database.read() as session:
                version = session.scalar(
                    sa.select(sa.func.max(SurveyVersion.version)).where(SurveyVersion.survey == name)
                )
            if version is None:
                raise UnknownSurvey(name)
            self._current[name] = version
        version = self._current[name]
        return version, self.version(name, version)

    def version(self, name: str, version: int) -> Survey:
        """That version of the questionnaire. Raises UnknownSurvey."""
        key = (name, version)
        if key not in self._versions:
            with self._database.read() as session:
                compiled = session.scalar(
                    sa.select(SurveyVersion.compiled).where(
                        SurveyVersion.survey == name, SurveyVersion.version == version
                    )
                )
            if compiled is None:
                raise UnknownSurvey(f"{name} version {version}")
            self._versions[key] = Survey.from_json(compiled)
        return self._versions[key]


def _by_digest(name: str, digest: str) -> sa.Select[tuple[int]]:
    return sa.select(SurveyVersion.version).where(
        SurveyVersion.survey == name, SurveyVersion.digest == digest
    )


def _digest(path: Path, catalogues: Path) -> str:
    digest = hashlib.sha256(path.read_bytes())
    # lists that the form reads from files beside it, or from the operator's catalogues, are part of it
    for folder in (path.parent, catalogues):
        for file in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
            if file.name.encode() in path.read_bytes() or path.suffix != ".md":
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
