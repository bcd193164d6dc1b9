"""A text in each language, Spanish and English at least."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, RootModel, StringConstraints, model_validator

from bot.programme.document import wrong

REQUIRED_LANGUAGES = ("es", "en")
MAX_MESSAGE = 300
"""Characters of one message she can read at a glance on a small phone."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Text(RootModel[dict[str, Words]]):
    """A text by language code. A plain text in the file stands for every language (a proper name)."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _same_everywhere(cls, value: object) -> object:
        return dict.fromkeys(REQUIRED_LANGUAGES, value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _complete(self) -> Text:
        for language in REQUIRED_LANGUAGES:
            if language not in self.root:
                raise wrong(f"has no text in '{language}'", f"add '{language}:' there")
        for language, words in self.root.items():
            if len(words) > MAX_MESSAGE:
                raise wrong(f"has {len(words)} characters in '{language}'", f"keep it to {MAX_MESSAGE}")
        return self

    def in_language(self, language: str) -> str:
        """The text in ``language``, in Spanish where there is none."""
        return self.root.get(language) or self.root["es"]

    def noting(self, other: Text) -> Text:
        """This text with another in parentheses after it, language by language."""
        return Text(
            {language: f"{words} ({other.in_language(language)})" for language, words in self.root.items()}
        )
