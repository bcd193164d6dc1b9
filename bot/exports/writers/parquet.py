"""Parquet: a row group at a time, every column with its type, labels in the columns' metadata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bot.exports.columns import Column, Kind, Row
from bot.exports.writers.typed import fitting

GROUP = 20_000
"""rows in memory at a time"""

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.MONTH: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.date32(),
}


def write_parquet(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Times are ``timestamp[us, UTC]``; an empty table still has its schema."""
    schema = pa.schema(
        [pa.field(c.name, _TYPES[c.kind], metadata={"label": c.label} if c.label else None) for c in columns]
    )
    rows = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(islice(rows, GROUP)):
            arrays = [
                pa.array([fitting(column.kind, row[place]) for row in group], _TYPES[column.kind])
                for place, column in enumerate(columns)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
