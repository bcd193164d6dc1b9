"""A broadcast before it is approved: whom it would reach at what cost, and what must be mended in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.messages import Channel
from bot.services import broadcast_plan, broadcast_words
from bot.services.broadcast_audience import Audience, estimate, prices
from bot.services.broadcast_plan import CannotSend
from bot.services.followup_steps import forecast
from bot.store.broadcast_tables import SURVEY, Broadcast
from bot.store.tables import AddressRow
from tests.broadcasts.notices import TODAY, approved, counted, draft, woman
from tests.followup.service import Service


class TestEstimate:
    def test_it_says_who_is_left_out_and_why(self, service: Service) -> None:
        woman(service)
        woman(service, notices="refused")
        blocked = woman(service)
        service.change(AddressRow, blocked, blocked_at=service.clock())
        woman(service, discreet=True)
        found = counted(service, country="MX")
        assert (found.audience, found.no_consent, found.unreachable, found.reach) == (4, 1, 1, 2)
        assert (found.discreet, found.by_channel, found.cost) == (1, {"simulator": 2}, 0.0)

    def test_it_prices_whatsapp_by_country_and_leaves_telegram_free(self, service: Service) -> None:
        for country, region in (("MX", "Puebla"), ("CL", "Biobío")):
            woman(service, country=country, region=region, channel=Channel.WHATSAPP)
        woman(service, channel=Channel.TELEGRAM)
        service.clock.pass_(hours=1)  # more than 24 since they wrote
        found = counted(service)
        mexico, chile = prices().of("MX", "utility"), prices().of("CL", "utility")
        assert mexico and chile
        assert (found.cost, found.by_template) == (round(mexico + chile, 2), 2)

    def test_without_a_price_it_names_none(self, service: Service) -> None:
        woman(service, country="PE", region=None, channel=Channel.WHATSAPP)
        assert counted(service).cost is None

    def test_days_follow_from_the_tier(self, service: Service) -> None:
        for _ in range(5):
            woman(service)
        with service.database.read() as session:
            assert estimate(session, Audience(), 2, service.clock()).days == 3

    def test_it_counts_exactly_whom_approval_plans(self, service: Service) -> None:
        blocked = woman(service)
        service.change(AddressRow, blocked, blocked_at=service.clock())
        for _ in range(4):
            woman(service)
        reach = counted(service, country="MX").reach
        approved(service)
        assert sum(n.survey == SURVEY for n in service.nudges()) == reach == 4

    def test_the_forecast_of_waves_knows_it(self, service: Service) -> None:
        woman(service)
        number = approved(service)
        found = forecast(service.world, service.clock(), service.clock() + timedelta(days=7), per_day=None)
        assert [(f.wave, f.people) for f in found] == [(f"b{number}", 1)]


class TestDraft:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"kind": "party"}, "kind"),
            ({"title": " "}, "title"),
            ({"text_es": ""}, "empty_es"),
            ({"text_en": "x" * 241}, "long_en"),
            ({"text_es": "Hola {nombre}, trae tu {curp}"}, "braces_es"),
            ({"text_es": "Hola {nombre"}, "braces_es"),
            ({"text_es": "Taller sobre violencia en casa"}, "private_es"),
            ({"text_en": "A shelter near you"}, "private_en"),
            ({"starts_on": TODAY - timedelta(days=1)}, "days"),
            ({"ends_on": TODAY}, "days"),
            ({"ends_on": TODAY + timedelta(days=90)}, "span"),
            ({"per_day": 0}, "per_day"),
            ({"audience": Audience(statuses=())}, "statuses"),
        ],
    )
    def test_it_says_what_to_mend(self, change: dict[str, Any], code: str) -> None:
        from bot.bootstrap import DIALOGUES
        from bot.services.content_templates import Templates

        private = Templates.load(DIALOGUES / "templates").private_words
        broadcast_plan.check(draft(), TODAY, private)
        with pytest.raises(CannotSend) as wrong:
            broadcast_plan.check(replace(draft(), **change), TODAY, private)
        assert wrong.value.codes == (code,)

    def test_a_change_takes_the_request_for_approval_back(self, service: Service) -> None:
        with service.database.write() as session:
            row = broadcast_plan.write(session, None, draft(), "ana", service.clock())
            broadcast_plan.ask(row, "ana", service.clock())
            broadcast_plan.write(session, row, draft(title="Otra"), "ana", service.clock())
            assert (row.state, row.asked_by) == ("draft", None)
            with pytest.raises(CannotSend):
                broadcast_plan.approve(session, service.world, row, "eva", service.clock())

    def test_an_approved_one_is_changed_no_more(self, service: Service) -> None:
        number = approved(service)
        with service.database.write() as session, pytest.raises(CannotSend, match="state"):
            broadcast_plan.write(session, session.get_one(Broadcast, number), draft(), "a", service.clock())

    def test_the_longest_notice_fits_with_its_footer_and_a_name(self, service: Service) -> None:
        texts = service.world.texts
        for language in ("es", "en"):
            footer = texts.render("broadcast_footer", language, {})
            body = "{nombre}" + "x" * (broadcast_words.LONGEST - 8)
            assert len(broadcast_words.notice(body, {"nombre": "Rosa Elena"}, footer)) <= 300
