"""Where and with what a run is measured."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import packages_distributions, version
from pathlib import Path


class Stopwatch:
    """The `progress` of a run that keeps the seconds it has taken beside its parts, for the command that goes on with it."""

    def __init__(self, parts: Path, tell: Callable[[int, int], object]) -> None:
        self._path, self._tell = parts / "seconds", tell
        self._started = time.perf_counter()
        try:
            self.before = float(self._path.read_text())
        except (OSError, ValueError):
            self.before = 0.0

    def __call__(self, done: int, draws: int) -> None:
        """Pass on how many draws are done."""
        if done and self._path.parent.is_dir():
            self._path.write_text(f"{self.before + time.perf_counter() - self._started:.3f}")
        self._tell(done, draws)


def imported_versions() -> dict[str, str]:
    """Versions of all packages that this process has imported, by the names that pip knows."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    packages = {package for name in loaded for package in _packages().get(name, ())}
    return {package: version(package) for package in sorted(packages, key=str.lower)}


@functools.cache
def _packages() -> dict[str, list[str]]:
    return dict(packages_distributions())


def project_commit() -> str | None:
    """The commit of the clone that this is, with "-dirty" if files differ from it; None where it is no clone."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    words = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=10.0).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def machine() -> dict[str, str | int]:
    """The system, the processor, its cores, and the threads that numerical libraries use."""
    from threadpoolctl import threadpool_info

    threads = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    return {"system": platform.platform(), "processor": processor(), "cores": os.cpu_count() or 1, "threads": threads}


def processor() -> str:
    """The name of the processor, which Python's own function does not know on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
