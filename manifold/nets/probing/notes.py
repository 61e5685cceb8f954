"""What a probe has to say of itself: what it cannot see of a model, and what of the model changed meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import torch
from torch import nn

from manifold.checks import Sentence

_NAMED = 3  # of a list of names, how many are said
_NOT_BY_CHANNEL = {"MultiheadAttention", "Softmax", "Softmax2d", "LogSoftmax", "Softmin", "GLU"}


def blind_spots(model: nn.Module, closed: Collection[tuple[str, str]], seen: Collection[str]) -> Iterator[Sentence]:
    """What cannot be seen: `closed` are calls that hide activations, `seen` the paths at which activations were seen."""
    modules = {path: module for path, module in model.named_modules() if path or not list(model.children())}
    scripted = [path for path, module in modules.items() if isinstance(module, torch.jit.ScriptModule)]
    if scripted or isinstance(model, torch.jit.ScriptModule):
        yield Sentence("scripted, so that no activation inside is seen: {names}", names=_names(scripted))
    if closed:
        names = _names(f"{kind} in {path}" if path else kind for path, kind in sorted(closed))
        yield Sentence("gates that run inside one call of torch are not seen: {names}", names=names)
    if any(_is_compiled(module) for module in model.modules()):
        yield Sentence("compiled parts ran as they were written, which may round otherwise")
    if any(isinstance(module, nn.TransformerEncoderLayer) and not module.training for module in model.modules()):
        yield Sentence(
            "torch's fused path of transformer layers hides activations; the plain one ran, which may round otherwise"
        )
    silent = [path for path, module in modules.items() if path not in seen and path not in scripted and _activates(module)]
    if silent:
        yield Sentence(
            "modules that did not run, or where Python does not see it, as in fused code: {names}", names=_names(silent)
        )


def changes(model: nn.Module, changed: Sequence[str]) -> Iterator[Sentence]:
    """What changes under probing: dropout that is on, and weights and buffers that were put back."""
    dropping = [
        path for path, module in model.named_modules() if isinstance(module, nn.modules.dropout._DropoutNd) and module.training
    ]
    if dropping:
        yield Sentence(
            "dropout was on, as in training; call model.eval() first to see the model without: {names}", names=_names(dropping)
        )
    if changed:
        yield Sentence("changed while the model ran, and put back: {names}", names=_names(changed))


def _activates(module: nn.Module) -> bool:
    """Whether it is one of torch's modules that act on each value alone."""
    kind = type(module)
    return kind.__module__ == nn.modules.activation.__name__ and kind.__name__ not in _NOT_BY_CHANNEL


def _is_compiled(module: nn.Module) -> bool:
    return type(module).__name__ == "OptimizedModule" or getattr(module, "_compiled_call_impl", None) is not None


def _names(names: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    known = [name or "the model itself" for name in names] or ["the model itself"]
    rest = len(known) - _NAMED
    return ", ".join(known) if rest <= 0 else f"{', '.join(known[:_NAMED])} and {rest} more"
