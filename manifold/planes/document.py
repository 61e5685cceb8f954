"""An interactive figure as one file: the drawing of the pages with its data, which any browser shows from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from manifold.planes.browser import SCRIPT, STYLE, joined
from manifold.text import LANGUAGE, say

_SCRIPT = f"{SCRIPT}\n{joined('js', 'document')}"
_STYLE = f"{STYLE}\n{joined('css', 'document')}"
_PAGE = joined("html", "document")


def html_document(data: Mapping[str, Any], *, title: str, claim: str, command: str, notes: Sequence[str] = ()) -> bytes:
    """A document that plays, scrubs and answers the pointer as a page does, without a network, a server or other scripts.

    Parameters
    ----------
    data : Mapping
        What to show, as `manifold.planes.panels` documents it.
    title, claim : str
        The heading, and the sentence below it.
    command : str
        What draws the figure again.
    notes : sequence of str
        Further sentences below the figure, such as the seed.

    Returns
    -------
    bytes
        UTF-8; the same arguments give the same bytes. All words are shown as they are, never as markup.
    """
    words = " ".join(f"<span>{escape(word)}</span>" for word in command.split(" "))  # a line breaks between words alone
    told = [
        *map(escape, notes),
        f"{escape(say('document.command'))} <code>{words}</code>",
        escape(say("document.licence")),
    ]
    page = _PAGE.format(
        language=LANGUAGE.get(),
        script_digest=_digest(_SCRIPT),
        style_digest=_digest(_STYLE),
        title=escape(title),
        claim=escape(claim),
        off=escape(say("document.scripts-off")),
        notes="\n".join(f"<p>{line}</p>" for line in told),
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        style=_STYLE,
        script=_SCRIPT,
    )
    return page.encode("utf-8", "replace")


def _digest(text: str) -> str:
    """By which a browser knows a script or a style, and refuses all others."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
