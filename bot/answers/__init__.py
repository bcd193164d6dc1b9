"""Answers as people write them: a reply and the question it replies to become a value, or an outcome.

>>> from bot.answers import Asked, read
"""

from bot.answers.phrases import is_question_like
from bot.answers.question import Asked, AskedChoice
from bot.answers.read import read
from bot.answers.reading import Outcome, Reading

__all__ = ["Asked", "AskedChoice", "Outcome", "Reading", "is_question_like", "read"]
