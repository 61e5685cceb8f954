"""Which axis of a tensor holds its channels, and how many channels went into the layer that made it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor
from torch.utils._pytree import tree_leaves


class Origin(NamedTuple):
    """Of a tensor: the axis of its channels, counted from where its layer counts it, and the channels that its layer read."""

    axis: int
    inputs: int | None


# the axis of the channels in what these functions return, whether or not there is one for the batch
_AXES = {
    **{f"conv{kind}{d}d": -1 - d for d in (1, 2, 3) for kind in ("", "_transpose")},
    **dict.fromkeys(("linear", "bilinear", "matmul", "__matmul__", "__rmatmul__", "mm", "bmm", "addmm", "baddbmm"), -1),
    **dict.fromkeys(("embedding", "scaled_dot_product_attention", "multi_head_attention_forward"), -1),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), -1),
}
_NORMS = {**dict.fromkeys(("batch_norm", "instance_norm", "group_norm"), 1), **dict.fromkeys(("layer_norm", "rms_norm"), -1)}
_MOVING = {
    *("permute", "transpose", "t", "movedim", "moveaxis", "swapaxes", "swapdims", "adjoint", "einsum", "tensordot", "__get__"),
    *("reshape", "view", "flatten", "unflatten", "squeeze", "unsqueeze", "pixel_shuffle", "pixel_unshuffle"),
}


class Channels:
    """Follows the channels from the layers that made them through whatever leaves them where they are."""

    def __init__(self) -> None:
        self._origins: dict[int, tuple[weakref.ref[Tensor], Origin]] = {}

    def forget(self) -> None:
        """Begin anew, with another batch."""
        self._origins.clear()

    def of(self, tensor: Tensor) -> Origin:
        """What is known of a tensor; else the second of four and more axes, as of images, and the last of fewer."""
        known = self._known(tensor)
        return known or Origin(1 if tensor.ndim > 3 else -1, None)

    def follow(self, name: str, arguments: Sequence[Any], options: Mapping[str, Any], result: Any) -> None:
        """Take note of a call of torch."""
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)] if result is not None else []
        if not outputs:
            return
        name = name.rstrip("_") if name.endswith("_") and not name.endswith("__") else name
        origin = self._made_by(name, arguments, options, outputs[0].ndim)
        for output in outputs:
            if origin is None or not -output.ndim <= origin.axis < output.ndim:
                self._origins.pop(id(output), None)
            else:
                self._origins[id(output)] = (weakref.ref(output), origin)

    def _known(self, tensor: Tensor) -> Origin | None:
        reference, origin = self._origins.get(id(tensor), (None, None))
        return origin if reference is not None and reference() is tensor else None

    def _made_by(self, name: str, arguments: Sequence[Any], options: Mapping[str, Any], axes: int) -> Origin | None:
        """The origin of what a call returns, which has so many axes."""
        if name in _AXES:
            return Origin(_AXES[name], _inputs(name, arguments, options))
        if name in _MOVING:
            return None
        tensors = [leaf for leaf in tree_leaves((arguments, dict(options))) if isinstance(leaf, Tensor)]
        known = [(leaf, origin) for leaf in tensors if (origin := self._known(leaf)) is not None]
        if name in _NORMS:
            return Origin(_NORMS[name], known[0][1].inputs if known else None)
        if not known or known[0][0].ndim != axes:
            return None
        first, origin = known[0]
        others = [leaf for leaf in tensors if leaf is not first]
        # of a sum, a gate or a stack of maps no single layer is the one before
        alone = all(self._known(leaf) is None and leaf.shape != first.shape for leaf in others)
        return origin if alone else Origin(origin.axis, None)


def _inputs(name: str, arguments: Sequence[Any], options: Mapping[str, Any]) -> int | None:
    """Channels that a convolution or a linear layer reads."""
    weight = arguments[1] if len(arguments) > 1 else options.get("weight")
    source = arguments[0] if arguments else options.get("input")
    if not isinstance(weight, Tensor) or not isinstance(source, Tensor):
        return None
    if name.startswith("conv"):
        return int(source.shape[_AXES[name]])
    return int(source.shape[-1]) if name in ("linear", "matmul", "__matmul__", "mm", "bmm") else None
