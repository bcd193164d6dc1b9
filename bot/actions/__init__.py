"""Rasa actions: the only package that imports ``rasa_sdk``.

Each action is a name in the domain and a function of the turn in ``bot.services``; what the function wants
(messages, a questionnaire to open, the present one to leave) is put into Rasa's events here.
"""

from rasa_sdk.executor import ActionExecutor as Executor
from rasa_sdk.interfaces import ActionExecutionRejection as ActionRejected

from bot.actions.executor import build_executor

__all__ = ["ActionRejected", "Executor", "build_executor"]
