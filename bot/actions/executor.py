"""The registered actions: a table of intents' actions, and one validation action a questionnaire."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, FollowupAction, SessionStarted, SlotSet
from rasa_sdk.events import ActionExecutionRejected as RejectedEvent
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from bot.core.messages import Outbound
from bot.core.payloads import buttons
from bot.services import asides, requests
from bot.services.questionnaire import hold
from bot.services.turn import Effects, Turn, Verdict, current

ACTIONS: dict[str, Callable[[Turn], Effects]] = {
    "action_submit": asides.submit,
    "action_continue": requests.resume,
    "action_open_handover": requests.hand_over,
    "action_open_mentor": requests.ask_mentor,
    "action_stop": requests.stop,
    "action_pause": requests.pause,
    "action_quick_exit": requests.quick_exit,
    "action_repeat": requests.repeat,
    "action_correct": requests.change_answer,
    "action_skip": requests.skip,
    "action_change_language": requests.change_language,
    "action_answer_question": requests.answer_question,
    "action_answer_why": requests.answer_why,
    "action_access_data": requests.access_data,
    "action_delete_data": requests.delete_data,
    "action_restart": requests.restart,
    "action_note_barrier": requests.note_barrier,
    "action_choose_pathway": requests.choose_pathway,
    "action_share_result": requests.share_result,
    "action_offer_support": requests.offer_support,
    "action_show_support": requests.show_support,
    "action_receive_media": requests.receive_media,
    "action_clarify": requests.clarify,
    "action_menu": requests.menu,
}

Events = list[dict[str, Any]]


class TurnAction(Action):
    """An action whose name and function are given."""

    def __init__(self, name: str, act: Callable[[Turn], Effects]) -> None:
        self._name = name
        self._act = act

    def name(self) -> str:
        return self._name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn = current()
        effects = self._act(turn)
        if turn.judged.verdict is Verdict.INTERRUPTION:
            turn.judgement_used = True  # answered here: the form that comes back must not take it for a reply
        speak(dispatcher, effects.messages)
        if effects.open is not None:
            return [FollowupAction(f"{effects.open}_form")]
        if effects.close:
            return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("question", None)]
        return []


class Validate(Action):
    """Rasa's validation of one questionnaire's form: takes the reply, keeps it, asks what is next."""

    def __init__(self, survey: str) -> None:
        self._survey = survey

    def name(self) -> str:
        return f"validate_{self._survey}_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        held = hold(current(), self._survey)
        speak(dispatcher, held.messages)
        events: Events = [SlotSet("reply", None)]
        if held.rejected or held.confirm:
            return [*events, RejectedEvent(f"{self._survey}_form")]
        asked = "reply" if held.question is not None else None
        return [*events, SlotSet("question", held.question), SlotSet("requested_slot", asked)]


class SessionStart(Action):
    """A new session carries nothing over by itself: the tracker store and SQL know where she is."""

    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [SessionStarted(), ActionExecuted("action_listen")]


def speak(dispatcher: CollectingDispatcher, messages: Iterable[Outbound]) -> None:
    """Hand our messages to Rasa in its own shape."""
    for message in messages:
        extra = {"ask_contact": message.ask_contact, "ask_location": message.ask_location}
        dispatcher.utter_message(
            text=message.text,
            buttons=buttons(message.options) or None,
            json_message=extra if any(extra.values()) else None,
        )


def build_executor(surveys: Iterable[str]) -> ActionExecutor:
    """An executor with every action of the domain and a validation action for each questionnaire."""
    executor = ActionExecutor()
    for name, act in ACTIONS.items():
        executor.register_action(TurnAction(name, act))
    for survey in surveys:
        executor.register_action(Validate(survey))
    executor.register_action(SessionStart())
    return executor
