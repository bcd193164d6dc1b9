"""RulePolicy with the same predictions at bounded cost.

Two thirds of a prediction are spent on what cannot matter here: building featurised states while a form
runs (the loop is predicted from the tracker alone), and a second pass over message text although no rule
uses text. ``tests/engine/test_parity.py`` compares every prediction with Rasa's own.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class LeanRulePolicy(RulePolicy):
    """Named in ``config.yml`` in place of RulePolicy; takes the same options."""

    _training = False

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        self._training = True  # rules are checked against each other by Rasa's own path
        try:
            return super().train(training_trackers, domain, **kwargs)
        finally:
            self._training = False

    def _predict(self, tracker: DialogueStateTracker, domain: Domain) -> Any:
        if not self._training:
            name, _ = self._find_action_from_default_actions(tracker)
            if not name:
                loop, source = self._find_action_from_loop_happy_path(tracker)
                if loop:
                    result = self._prediction_result(loop, tracker, domain)
                    return self._rule_prediction(result, source, is_no_user_prediction=True), source
        return super()._predict(tracker, domain)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Any:
        if not self._training and use_text_for_last_user_input:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)
