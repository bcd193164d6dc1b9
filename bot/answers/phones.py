"""Phone numbers to E.164, by the numbering rules of Mexico and Chile and phonenumbers for the rest.

Mexico has ten national digits and no prefix since August 2019 (IFT, Plan Técnico Fundamental de Numeración),
but the old 01, 044, 045 and the 1 after +52 are still typed, and WhatsApp still sends +521. phonenumbers
calls those invalid, so they are taken off before it is asked. A Chilean mobile is 9 and eight digits
(SUBTEL).
"""

from __future__ import annotations

import re

from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading, answer, unsure
from bot.answers.reply import Reply

_RUN = re.compile(r"\+?\(?\d[\d\s().\-/]*\d")
_OF_OUR_COUNTRIES = re.compile(r"\+52\d{10}|\+569\d{8}")
_MX_OLD_PREFIX = re.compile(r"^(?:01|044|045)(?=\d{10}$)")


def read_phone(reply: Reply, country: str | None) -> Reading:
    """The one phone number in the reply. A number that could exist but is in no known range is ``unsure``."""
    found = [r for r in (_canonical(c, country) for c in _candidates(reply)) if r is not None]
    sure = {r.value: r for r in found if r.outcome is Outcome.ANSWER}
    if len(sure) == 1:
        return next(iter(sure.values()))
    if sure:
        return NOT_AN_ANSWER
    return found[0] if len(found) == 1 else NOT_AN_ANSWER


def number_of(typed: str, country: str | None) -> str | None:
    """A number that staff typed or a list holds, as E.164, old prefixes taken off; None where it is none.

    It need not be one that exists: it is looked for among those that wrote.

    >>> number_of("044 55 1234 5678", "MX"), number_of("9 6123 4567", "CL"), number_of("hola", "MX")
    ('+525512345678', '+56961234567', None)
    """
    import phonenumbers  # its metadata take a while to load

    digits = re.sub(r"[^\d+]", "", typed)
    found = _canonical(digits, country)
    if found is not None:
        return found.value
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _candidates(reply: Reply) -> list[str]:
    runs: list[str] = []
    for text in dict.fromkeys((reply.plain, reply.digits)):
        for match in _RUN.finditer(text):
            digits = re.sub(r"[^\d+]", "", match.group())
            if len(digits.lstrip("+")) >= 8 and digits not in runs:
                runs.append(digits)
        if runs:
            break  # numbers in words are looked at only where there are none in digits
    return runs


def _canonical(digits: str, country: str | None) -> Reading | None:
    """``digits`` (with or without +) as E.164: an answer, an unsure one, or None."""
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        digits = re.sub(r"^\+521(?=\d{10}$)", "+52", digits)
        return _checked(digits, of_her_country=_OF_OUR_COUNTRIES.fullmatch(digits) is not None)
    if country == "MX" or (country is None and digits.startswith("52") and len(digits) in (12, 13)):
        national = re.sub(r"^52(?:1(?=\d{10}$))?(?=\d{10,11}$)", "", _MX_OLD_PREFIX.sub("", digits))
        national = national[1:] if len(national) == 11 and national.startswith("1") else national
        if len(national) == 10:
            return _checked("+52" + national, of_her_country=True)
    if country == "CL" or (country is None and digits.startswith("569") and len(digits) == 11):
        national = re.sub(r"^56(?=\d{9}$)", "", digits)
        national = re.sub(r"^0(?=9\d{8}$)", "", national)
        if len(national) == 9 and national.startswith("9"):
            return _checked("+56" + national, of_her_country=True)
    if len(digits) in (11, 12, 13) and not digits.startswith("0"):
        foreign = _checked("+" + digits)  # she left out the plus of a foreign number: likely, not certain
        if foreign is not None and foreign.outcome is Outcome.ANSWER:
            return unsure(foreign.value, foreign.value)
    return None


def _checked(e164: str, *, of_her_country: bool = False) -> Reading | None:
    import phonenumbers  # its metadata take a while to load: only for a phone question

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number):
        return answer(value)
    if of_her_country and phonenumbers.is_possible_number(number):
        # the right length in her own country: new ranges open before the tables know them
        return answer(value)
    return unsure(value, value) if phonenumbers.is_possible_number(number) else None
