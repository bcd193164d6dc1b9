"""Expressions: XForms meaning, checked against values worked out by hand."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.surveys.model import Choice
from bot.surveys.xpath import UnsupportedExpression, compile_expression
from bot.surveys.xpath_values import Value, to_boolean, to_number, to_string

TOWNS = (
    Choice("t1", {"es": "Tlaxco"}, {"state": "29", "people": "40"}),
    Choice("t2", {"es": "Apizaco"}, {"state": "29", "people": "80"}),
    Choice("t3", {"es": "Atlixco"}, {"state": "21", "people": "130"}),
)


class Scope:
    """A run of one made-up form."""

    def __init__(self, here: Value = "", item: Choice | None = None, **values: Value) -> None:
        self.here = here
        self.item: Any = item
        self.today = date(2027, 3, 9)
        self.now = datetime(2027, 3, 9, 18, 0, tzinfo=UTC)
        self.values = values

    def typed(self, name: str) -> Value:
        return self.values.get(name, "")

    def rows(self, list_name: str) -> tuple[Choice, ...]:
        return TOWNS if list_name == "towns" else ()

    def choice_name(self, value: str, question: str) -> str:
        return f"{question}/{value}"


ANSWERS: dict[str, Value] = {
    "few": 2.0,
    "many": 11.0,
    "picked": "bus walk",
    "name": "Rosa",
    "born": "1990-05-20",
    "code": "07",
    "band": "25_29",
    "div": "odd name",
}


def value_of(source: str, here: Value = "") -> Value:
    return compile_expression(source).evaluate(Scope(here, **ANSWERS))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # comparisons: numbers if one side is a number or the operator orders, else texts
        ("${nothing} >= 3", False),
        ("${nothing} < 3", False),
        ("${nothing} = ''", True),
        ("'2' = '2'", True),
        ("'2' = '2.0'", False),
        ("2 = '2.0'", True),
        ("${few} = '2'", True),
        ("${code} = 7", True),
        ("${code} = '7'", False),
        ("'10' > '9'", True),
        ("'pn' >= '3'", False),
        ("${name} != 'Rosa'", False),
        ("${band} = 2529", False),
        ("true() = 'no'", True),
        ("false() = ''", True),
        ("${born} < '2000-01-01'", True),
        ("${born} <= today()", True),
        ("today() = '2027-03-09'", True),
        # logic
        ("${few} = 2 and ${many} = 11", True),
        ("${few} = 3 or ${many} = 11", True),
        ("not(${few} = 2)", False),
        ("not('')", True),
        ("boolean('false')", True),
        ("boolean-from-string('1')", True),
        ("boolean-from-string('yes')", False),
        ("${few} = 2 or ${nothing} = 1 and false()", True),
        # numbers
        ("${few} + ${many} * 2", 24.0),
        ("${many} - ${few}-1", 8.0),
        ("${many} div ${few}", 5.5),
        ("${many} mod 4", 3.0),
        ("-7 mod 4", -3.0),
        ("-${few}", -2.0),
        ("1 div 0", math.inf),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("round(3.14159, 3)", 3.142),
        ("int(-3.9)", -3.0),
        ("floor(-3.1)", -4.0),
        ("ceiling(3.1)", 4.0),
        ("pow(2, 10)", 1024.0),
        ("abs(-4)", 4.0),
        ("sqrt(81)", 9.0),
        ("max(${few}, ${many}, 5)", 11.0),
        ("min(4, 9)", 4.0),
        ("number('12')", 12.0),
        ("string-length('ñandú')", 5.0),
        # answers
        ("selected(${picked}, 'bus')", True),
        ("selected(${picked}, 'us')", False),
        ("selected(${nothing}, '')", False),
        ("count-selected(${picked})", 2.0),
        ("count-selected(${nothing})", 0.0),
        ("selected-at(${picked}, 1)", "walk"),
        ("selected-at(${picked}, 5)", ""),
        ("coalesce(${nothing}, ${name})", "Rosa"),
        ("coalesce(${name}, 'nobody')", "Rosa"),
        ("count-non-empty(${nothing}, ${name}, ${few})", 2.0),
        ("if(${few} > 1, 'several', 'one')", "several"),
        ("if('', 1, if(${many} > 5, 2, 3))", 2.0),
        ("jr:choice-name(${picked}, '${picked}')", "picked/bus walk"),
        ("jr:choice-name('x', '/data/group/where')", "where/x"),
        # texts
        ("concat(${name}, ' ', 3, '-', 2.5)", "Rosa 3-2.5"),
        ("join(', ', 'a', 'b')", "a, b"),
        ("contains(${name}, 'os')", True),
        ("starts-with(${name}, 'R')", True),
        ("ends-with(${name}, 'sa')", True),
        ("substring('abcde', 2, 3)", "bcd"),
        ("substring('abcde', 0, 3)", "ab"),
        ("substring('abcde', 4)", "de"),
        ("substr('abcde', 1, 3)", "bc"),
        ("substr('abcde', -2)", "de"),
        ("substring-before('a-b-c', '-')", "a"),
        ("substring-before('abc', '-')", ""),
        ("substring-after('a-b-c', '-')", "b-c"),
        ("normalize-space('  a   b ')", "a b"),
        ("translate('cama', 'ac', 'e')", "eme"),
        ("regex('55 1234', '[0-9 ]+')", True),
        ("regex('call 55', '[0-9 ]+')", False),
        ("string(true())", "true"),
        ("string(12.0)", "12"),
        # dates
        ("format-date(${born}, '%d/%m/%Y')", "20/05/1990"),
        ("format-date(${born}, '%e.%n.%y')", "20.5.90"),
        ("format-date('', '%Y')", ""),
        ("format-date-time(now(), '%H:%M')", "18:00"),
        ("int((today() - ${born}) div 365.25)", 36.0),
        ("date(today() + 1)", date(2027, 3, 10)),
        ("date('2027-02-30')", ""),
        ("decimal-date-time('1970-01-03')", 2.0),
        ("decimal-time('06:00')", 0.25),
        ("now() > today()", True),
        # paths, and lists
        ("../few = 2", True),
        ("/data/group/few + 1", 3.0),
        ("current()/../name", "Rosa"),
        ("${div} = 'odd name'", True),
        ("instance('towns')/root/item[name='t2']/label", ("Apizaco",)),
        ("instance('towns')/root/item[state='29' and people > 50]/name", ("t2",)),
        ("count(instance('towns')/root/item[state='29'])", 2.0),
        ("sum(instance('towns')/root/item/people)", 250.0),
        ("instance('towns')/root/item[3]/name", ("t3",)),
        ("instance('towns')/root/item[name=${name}]/label = 'Rosa'", False),
    ],
)
def test_it_gives_an_expression_its_xforms_meaning(source: str, expected: Value) -> None:
    value = value_of(source)
    assert value == expected
    assert isinstance(value, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    "source",
    ["${nothing} + 1", "number('x')", "number('')", "number('1_2')", "number('inf')", "int('')", "0 div 0",
     "5 mod 0", "max(1, '')", "decimal-time('25:00')", "sqrt(-1)", "round('x')"],
)  # fmt: skip
def test_it_says_not_a_number_instead_of_raising(source: str) -> None:
    value = value_of(source)
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("source", "here", "expected"),
    [
        (". > 0 and . <= 18", 12.0, True),
        (". > 0 and . <= 18", 40.0, False),
        ("string-length(.) <= 4", "Rosa", True),
        ("string-length() <= 3", "Rosa", False),
        ("not(selected(., 'none') and count-selected(.) > 1)", "none bus", False),
        ("once(${name})", "", "Rosa"),
        ("once(${name})", "Ana", "Ana"),
        ("regex(., '[0-9]{5}')", "09210", True),
    ],
)
def test_it_judges_the_value_at_hand(source: str, here: Value, expected: Value) -> None:
    assert value_of(source, here) == expected


def test_it_reads_a_bare_name_as_a_column_only_while_filtering() -> None:
    filtering = compile_expression("state = ${few} or name = 't1'", filtering=True)
    assert [to_boolean(filtering.evaluate(Scope(item=town, few="21"))) for town in TOWNS] == [
        True,
        False,
        True,
    ]
    assert compile_expression("name = 'Rosa'").evaluate(Scope(**ANSWERS)) is True


def test_it_offers_an_index_for_the_simple_filter_alone() -> None:
    assert compile_expression("state = ${few}", filtering=True).lookup is not None
    assert compile_expression("state != ${few}", filtering=True).lookup is None
    assert compile_expression("state = people", filtering=True).lookup is None


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("pulldata('a', 'b', 'c', 'd')", "pulldata()"),
        ("indexed-repeat(${few}, ${many}, 1)", "indexed-repeat()"),
        ("random()", "random()"),
        ("position(..)", "position"),
        ("${last-saved#few} = 1", "last-saved#few"),
        ("regex(., '[0-9')", "[0-9"),
        ("1 +", "1 +"),
        ("${few} == 2", "${few} == 2"),
        ("//few", "//few"),
        ("@few", "@few"),
        ("few | many", "few | many"),
        ("instance('towns')", "instance"),
        ("selected(${picked})", "selected"),
        ("if(1, 2)", "if"),
        ("..", ".."),
        ("", "empty"),
    ],
)
def test_it_refuses_what_a_chat_cannot_evaluate_and_names_it(source: str, named: str) -> None:
    with pytest.raises(UnsupportedExpression) as refused:
        compile_expression(source)
    assert named in str(refused.value)


def test_it_knows_what_an_expression_looks_at() -> None:
    expression = compile_expression(
        "selected(${a}, 'x') and ../b != /data/c and count(instance('l')/root/item) > 0"
    )
    assert expression.references == {"a", "b", "c"}
    assert expression.lists == {"l"}


plain = st.text(
    st.characters(codec="utf-8", exclude_characters="'${}", exclude_categories=("Cc", "Cs")), max_size=30
)
numbers = st.integers(-(10**9), 10**9)


@given(plain, plain)
def test_it_compares_any_two_texts_as_texts(left: str, right: str) -> None:
    scope = Scope(left=left, right=right)
    assert compile_expression("${left} = ${right}").evaluate(scope) is (left == right)
    assert compile_expression("${left} != ${right}").evaluate(scope) is (left != right)


@given(numbers, numbers)
def test_it_orders_numbers_however_they_were_written(left: int, right: int) -> None:
    scope = Scope(left=str(left), right=float(right))
    assert compile_expression("${left} < ${right}").evaluate(scope) is (left < right)
    assert compile_expression("${left} + ${right}").evaluate(scope) == left + right


@given(st.one_of(plain, numbers.map(float), st.booleans(), st.dates(), st.tuples(plain)))
def test_it_converts_any_value_without_raising(value: Value) -> None:
    assert isinstance(to_string(value), str)
    assert isinstance(to_number(value), float)
    assert isinstance(to_boolean(value), bool)


@given(numbers)
def test_it_brings_a_whole_number_back_from_its_text(number: int) -> None:
    assert to_number(to_string(float(number))) == number
    assert "." not in to_string(float(number))
