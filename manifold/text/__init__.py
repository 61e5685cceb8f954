"""Every word that a person reads, by language: sentences by id (`say`, `named`), prose (`section`), presets of a page.

A language is a folder: messages.po holds sentences with named slots, a gettext catalogue whose msgids are ids; PAGE.md holds
the prose of a page, cut into sections by ids. What a language lacks is shown in English.
"""

from manifold.text.catalogue import (
    ENGLISH,
    LANGUAGE,
    explain,
    find_language,
    language_name,
    languages,
    named,
    say,
    say_lost,
)
from manifold.text.numbers import error_number, map_error, one_in, percent, power_of_ten, share_number, small_share
from manifold.text.prose import Preset, brief, literal, presets, section

__all__ = [
    "ENGLISH",
    "LANGUAGE",
    "Preset",
    "brief",
    "error_number",
    "explain",
    "find_language",
    "language_name",
    "languages",
    "literal",
    "map_error",
    "named",
    "one_in",
    "percent",
    "power_of_ten",
    "presets",
    "say",
    "say_lost",
    "section",
    "share_number",
    "small_share",
]
