"""Sites by patterns, and numbers told for some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from manifold.checks import abridge, check_count, check_kind, fault
from manifold.nets.probing.sites import Site

Told = int | Mapping[str, int] | None
"""A number for all sites, or numbers by pattern."""


def fits(pattern: str, site: Site) -> bool:
    """Whether a pattern is that of a path, an operation, or a site as the table has it."""
    return any(fnmatchcase(text, pattern) for text in (site.path, site.operation, str(site)))


def told(told: Told, site: Site, otherwise: Any) -> Any:
    """The number that was told for a site."""
    if isinstance(told, Mapping):
        return next((number for pattern, number in told.items() if fits(pattern, site)), otherwise)
    return otherwise if told is None else told


def as_patterns(sites: str | Sequence[str] | None) -> tuple[str, ...]:
    """One pattern or several, checked; none for all sites."""
    if sites is None:
        return ()
    patterns = [sites] if isinstance(sites, str) else sites
    if not isinstance(patterns, list | tuple) or not patterns:
        raise fault(TypeError, "sites must be a pattern, or a list of patterns, got {sites}", sites=abridge(sites))
    return tuple(check_kind(pattern, "sites", str) for pattern in patterns)


def check_told(told: Told, name: str, *, minimum: int) -> Told:
    """A number, or numbers by pattern."""
    if told is None:
        return None
    if isinstance(told, Mapping):
        return {check_kind(pattern, name, str): check_count(number, name, minimum=minimum) for pattern, number in told.items()}
    return check_count(told, name, minimum=minimum)
