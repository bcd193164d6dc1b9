"""An outgoing message in Telegram's terms: https://core.telegram.org/bots/api#sendmessage"""

from __future__ import annotations

import re
from typing import Final

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
)

from bot.channels.base import TEXT_LIMITS
from bot.channels.split import utf16_length
from bot.channels.telegram.words import request_titles
from bot.channels.wire import option_id
from bot.core.messages import Channel, Outbound

TEXT_LIMIT: Final = TEXT_LIMITS[Channel.TELEGRAM]
TITLE_LENGTH: Final = 64
# Telegram refuses larger keyboards; the numbers in the text still work
MOST_BUTTONS: Final = 100

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup

# WhatsApp's own mark, which our texts use: *bold*. A lone asterisk, "2*3" and "* item" are none.
_BOLD = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")


def text_and_bold(text: str) -> tuple[str, tuple[MessageEntity, ...]]:
    """``text`` without the asterisks around bold words, and where the bold is (in UTF-16 units).

    Entities rather than a parse mode: nothing that a person typed can then break the message.
    """
    shown: list[str] = []
    bold: list[MessageEntity] = []
    end = units = 0
    for mark in _BOLD.finditer(text):
        before = text[end : mark.start()]
        units += utf16_length(before)
        bold.append(MessageEntity(MessageEntity.BOLD, units, utf16_length(mark[1])))
        units += bold[-1].length
        shown += [before, mark[1]]
        end = mark.end()
    return "".join([*shown, text[end:]]), tuple(bold)


def keyboard(message: Outbound, outbox_id: int) -> Markup | None:
    """One button a row. Options come before requests: Telegram takes one kind of keyboard a message.

    ``callback_data`` is a short id of ours, far below Telegram's 64 bytes; what it means is looked up.
    """
    rows = [
        [InlineKeyboardButton(_title(option.title), callback_data=option_id(outbox_id, index))]
        for index, option in enumerate(message.options)
        if option.title.strip()
    ]
    if rows:
        return InlineKeyboardMarkup(rows) if len(rows) <= MOST_BUTTONS else None
    asks = []
    titles = request_titles()
    if message.ask_contact:
        asks.append([KeyboardButton(titles["contact"], request_contact=True)])
    if message.ask_location:
        asks.append([KeyboardButton(titles["location"], request_location=True)])
    return ReplyKeyboardMarkup(asks, resize_keyboard=True, one_time_keyboard=True) if asks else None


def _title(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"
