"""The programme's published results, computed as ``programmes/indicators/`` defines them.

Definitions are data; a new figure or a third country needs no Python. Explained in ``docs/indicators.md``.
"""

from bot.indicators.compute import COLUMNS, Result, compute
from bot.indicators.definition import Audience, Definitions, load_definitions
from bot.indicators.store import from_store
from bot.indicators.table import definitions, indicator_rows, indicators_table, print_table
from bot.indicators.woman import Woman

__all__ = [
    "COLUMNS",
    "Audience",
    "Definitions",
    "Result",
    "Woman",
    "compute",
    "definitions",
    "from_store",
    "indicator_rows",
    "indicators_table",
    "load_definitions",
    "print_table",
]
