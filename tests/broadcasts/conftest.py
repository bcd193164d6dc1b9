"""A broadcast runs on follow-up's own machinery, so its tests run on follow-up's world."""

from __future__ import annotations

from tests.followup.conftest import forms, service, template

__all__ = ["forms", "service", "template"]
