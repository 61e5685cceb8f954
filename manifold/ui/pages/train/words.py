"""The page Train it in words: how arms are called, which is better, and how far a training has come."""

from __future__ import annotations

from collections.abc import Iterable

from manifold import ACTIVATIONS
from manifold.nets.training.arms import Arm, Pair, difference, guesses
from manifold.text import explain, named, percent, say, section
from manifold.ui.live import Sight
from manifold.ui.pages.train.controls import differs
from manifold.ui.pages.train.views import Seen, shown_of


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


def verdict(pair: Pair, sight: Sight[Seen] | None) -> str:
    """Which arm is better, and by how much; or that none is, or that nothing is known yet."""
    seen = shown_of(sight)
    if pair[0] == pair[1]:
        return say("train.verdict.same")
    if sight is None or seen is None:
        return say("train.verdict.none" if sight is None or not sight.goes_on else "train.verdict.soon")
    if failed := [title for title, arm in zip(arm_titles(pair), seen, strict=True) if arm.failed is not None]:
        return " ".join(say("train.verdict.failed", arm=title) for title in failed)
    if sight.state == "done" and all(map(guesses, seen)):
        return say("train.verdict.guess")
    better, gain, margin = _ahead(pair, seen)
    if gain <= margin:
        return say("train.verdict.neither" if sight.state == "done" else "train.verdict.level")
    said = say("train.verdict.better" if sight.state == "done" else "train.verdict.ahead", arm=better, points=in_points(gain))
    return said[:1].upper() + said[1:]


def standing(pair: Pair, sight: Sight[Seen] | None, *, kept: bool) -> str:
    """Where the training stands, and on what its verdict rests."""
    seen, last = shown_of(sight), pair[0].steps
    if sight is None:
        return say("train.state.none")
    if sight.state == "failed" and sight.error is not None:
        return say("train.state.failed", reason=explain(sight.error))
    if sight.state == "waiting":
        return say("train.state.waiting", count=sight.ahead)
    step = 0 if seen is None else max(int(arm.steps[-1]) for arm in seen)
    if sight.state == "running":
        return say("train.state.running", step=step, last=last)
    if sight.state == "stopped":
        others = say("train.state.others") if sight.watchers else ""
        return f"{say('train.state.stopped', step=step, last=last)} {others}".strip()
    return "" if seen is None else f"{_grounds(seen)} {say('train.state.kept') if kept else ''}".strip()


def _grounds(seen: Seen) -> str:
    """What both arms get right, and within what margin, or why one ended."""
    if failed := [arm.failed for arm in seen if arm.failed is not None]:
        shares = [percent(float(arm.accuracy[-1])) for arm in seen if arm.failed is None]
        others = [say("train.grounds.other", share=share) for share in shares]
        return " ".join([*(say("train.grounds.failed", reason=explain(error)) for error in failed), *others])
    first, second = (percent(float(arm.accuracy[-1])) for arm in seen)
    margin = f"{100.0 * difference(*seen)[1]:.1f}"
    return say("train.grounds", first=first, second=second, count=len(seen[0].right), margin=margin)


def _ahead(pair: Pair, seen: Seen) -> tuple[str, float, float]:
    """Title of the arm that is ahead, by how much, and within what margin."""
    first, second = arm_titles(pair)
    gain, margin = difference(*seen)
    return (first, gain, margin) if gain >= 0.0 else (second, -gain, margin)


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
