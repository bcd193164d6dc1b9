"""The programme's results as a table: one row a statistic of an indicator, country, group and wave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.exports.columns import Cell, columns_of
from bot.exports.context import Context
from bot.exports.forms import LANGUAGE
from bot.exports.tables.table import Table

if TYPE_CHECKING:
    from bot.indicators.definition import Audience


def indicators(context: Context) -> Table:
    """Counted as of the request's last day; small cells are hidden, in public files more of them (PRV-10).

    With ``centre`` only the lines of that centre's group: they were judged beside the other centres, so they
    give no more away than the whole table does. ``since`` has no meaning here.
    """
    # its statistics take longer to import than the other tables take to write
    from bot.indicators.table import indicator_rows

    request = context.request
    audience: Audience = "staff" if context.identified else "public"
    found = indicator_rows(
        context.connection,
        context.programmes,
        context.as_of,
        request.country,
        audience=audience,
        language=LANGUAGE,
    )
    columns = columns_of("indicators", identified=context.identified)
    group = None if request.centre is None else f"centre:{request.centre}"
    # a few thousand lines at most, however many women there are
    lines = [line for line in found if group is None or line["group"] == group]
    rows = ([_cell(line[column.name]) for column in columns] for line in lines)
    return Table("indicators", columns, rows, len(lines))


def _cell(value: object) -> Cell:
    """``suppressed`` as 1 or 0, like every yes and no of an export."""
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"no cell: {type(value).__name__}")
