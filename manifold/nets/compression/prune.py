"""Hidden channels of inverted residual blocks taken away: those that are worth least, and those that say nothing at all.

A hidden channel is a row of the expansion, a filter of the depthwise convolution and a column of the projection; without it the
block costs less, and its bottlenecks and shortcut stay as they are.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from manifold.checks import check_number, fault
from manifold.nets.blocks.separable import InvertedResidual
from manifold.nets.compression.worth import rank_channels
from manifold.nets.cost.formula import Cost, check_module
from manifold.nets.cost.measured import measure_cost
from manifold.results import Result

if TYPE_CHECKING:
    from pandas import DataFrame

_LAYERS = 3  # expansion, depthwise, projection


@dataclass(frozen=True, eq=False, repr=False)
class Pruned(Result):
    """A network with fewer hidden channels.

    Attributes
    ----------
    network : Module
        A copy, in evaluation mode.
    kept : mapping of str to Tensor
        By path of the block, places of the hidden channels that are left, among those it had.
    hidden : mapping of str to int
        How many it had.
    before, after : Cost
        Parameters, MACs and memory for one image.
    """

    network: nn.Module
    kept: Mapping[str, Tensor]
    hidden: Mapping[str, int]
    before: Cost
    after: Cost

    @property
    def table(self) -> DataFrame:
        """A row per block: block, hidden, kept."""
        from pandas import DataFrame

        rows = [{"block": path, "hidden": self.hidden[path], "kept": len(kept)} for path, kept in self.kept.items()]
        return DataFrame(rows)


def prunable(network: nn.Module) -> dict[str, InvertedResidual]:
    """Blocks with hidden channels of their own, which have an expansion, by path.

    Raises
    ------
    ValueError
        If there is none.
    """
    modules = check_module(network).named_modules()
    blocks = {path: block for path, block in modules if type(block) is InvertedResidual and block.depthwise == 1}
    if not blocks:
        sentence = "{type_name} has no channels to prune; give a network with an InvertedResidual whose expand_ratio is above 1"
        raise fault(ValueError, sentence, type_name=type(network).__name__)
    return blocks


def prune(network: nn.Module, images: Tensor, *, share: float = 0.5, by: str = "weight", seed: int = 0) -> Pruned:
    """A copy without a share of each block's hidden channels: those that are worth least. Nothing is trained anew.

    Parameters
    ----------
    network : Module
        With blocks of `InvertedResidual`.
    images : Tensor of shape (N, C, H, W)
        On which worth is measured.
    share : float in (0, 1), default=0.5
        Of hidden channels that go. At least one stays, and never as many as the block's input has, which would be a block
        without an expansion.
    by : {"weight", "firing", "decoder", "random"}, default="weight"
        What a channel is worth, see `manifold.nets.compression.worth`.
    seed : int, default=0
        Of "random".

    Returns
    -------
    Pruned
    """
    check_number(share, "share", above=0.0, below=1.0)
    ranks = rank_channels(network, images, prunable(network), by=by, seed=seed)
    kept = {path: order[: max(1, round((1.0 - share) * len(order)))] for path, order in ranks.items()}
    return keep_channels(network, images, kept, ranks)


def keep_channels(
    network: nn.Module, images: Tensor, kept: Mapping[str, Tensor], ranks: Mapping[str, Tensor], lost: Any = None
) -> Pruned:
    """A copy in which each block keeps these hidden channels; `ranks` has all, best first; `lost` is added for the others."""
    smaller = copy.deepcopy(network).eval()
    places = {}
    for path, block in prunable(smaller).items():
        chosen = kept[path]
        if len(chosen) == block.inp and len(chosen) < len(ranks[path]):
            chosen = ranks[path][: block.inp + 1]
        places[path] = chosen.sort().values
        _cut(block, places[path], None if lost is None else lost[path])
    hidden = {path: block.inner for path, block in prunable(network).items()}
    channels, height, width = images.shape[1:]
    shape = channels, height, width
    return Pruned(smaller, places, hidden, measure_cost(network, shape), measure_cost(smaller, shape))


def _cut(block: InvertedResidual, places: Tensor, lost: Tensor | None) -> None:
    """Leave these hidden channels; `lost` (oup,) is what the others had always added to the projection."""
    projection: Any = block.conv[2]
    for stage in (block.conv[0], block.conv[1]):
        for layer in stage:
            _take(layer, places)
    block.conv[1][0].in_channels = block.conv[1][0].groups = len(places)
    projection.weight = nn.Parameter(projection.weight.detach()[:, places])
    projection.in_channels = block.inner = len(places)
    if lost is not None:
        norm: Any = block.conv[3]
        if projection.bias is None and isinstance(norm, nn.BatchNorm2d):
            norm.running_mean -= lost  # type: ignore[operator]
        else:
            bias = lost if projection.bias is None else projection.bias.detach() + lost
            projection.bias = nn.Parameter(bias)


def _take(layer: Any, places: Tensor) -> None:
    """Only these channels of a convolution's or a batch norm's output."""
    for name, values in [*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False)]:
        if values.ndim:
            taken = values.detach()[places].clone()
            setattr(layer, name, nn.Parameter(taken) if isinstance(values, nn.Parameter) else taken)
    if isinstance(layer, nn.Conv2d):
        layer.out_channels = len(places)
    elif isinstance(layer, nn.BatchNorm2d):
        layer.num_features = len(places)
