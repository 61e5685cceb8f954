"""The lock of a folder: one run at a time writes there, and another one says who does."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from manifold.checks import fault
from manifold.runs.parts import PartError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NAME = ".lock"
_PATIENCE = 0.5  # seconds in which another one that only reads is done


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made if need be, and removed if it is still empty in the end.

    The system takes the lock from a process that ends, however it ends, so that a killed run is in nobody's way. `PartError`
    tells the process that holds it. A folder that cannot be written, or whose disk knows no locks, is not locked.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    file = _lock(folder)
    try:
        yield
    finally:
        if file is not None:
            if sys.platform == "win32":  # which removes no open file, and so none that another run has opened meanwhile
                file.close()
            with contextlib.suppress(OSError):
                (folder / _NAME).unlink()
            file.close()
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _lock(folder: Path) -> IO[str] | None:
    """The locked file, which tells this process; None where there are no locks."""
    path, end = folder / _NAME, time.monotonic() + _PATIENCE
    while True:
        try:
            file = path.open("a+")
        except OSError:
            return None
        try:
            if _take(file) and _stands_at(path, file):
                file.truncate(0)
                file.write(f"process {os.getpid()} on {socket.gethostname()}")
                file.flush()
                return file
        except OSError:
            file.close()
            return None
        if time.monotonic() > end:
            raise _in_use(folder, file)
        file.close()
        time.sleep(_PATIENCE / 10.0)


def _take(file: IO[str]) -> bool:
    """Whether nobody else has the lock of the file, so that it is taken."""
    try:
        if sys.platform == "win32":
            file.seek(1 << 30)  # the byte that is locked cannot be read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _stands_at(path: Path, file: IO[str]) -> bool:
    """Whether the one that held it before has not removed it meanwhile, as on Windows nobody can while it is open."""
    if sys.platform == "win32":
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _in_use(folder: Path, file: IO[str]) -> PartError:
    with file:
        file.seek(0)
        holder = file.read() or "which has just begun"
    return fault(
        PartError,
        "{folder} is in use by another run, {holder}; wait for it, stop it, or choose another folder",
        folder=folder,
        holder=holder,
    )
