"""Tables out: what is stored, as files that other tools open.

:func:`run_export` writes the tables of ``docs/exports.md`` in one snapshot of the database. Without
``identified`` no cell leads back to a person (PRV-09); with it, ids are stable and times exact.
"""

from bot.exports.request import Request, bound
from bot.exports.run import formats, run_export, table_names

__all__ = ["Request", "bound", "formats", "run_export", "table_names"]
