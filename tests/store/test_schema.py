"""The schema: migrations equal the tables, and go down and up again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from support.house import DATA_KEY

from bot.store.database import Database
from bot.store.migrate import downgrade, upgrade
from bot.store.tables import Base
from bot.store.types import Sealed, SealedJson

PERSONAL = {
    "participants": {"name"},
    "addresses": {"key", "reply_to"},
    "inbox": {"payload"},
    "outbox": {"content", "send_to"},
    "events": {"data"},
    "answers": {"text"},
    "restricted_answers": {"value"},
    "conversations": {"aside_values"},
    "profiles": {"nickname"},
}


def test_migrations_make_exactly_the_tables_of_the_code(fresh: str) -> None:
    database = Database(fresh, DATA_KEY)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_migrations_go_down_to_nothing_and_up_again(fresh: str) -> None:
    database = Database(fresh, DATA_KEY)
    before = described(database.engine)
    downgrade(database.engine, "base")
    assert set(described(database.engine)) <= {"alembic_version"}
    upgrade(database.engine)
    assert described(database.engine) == before
    database.close()


def test_migrating_twice_changes_nothing(fresh: str) -> None:
    for _ in range(2):
        database = Database(fresh, DATA_KEY)
        tables = described(database.engine)
        database.close()
    assert set(tables) >= set(Base.metadata.tables)


def test_personal_columns_are_sealed() -> None:
    for table, columns in PERSONAL.items():
        for column in columns:
            kind = Base.metadata.tables[table].c[column].type
            assert isinstance(kind, Sealed | SealedJson), f"{table}.{column}"


def test_what_belongs_to_a_person_goes_with_her() -> None:
    """A foreign key to a participant deletes its rows: none is forgotten when she is."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in ("participants", "conversations"):
                assert key.ondelete == "CASCADE", f"{table.name}.{key.parent.name}"


def described(engine: sa.Engine) -> dict[str, list[str]]:
    """Tables with their columns and unique constraints, as the database tells."""
    inspector = sa.inspect(engine)
    found = {}
    for table in inspector.get_table_names():
        columns = [f"{c['name']} {c['type']} {c['nullable']}" for c in inspector.get_columns(table)]
        unique = [
            f"unique {sorted(map(str, u['column_names']))}" for u in inspector.get_unique_constraints(table)
        ]
        indexes = [f"index {i['name']}" for i in inspector.get_indexes(table)]
        found[table] = sorted(columns) + sorted(unique) + sorted(indexes)
    return found
