"""The page Train it in words: how arms are called, which is better, and how far a training has come."""

from __future__ import annotations

from collections.abc import Iterable

from manifold import ACTIVATIONS
from manifold.nets.training.arms import Arm, Pair, difference
from manifold.text import explain, named, percent, say, section
from manifold.ui.live import Sight
from manifold.ui.pages.train.controls import differs
from manifold.ui.pages.train.views import Seen


def arm_titles(pair: Pair) -> tuple[str, str]:
    """What each arm does that the other does not."""
    apart = differs(pair)
    first, second = (_title(arm, apart) for arm in pair)
    return first, second


def _title(arm: Arm, apart: str) -> str:
    if apart == "activation":
        return say("train.arm.linear") if arm.activation == "linear" else say("train.arm.activation", name=_end(arm))
    if apart == "shortcut":
        return say(f"train.arm.{arm.shortcut}")
    return say(f"train.arm.{apart}", count=getattr(arm, apart))


def _end(arm: Arm) -> str:
    return named(ACTIVATIONS, arm.activation)


def shared_words(pair: Pair) -> str:
    """What both arms have in common, in one line."""
    arm, apart = pair[0], differs(pair)
    parts = {
        "activation": say("train.arm.linear") if arm.activation == "linear" else say("train.arm.activation", name=_end(arm)),
        "shortcut": say(f"train.arm.{arm.shortcut}"),
        "width": say("train.arm.width", count=arm.width),
        "depth": say("train.arm.depth", count=arm.depth),
        "draw": say("train.arm.draw", count=arm.draw),
    }
    return say("train.shared", parts=", ".join(text for name, text in parts.items() if name != apart))


def in_points(share: float) -> str:
    """A difference of shares in points, with its sign."""
    return f"{100.0 * share:+.1f}"


def verdict(pair: Pair, sight: Sight[Seen]) -> str:
    """Which arm is better, by how much, and on what that rests; or how far they have come."""
    if pair[0] == pair[1]:
        return say("train.verdict.same")
    seen = sight.seen
    if seen is None or not len(seen[0].steps) or not len(seen[1].steps):
        return ""
    if failures := [(title, arm) for title, arm in zip(arm_titles(pair), seen, strict=True) if arm.failed is not None]:
        return " ".join(_failure(title, len(arm.losses), arm.failed) for title, arm in failures)
    (better, worse), gain, margin = _ordered(pair, seen)
    shares = {"better": better, "worse": worse, "points": in_points(gain), "margin": f"{100.0 * margin:.1f}"}
    if sight.state != "done":
        return say("train.verdict.so-far", **shares) if gain > margin else say("train.verdict.level", **shares)
    count = len(seen[0].right)
    if gain <= margin:
        return say("train.verdict.neither", count=count, **shares)
    return say("train.verdict.better", count=count, **shares)


def _ordered(pair: Pair, seen: Seen) -> tuple[tuple[str, str], float, float]:
    """Titles of the better and of the worse arm, by how much, and within what margin."""
    first, second = arm_titles(pair)
    gain, margin = difference(*seen)
    return ((first, second), gain, margin) if gain >= 0.0 else ((second, first), -gain, margin)


def _failure(title: str, step: int, error: ValueError | None) -> str:
    return say("train.verdict.failed", arm=title, step=step, reason=explain(error) if error else "")


def progress(pair: Pair, sight: Sight[Seen] | None, *, kept: bool) -> str:
    """Where the training stands."""
    if sight is None:
        return say("train.state.none")
    if sight.state == "failed" and sight.error is not None:
        return say("train.state.failed", reason=explain(sight.error))
    if sight.state == "waiting":
        return say("train.state.waiting", count=sight.ahead)
    step = 0 if sight.seen is None else max((int(arm.steps[-1]) for arm in sight.seen if len(arm.steps)), default=0)
    if sight.state == "running":
        return say("train.state.running", step=step, last=pair[0].steps)
    if sight.state == "stopped":
        others = say("train.state.others") if sight.watchers else ""
        return f"{say('train.state.stopped', step=step, last=pair[0].steps)} {others}".strip()
    return say("train.state.kept" if kept else "train.state.done", last=pair[0].steps)


def cards(pair: Pair, seen: Seen) -> list[tuple[str, str, str]]:
    """Numbers of both arms and their difference: label, value, explanation."""
    numbers = []
    for title, arm in zip(arm_titles(pair), seen, strict=True):
        cost = say("train.card.costs", parameters=f"{arm.parameters:,}", macs=f"{arm.macs:,}")
        numbers.append((title, percent(float(arm.accuracy[-1])), cost))
    gain = in_points(difference(*seen)[0])
    return [*numbers, (say("train.card.difference"), say("train.points", points=gain), section("train", "difference"))]


def costs(pair: Pair, seen: Seen) -> str:
    """What the arms cost, and whether the comparison is at equal cost."""
    each = [{"parameters": f"{arm.parameters:,}", "macs": f"{arm.macs:,}"} for arm in seen]
    if each[0] == each[1]:
        return say("train.costs.equal", **each[0])
    one, other = (say("train.costs.one", arm=title, **cost) for title, cost in zip(arm_titles(pair), each, strict=True))
    return say("train.costs.unequal", one=one, other=other)


def draws_words(others: Iterable[tuple[int, Seen]], pair: Pair) -> str:
    """The difference under every draw trained so far, the first arm minus the second."""
    told = [say("train.draw-gain", draw=draw, points=in_points(difference(*seen)[0])) for draw, seen in others]
    first, second = arm_titles(pair)
    return say("train.draws", count=len(told), first=first, second=second, list=", ".join(told))


def notice(pair: Pair) -> str:
    """A list of what to notice: about every comparison, and about this one."""
    apart = differs(pair)
    parts = [section("train", f"notice-{apart}"), section("train", "notice")]
    if any(arm.width > 2 for arm in pair):
        parts.insert(1, section("train", "notice-wide"))
    return "\n".join(parts)
