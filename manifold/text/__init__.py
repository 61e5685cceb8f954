"""Every word that a person reads, by language: sentences by id (`say`, `named`), prose (`section`), lists (`entries`).

A language is a folder: messages.po holds sentences with named slots, a gettext catalogue whose msgids are ids; PAGE.md holds
the prose of a page, cut into sections by ids, some of them lists. What a language lacks is shown in English.
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
from manifold.text.numbers import (
    dimension_number,
    error_number,
    map_error,
    one_in,
    percent,
    power_of_ten,
    r_squared,
    share_number,
    small_share,
)
from manifold.text.prose import Entry, brief, define, entries, literal, section

__all__ = [
    "ENGLISH",
    "LANGUAGE",
    "Entry",
    "brief",
    "define",
    "dimension_number",
    "entries",
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
    "r_squared",
    "say",
    "say_lost",
    "section",
    "share_number",
    "small_share",
]
