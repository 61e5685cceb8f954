"""What all blocks have in common: their sizes, the sentence on a wrong input, and the record in their weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
import torch.fx
from torch import Tensor, nn

from manifold.checks import abridge, check_count, fault, one_line


def check_stride(stride: Any) -> int:
    """`stride` as an int, 1 or 2."""
    try:
        return check_count(stride, "stride", minimum=1, maximum=2)
    except (TypeError, ValueError):
        raise fault(ValueError, "stride must be 1 or 2, got {stride}", stride=abridge(stride)) from None


def keeps_shape(inp: int, oup: int, stride: int) -> bool:
    """Whether a block's output has the shape of its input, so that a shortcut may add them."""
    same = check_count(inp, "inp", minimum=1) == check_count(oup, "oup", minimum=1)
    return check_stride(stride) == 1 and same


class Block(nn.Module):
    """A module from `inp` to `oup` channels: (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)).

    It refuses input of another shape or type in one sentence. Its weights, when saved, carry the options that change what it
    computes but not the shape of any weight, such as `stride` or `bottleneck_activation`; they do not load into a block whose
    options differ.

    Parameters
    ----------
    inp, oup : int
        Channels in and out.
    stride : {1, 2}
    options
        What else the block was made with, for `repr` and for the record in its weights.

    Raises
    ------
    TypeError, ValueError
        If a number of channels is no positive integer, or the stride is neither 1 nor 2.
    """

    def __init__(self, inp: int, oup: int, stride: int = 1, **options: Any) -> None:
        super().__init__()
        self.inp = check_count(inp, "inp", minimum=1)
        self.oup = check_count(oup, "oup", minimum=1)
        self.stride = check_stride(stride)
        self.options = {"stride": self.stride, **options}
        self.register_state_dict_post_hook(_record_options)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_prepare_loading)  # type: ignore[no-untyped-call]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The output, or one sentence on what is wrong with the input."""
        try:
            return super().__call__(*arguments, **named)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            check_images(arguments[0] if arguments else named.get("x"), self, channels=self.inp)
            raise

    def rename_older(self, state: dict[str, Tensor], prefix: str) -> None:
        """Give this code's names to the weights in `state` whose keys begin with `prefix`, where older code had others."""

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return ", ".join([f"{self.inp}, {self.oup}", *(f"{key}={value!r}" for key, value in self.options.items())])


def check_images(x: object, module: nn.Module, *, channels: int, smallest: int = 1) -> None:
    """Raise TypeError or ValueError in one sentence unless `x` is a batch (N, channels, H, W) in the module's own type."""
    if isinstance(x, torch.fx.Proxy):
        return  # torch.fx follows the layers without an image
    name = type(module).__name__
    if not isinstance(x, Tensor):
        raise fault(
            TypeError,
            "{name} takes a torch.Tensor of shape (N, {channels}, H, W), got {type_name}",
            name=name,
            channels=channels,
            type_name=type(x).__name__,
        )
    if x.ndim != 4 or x.shape[1] != channels:
        raise fault(
            ValueError, "{name} takes (N, {channels}, H, W), got {shape}", name=name, channels=channels, shape=tuple(x.shape)
        )
    if min(x.shape) < 1 or min(x.shape[2:]) < smallest:
        raise fault(
            ValueError,
            "{name} takes at least one image of at least {smallest} x {smallest} pixels, got {shape}",
            name=name,
            smallest=smallest,
            shape=tuple(x.shape),
        )
    own = next(module.parameters()).dtype
    if x.dtype != own and not torch.is_autocast_enabled(x.device.type):
        raise fault(
            TypeError,
            "{name} has weights of type {own}, got input of type {dtype}; pass x.to({own})",
            name=name,
            own=own,
            dtype=x.dtype,
        )


def _record_options(block: nn.Module, state: Any, prefix: str, metadata: dict[str, Any]) -> None:
    metadata["options"] = dict(cast("Block", block).options)


def _prepare_loading(
    block: nn.Module, state: Any, prefix: str, metadata: Mapping[str, Any], strict: bool, *lists: list[str]
) -> None:
    cast("Block", block).rename_older(state, prefix)
    if problem := differing_options(block, metadata):
        lists[-1].append(f"{prefix.rstrip('.') or type(block).__name__} {problem}")


def differing_options(block: nn.Module, metadata: Mapping[str, Any]) -> str:
    """What of a block's record in its weights disagrees with the block, or nothing."""
    own: Any = block.options
    recorded = metadata.get("options", own)
    changed = [key for key in recorded if recorded[key] != own.get(key)]
    differing = [one_line(f"{key}={recorded[key]!r} where this one has {own.get(key)!r}") for key in changed[:3]]
    return f"was saved with {', '.join(differing)}: the weights fit, the function differs" if differing else ""
