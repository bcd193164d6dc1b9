"""The shipped definitions, and the results of the women that a test names."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from indicator_results import AS_OF, Found, Of

from bot.indicators import Definitions, Woman, compute, definitions


@pytest.fixture(scope="session")
def shipped() -> Definitions:
    return definitions()


@pytest.fixture(scope="session")
def unsuppressed(shipped: Definitions) -> Definitions:
    """The definitions for tests of a handful of women: nothing is too small."""
    rule = shipped.settings.suppression["staff"].model_copy(update={"under": 0, "percent_base": 0})
    settings = shipped.settings.model_copy(update={"suppression": {"staff": rule, "public": rule}})
    return Definitions(settings, shipped.indicators)


@pytest.fixture(scope="session")
def results_of(unsuppressed: Definitions) -> Of:
    def of(women: Iterable[Woman], country: str | None = "MX") -> Found:
        return Found(compute(women, unsuppressed, AS_OF, country=country))

    return of
