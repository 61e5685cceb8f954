"""Where a lecture stands and what its class has bet: one SQLite file for all processes. Knows nothing of Streamlit."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PLACE = "MANIFOLD_LECTURES"
"""Environment variable that names the file."""

MOST_BETS = 1000
"""Of a step, so that a script cannot fill the disk."""

MOST_CHOICES = 6
LOBBY = -1
"""The place before the first step."""

_KEPT = 7 * 24 * 3600.0  # seconds that a lecture is kept after it was opened
_PATIENCE = 10.0  # seconds to wait for another process that writes
_LONGEST = 64  # characters of the name of a visitor
_TABLES = """
CREATE TABLE IF NOT EXISTS lectures (code TEXT PRIMARY KEY, place INTEGER, file TEXT, opened REAL, began REAL);
CREATE TABLE IF NOT EXISTS revealed (code TEXT, step INTEGER, correct INTEGER, PRIMARY KEY (code, step));
CREATE TABLE IF NOT EXISTS bets (code TEXT, step INTEGER, visitor TEXT, choice INTEGER, PRIMARY KEY (code, step, visitor));
"""


@dataclass(frozen=True)
class Standing:
    """Where a lecture stands.

    Attributes
    ----------
    place : int
        Index of the step; `LOBBY` before the first.
    shown : bool
        Whether the picture of this step was shown, at which its bets are closed for good.
    correct : int or None
        Index of the right choice, once it is shown and if there is one.
    file : str
        The lecturer's own file; empty for the lecture that comes with the app.
    began : float or None
        When the first step was opened, in seconds since 1970.
    """

    place: int
    shown: bool
    correct: int | None
    file: str
    began: float | None


def usual_place() -> Path:
    """What `PLACE` names; else a file in the user's folder for state, or in the one for temporary files where there is none."""
    if named := os.environ.get(PLACE):
        return Path(named)
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "manifold"
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / "manifold-lectures.sqlite"
    return state / "lectures.sqlite"


@dataclass(frozen=True)
class Store:
    """Lectures by their codes, in a file at `path`. Every call is one transaction; sqlite3.Error where the file is none."""

    path: Path

    def open(self, code: str) -> None:
        """Begin a lecture, or go on with it; those of a week ago are forgotten."""
        with self._connected(writing=True) as base:
            old = (time.time() - _KEPT,)
            for table in ("revealed", "bets"):
                base.execute(f"DELETE FROM {table} WHERE code IN (SELECT code FROM lectures WHERE opened < ?)", old)
            base.execute("DELETE FROM lectures WHERE opened < ?", old)
            base.execute("INSERT OR IGNORE INTO lectures VALUES (?, ?, '', ?, NULL)", (code, LOBBY, time.time()))

    def look(self, code: str) -> Standing | None:
        """Where a lecture stands; None if there is none."""
        with self._connected() as base:
            row = base.execute(
                "SELECT place, step IS NOT NULL, correct, file, began FROM lectures "
                "LEFT JOIN revealed ON revealed.code = lectures.code AND step = place WHERE lectures.code = ?",
                (code,),
            ).fetchone()
        return Standing(row[0], bool(row[1]), *row[2:]) if row else None

    def move(self, code: str, place: int) -> None:
        """Go to a step, on or back."""
        with self._connected(writing=True) as base:
            base.execute("UPDATE lectures SET place = ? WHERE code = ?", (place, code))
            if place != LOBBY:
                base.execute("UPDATE lectures SET began = ? WHERE code = ? AND began IS NULL", (time.time(), code))

    def reveal(self, code: str, step: int, correct: int | None) -> None:
        """Show the picture of a step: its bets are closed."""
        with self._connected(writing=True) as base:
            base.execute("INSERT OR REPLACE INTO revealed VALUES (?, ?, ?)", (code, step, correct))

    def take(self, code: str, file: str) -> None:
        """Go by another file, from its beginning: bets on the steps of the last one are forgotten."""
        with self._connected(writing=True) as base:
            for table in ("revealed", "bets"):
                base.execute(f"DELETE FROM {table} WHERE code = ?", (code,))
            base.execute("UPDATE lectures SET file = ?, place = ?, began = NULL WHERE code = ?", (file, LOBBY, code))

    def bet(self, code: str, step: int, visitor: str, choice: int) -> bool:
        """One visitor's bet on the step at which the lecture stands. Until its picture is shown the next replaces it.

        Returns whether it counts: not in a lecture that is not there, on another step, after the picture, beyond `MOST_BETS`.
        """
        if not 0 <= choice < MOST_CHOICES or not 0 < len(visitor) <= _LONGEST:
            return False
        with self._connected(writing=True) as base:
            open_step = "SELECT 1 FROM lectures WHERE code = :code AND place = :step"
            shown = "SELECT 1 FROM revealed WHERE code = :code AND step = :step"
            others = "SELECT count(*) FROM bets WHERE code = :code AND step = :step AND visitor != :visitor"
            done = base.execute(
                "INSERT INTO bets SELECT :code, :step, :visitor, :choice "
                f"WHERE EXISTS ({open_step}) AND NOT EXISTS ({shown}) AND ({others}) < {MOST_BETS} "
                "ON CONFLICT DO UPDATE SET choice = excluded.choice",
                {"code": code, "step": step, "visitor": visitor, "choice": choice},
            )
            return done.rowcount == 1

    def bet_of(self, code: str, step: int, visitor: str) -> int | None:
        """What a visitor has bet on a step."""
        with self._connected() as base:
            found = base.execute("SELECT choice FROM bets WHERE code = ? AND step = ? AND visitor = ?", (code, step, visitor))
            row = found.fetchone()
        return int(row[0]) if row else None

    def counts(self, code: str, step: int) -> list[int]:
        """How many have bet on each choice of a step, `MOST_CHOICES` numbers."""
        counted = [0] * MOST_CHOICES
        with self._connected() as base:
            bets = base.execute("SELECT choice, count(*) FROM bets WHERE code = ? AND step = ? GROUP BY choice", (code, step))
            for choice, count in bets:
                counted[choice] = count
        return counted

    @contextmanager
    def _connected(self, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for one transaction."""
        base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'bets'").fetchone():
                with contextlib.suppress(sqlite3.OperationalError):  # another process is doing the same
                    base.execute("PRAGMA journal_mode = WAL")
                base.executescript(_TABLES)
            if writing:
                base.execute("PRAGMA synchronous = NORMAL")
                base.execute("BEGIN IMMEDIATE")
            with base:
                yield base
        finally:
            base.close()
