"""Training data from the files that staff write: questionnaires, labelled texts, messages.

A Rasa training-data importer (``importers:`` in ``config.yml``). On top of the domain and rules in
``dialogues/`` it adds, for every questionnaire in ``dialogues/surveys`` and ``dialogues/asides``, one Rasa
form over the shared ``reply`` slot with its submit rule; for every key of ``dialogues/messages`` a response;
and to the examples of ``nlu/`` the texts of ``pathways.tsv``, ``barriers.tsv`` and ``safety.tsv``.
Questions themselves are no training data: an edited question needs no training.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.surveys.files import survey_names
from bot.understanding import corpus

ROOT = Path(__file__).resolve().parents[2]
DIALOGUES = ROOT / "dialogues"
NLU = ROOT / "nlu"
LANGUAGES = ("es", "en")
REPLY = "reply"


def form_name(survey: str) -> str:
    """The Rasa form of a questionnaire: ``b_profile`` → ``b_profile_form``."""
    return f"{survey}_form"


class SurveyImporter(RasaFileImporter):
    """RasaFileImporter plus what the project's own files say."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        # the development sets must never be trained on, whatever path Rasa's command line was given
        paths = [DIALOGUES / "rules", *(NLU / language for language in LANGUAGES)]
        super().__init__(config_file, str(DIALOGUES / "domain.yml"), [str(p) for p in paths if p.exists()])

    def get_domain(self) -> Domain:
        forms = [form_name(name) for name in survey_names()]
        extra: dict[str, Any] = {
            "version": "3.1",
            "forms": {form: {"required_slots": [REPLY]} for form in forms},
            "actions": [f"validate_{form}" for form in forms],
            "responses": {key: [{"text": key}] for key in message_keys() if key.startswith("utter_")},
            "slots": {
                REPLY: {
                    "type": "any",
                    "influence_conversation": False,
                    "mappings": [
                        {"type": kind, **detail, "conditions": _while_asking(forms)}
                        for kind, detail in (("from_entity", {"entity": REPLY}), ("from_text", {}))
                    ],
                }
            },
        }
        return super().get_domain().merge(Domain.from_dict(extra))

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        rules = [
            {
                "rule": f"{form} is complete",
                "condition": [{"active_loop": form}],
                "steps": [{"action": form}, {"active_loop": None}, {"action": "action_submit"}],
            }
            for form in map(form_name, survey_names())
        ]
        text = yaml.safe_dump({"version": "3.1", "rules": rules}, allow_unicode=True)
        steps = YAMLStoryReader().read_from_string(text)
        return super().get_stories(exclusion_percentage).merge(StoryGraph(steps))

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        data = super().get_nlu_data(language)
        return data.merge(TrainingData(training_examples=labelled_messages()))


def message_keys() -> list[str]:
    """Every key of the message catalogue."""
    keys: list[str] = []
    for path in sorted((DIALOGUES / "messages").glob("*.yml")):
        keys += yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return keys


def labelled_messages() -> list[Message]:
    """The texts of the tab-separated files, under the intent that each file stands for."""
    told = [e for e in corpus.training() if e.kind != "intents" and e.intent]
    return [Message({TEXT: e.text, INTENT: e.intent}) for e in told]


def _while_asking(forms: list[str]) -> list[dict[str, str]]:
    # without requested_slot the message that opened the form would be taken as its first answer
    return [{"active_loop": form, "requested_slot": REPLY} for form in forms]
