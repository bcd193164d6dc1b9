"""WhatsApp through Twilio: signed forms in, REST sends out."""

from bot.channels.whatsapp.adapter import STATUS_PATH, WhatsAppAdapter
from bot.channels.whatsapp.form import Form, parse_form
from bot.channels.whatsapp.inbound import parse_inbound
from bot.channels.whatsapp.signature import signed_url, verify
from bot.channels.whatsapp.status import advance, outbox_id_of, parse_status, rank

__all__ = [
    "STATUS_PATH",
    "Form",
    "WhatsAppAdapter",
    "advance",
    "outbox_id_of",
    "parse_form",
    "parse_inbound",
    "parse_status",
    "rank",
    "signed_url",
    "verify",
]
