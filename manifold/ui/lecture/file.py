"""A lecturer's own order, steps and words: a small TOML file, read as data, and said in a sentence where it cannot be."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from manifold.checks import fault
from manifold.registry import UnknownNameError, choose
from manifold.text import brief, explain, say
from manifold.ui.beside.kept import MARK, BesideField
from manifold.ui.lecture.settings import page_fields
from manifold.ui.lecture.steps import STEPS, Step
from manifold.ui.lecture.store import MOST_CHOICES
from manifold.ui.navigation import NAMES
from manifold.ui.state import Field, LinkError, write

MOST_BYTES = 64 * 1024
MOST_STEPS = 60
LONGEST = 800  # characters of a text

_WORDS = ("claim", "question", "note")
_GIVEN = ("step", *_WORDS)
"""Keys of a step that comes with the app."""

_OWN = ("page", "state", *_WORDS, "choices", "right")
"""Keys of a step of the lecturer's own."""

_LINE = re.compile(r"line (\d+), column (\d+)")


@functools.lru_cache(maxsize=64)
def read_lecture(text: str) -> tuple[Step, ...]:
    """The steps of a file; of an empty text those that come with the app.

    Raises
    ------
    ValueError
        In one sentence: what is wrong, at which line or in which step, and what to write instead.
    """
    if not text:
        return tuple(STEPS.values())
    if len(text.encode()) > MOST_BYTES:
        raise fault(ValueError, "a lecture file has at most {most} kilobytes", most=MOST_BYTES // 1024)
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _broken(str(error)) from None
    if foreign := [key for key in told if key != "step"]:
        raise fault(ValueError, "outside its steps the file says {key!r}; write only [[step]]", key=brief(foreign[0]))
    steps = told.get("step", [])
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS or not all(isinstance(each, dict) for each in steps):
        raise fault(ValueError, "the file needs 1 to {most} steps, each of them under a line [[step]]", most=MOST_STEPS)
    return tuple(_step(number, each) for number, each in enumerate(steps, 1))


def _broken(reason: str) -> ValueError:
    if place := _LINE.search(reason):
        line, column = place.groups()
        return fault(
            ValueError,
            "line {line}, column {column} is no TOML; compare it with the file that this page gives",
            line=line,
            column=column,
        )
    return fault(
        ValueError, "the file breaks off before a value or a bracket ends; compare it with the file that this page gives"
    )


def _step(number: int, told: Mapping[str, Any]) -> Step:
    known = _GIVEN if "step" in told else _OWN
    for key in told:
        if key not in known:
            raise fault(
                ValueError,
                "step {number} says {key!r}; it may say {known}",
                number=number,
                key=brief(key),
                known=", ".join(known),
            )
    words = {key: _text(number, key, told[key]) for key in _WORDS if key in told}
    if "step" in told:
        return replace(STEPS[_name(number, "step", told["step"], tuple(STEPS))], words=words)
    for key in ("page", "claim", "question", "choices"):
        if key not in told:
            raise fault(ValueError, "step {number} needs {key!r}, or {step!r} of the app", number=number, key=key, step="step")
    page = _name(number, "page", told["page"], NAMES)
    choices = _choices(number, told["choices"])
    state = _state(number, page, told.get("state", {}))
    return Step(page, state, words=words, own_choices=choices, correct=_right(number, told.get("right"), len(choices)))


def _text(number: int, key: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise fault(
            ValueError,
            "in step {number}, {key!r} must be a text of 1 to {most} characters in quotes",
            number=number,
            key=key,
            most=LONGEST,
        )
    return " ".join(value.split())


def _name(number: int, key: str, value: Any, known: tuple[str, ...]) -> str:
    try:
        return choose(value if value in known else brief(str(value)), known, say(f"lecture.kind.{key}"))
    except UnknownNameError as error:
        raise fault(ValueError, "in step {number}: {reason}", number=number, reason=explain(error)) from None


def _choices(number: int, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_CHOICES:
        raise fault(
            ValueError,
            "in step {number}, {key!r} must be a list of 2 to {most} texts",
            number=number,
            key="choices",
            most=MOST_CHOICES,
        )
    return tuple(_text(number, "choices", each) for each in value)


def _right(number: int, value: Any, count: int) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= count:
        raise fault(
            ValueError,
            "in step {number}, {key!r} must be the number of a choice, 1 to {most}",
            number=number,
            key="right",
            most=count,
        )
    return value - 1


def _state(number: int, page: str, told: Any) -> dict[str, str]:
    """The state as an address writes it, each of its values read once."""
    if not isinstance(told, dict):
        raise fault(
            ValueError, "in step {number}, {key!r} must be settings in braces, such as {{ n = 3 }}", number=number, key="state"
        )
    fields = page_fields(page)
    for key, value in told.items():
        if key not in fields:
            raise fault(
                ValueError,
                "in step {number}, the page {page} has no setting {key!r}; it has {known}",
                number=number,
                page=page,
                key=brief(key),
                known=", ".join(fields),
            )
        try:
            fields[key].parse(str(value))
        except LinkError:
            shown = {"key": key, "value": brief(str(value)), "allowed": _allowed(fields[key])}
            raise fault(
                ValueError,
                "in step {number}, {key} = {value} does not do on the page {page}; write {allowed}",
                number=number,
                page=page,
                **shown,
            ) from None
    return {key: str(value) for key, value in told.items()}


def _allowed(field: Field) -> str:
    """What a setting takes: its names, or the ends of its range."""
    if isinstance(field, BesideField):
        return say("compare.allowed", mark=MARK, known=", ".join(field.fields))
    return ", ".join(field.choices) if isinstance(field.default, str) else f"{write(field.low)}–{write(field.high)}"


def write_lecture() -> str:
    """The lecture that comes with the app as a file to change, its words in the current language as comments."""
    lines = [f"# {line}" for line in say("lecture.file.head").splitlines()]
    for step in STEPS.values():
        lines += ["", "[[step]]", f"step = {json.dumps(step.name)}"]
        lines += [f"# question = {json.dumps(step.question(), ensure_ascii=False)}"]
    own = {"claim": "lecture.file.claim", "question": "lecture.file.question", "note": "lecture.file.note"}
    lines += [
        "",
        f"# {say('lecture.file.own')}",
        "# [[step]]",
        '# page = "spiral"',
        '# state = { n = 4, activation = "relu6" }',
    ]
    lines += [f"# {key} = {json.dumps(say(text), ensure_ascii=False)}" for key, text in own.items()]
    return "\n".join([*lines, '# choices = ["10%", "40%", "90%"]', "# right = 2", ""])
