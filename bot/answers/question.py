"""What a reader needs to know of the question it reads a reply to; the survey engine fills it in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskedChoice:
    """One choice as it was shown: ``label`` in her language, ``number`` as printed (0 when none was).

    ``aliases`` are other names that the survey or the programme file gives it.
    """

    value: str
    label: str
    number: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was asked.

    ``type`` is the XLSForm type (``select_one``, ``integer``, ``date`` …), ``reads_as`` our own XLSForm
    column (``age``, ``money``, ``phone`` …), ``open_list`` that names outside ``choices`` are welcome too.
    ``wording`` is the question as she read it: whether it asks about the past, a month, an age she must have reached.
    """

    name: str
    type: str
    choices: tuple[AskedChoice, ...] = ()
    reads_as: str = ""
    required: bool = False
    open_list: bool = False
    wording: str = ""
