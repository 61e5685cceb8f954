"""Weights in checkpoints of many kinds: which mapping is taken, which names are left out, and what is refused in a sentence."""

import io
import pickle
import re
import warnings
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel

from manifold.nets import InvertedResidual, densenet_cifar, load_weights, mobilenet_v2
from manifold.nets.networks.checkpoints import read_weights


def block():
    return InvertedResidual(4, 6, 2)


@pytest.fixture
def state(fill_state):
    """Weights that no new block has."""
    return fill_state(block().state_dict())


def assert_filled(network, state):
    own = network.state_dict()
    assert list(own) == list(state)
    assert all(torch.equal(own[key], state[key]) for key in own)


def assert_refused(weights, error, message):
    network = block()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(error, match=message) as caught:
        load_weights(network, weights)
    assert len(str(caught.value)) < 1000
    assert "\n" not in str(caught.value)
    assert_filled(network, before)


def other(state):
    return {key: torch.zeros_like(value) for key, value in state.items()}


def trained(state):
    """The state of an optimiser that has taken a step holds mappings from names to tensors too."""
    weights = [nn.Parameter(value.clone()) for value in state.values() if value.is_floating_point()]
    optimiser = torch.optim.Adam(weights)
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    optimiser.step()
    return optimiser.state_dict()


CHECKPOINTS = {
    **{
        name: lambda state, name=name: {"epoch": 3, name: state}
        for name in ("state_dict", "model_state_dict", "net", "generator")
    },
    "beside an optimiser": lambda state: {"model_state_dict": state, "optimizer_state_dict": trained(state), "loss": 0.5},
    "beside an average": lambda state: {"model_ema": other(state), "model": state, "rng": {"cpu": torch.get_rng_state()}},
    "most usual last": lambda state: {"net": other(state), "state_dict": state},
    "deep": lambda state: {"run": {"best": {"tensors": state, "score": 0.7}}, "empty": {}},
    "deep beside an average": lambda state: {"run": {"ema": other(state), "net": state}},
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
@pytest.mark.parametrize("way", ["file", "mapping"])
def test_the_mapping_is_found_in_a_checkpoint(kind, way, state, tmp_path):
    content = CHECKPOINTS[kind](state)
    torch.save(content, tmp_path / "net.pth")
    assert_filled(load_weights(block(), content if way == "mapping" else tmp_path / "net.pth"), state)


def test_all_makers_take_a_mapping(fill_state):
    for make in (lambda **options: mobilenet_v2(width_mult=0.1, **options), lambda **options: densenet_cifar(7, 2, **options)):
        state = fill_state(make().state_dict())
        assert_filled(make(weights=state), state)
        assert_filled(make(weights={"model": state}), state)


def compiled(network):
    """Names as torch.compile gives them, without compiling."""
    wrapper = nn.Module()
    wrapper.add_module("_orig_mod", network)
    return wrapper


class Trainer(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model


WRAPPERS = {
    "parallel": nn.DataParallel,
    "compiled": compiled,
    "trainer": Trainer,
    "averaged": AveragedModel,
    "parallel average": lambda network: nn.DataParallel(AveragedModel(network)),
    "average of a compiled trainer": lambda network: AveragedModel(Trainer(compiled(network))),
}


@pytest.mark.parametrize("kind", WRAPPERS)
def test_the_names_of_wrappers_are_left_out(kind, state, tmp_path):
    network = block()
    network.load_state_dict(state)
    torch.save({"net": WRAPPERS[kind](network).state_dict()}, tmp_path / "net.pth")
    assert set(read_weights(tmp_path / "net.pth")) == set(state)
    assert_filled(load_weights(block(), tmp_path / "net.pth"), state)


@pytest.mark.parametrize("kind", WRAPPERS)
def test_a_wrapped_network_takes_the_weights_of_what_it_wraps(kind, state):
    network = block()
    wrapped = WRAPPERS[kind](network)
    if "average" not in kind:  # an average counts its networks, and a lone one has no count
        load_weights(wrapped, state)
        assert_filled(network, state)
    load_weights(wrapped, wrapped.state_dict())


def test_a_network_with_a_part_of_that_name_keeps_its_names(state):
    network = Trainer(Trainer(block()))
    load_weights(network, {f"model.model.{key}": value for key, value in state.items()})
    assert_filled(network.model.model, state)


@pytest.mark.parametrize("kind", WRAPPERS)
def test_options_are_compared_behind_wrappers(kind):
    """All shapes fit, but the other block computes something else."""
    others = WRAPPERS[kind](InvertedResidual(4, 6, 2, bottleneck_activation="relu6")).state_dict()
    assert_refused(others, ValueError, "does not fit: InvertedResidual was saved with bottleneck_activation='relu6' where this")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"epoch": 3, "args": {"lr": 0.1}}, r"but dict with the keys 'epoch', 'args'$"),
        ({str(k): k for k in range(9)}, r"but dict with the keys '0', '1', '2' and 6 more$"),
        ({"k" * 10_000: 1}, r"but dict with the keys 'k{116}\.\.\.$"),
        ([1, 2], r"but list$"),
        (torch.ones(2), r"but Tensor$"),
    ],
)
def test_what_holds_no_mapping_is_refused_with_its_keys(content, message, tmp_path):
    torch.save(content, tmp_path / "net.pth")
    message = f"net.pth holds no state_dict, a mapping from names to dense real tensors, {message}"
    assert_refused(tmp_path / "net.pth", ValueError, message)


def test_several_mappings_of_one_rank_are_refused_with_their_places(state):
    content = {"generator": {"net": state}, "discriminator": {"net": other(state)}}
    places = r"\['generator'\]\['net'\], \['discriminator'\]\['net'\]"
    message = rf"^the mapping holds several mappings .*, {places}; pass the mapping itself, as content\['generator'\]\['net'\]$"
    assert_refused(content, ValueError, message)
    assert_filled(load_weights(block(), content["generator"]["net"]), state)


def test_a_mapping_inside_itself_is_looked_into_only_so_far():
    content = {"epoch": 3}
    content["content"] = content
    assert_refused(content, ValueError, "holds no state_dict")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(number, state):
    state["conv.3.weight"][2] = number
    assert_refused(state, ValueError, r"^the mapping does not fit: not finite: conv\.3\.weight$")


def test_numbers_beyond_the_networks_own_type_are_refused(state):
    state = {key: value.double() if value.is_floating_point() else value for key, value in state.items()}
    state["conv.3.bias"][0] = 1e300
    assert_refused(state, ValueError, r"not finite: conv\.3\.bias$")
    assert_filled(load_weights(block().double(), state), state)


def test_whole_numbers_are_not_taken_for_weights(state):
    state["conv.2.weight"] = torch.ones_like(state["conv.2.weight"], dtype=torch.int8)
    assert_refused(state, ValueError, r"of whole numbers: conv\.2\.weight torch\.int8 instead of torch\.float32$")


def test_quantised_weights_are_refused(state):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch will have others
        state["conv.2.weight"] = torch.quantize_per_tensor(state["conv.2.weight"], 0.1, 0, torch.qint8)
    assert_refused(state, ValueError, "names to dense real tensors")


@pytest.mark.parametrize("save", ["script", "trace"])
def test_torchscript_is_named(save, tmp_path):
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has a successor
        made = torch.jit.script(network) if save == "script" else torch.jit.trace(network, torch.zeros(1, 3, 4, 4))
        torch.jit.save(made, tmp_path / "net.pt")
        torch.save(torch.jit.load(tmp_path / "net.pt").state_dict(), tmp_path / "weights.pt")  # as the sentence says
    assert_refused(
        tmp_path / "net.pt", ValueError, r"net\.pt is TorchScript, a program .*: torch\.save\(torch\.jit\.load\(path\)"
    )
    assert_filled(load_weights(network, tmp_path / "weights.pt"), network.state_dict())


ODD_RECORDS = [
    3,
    [1],
    {1: {}},
    {"": 3},
    {"": {"options": [1, 2]}},
    {"": {"options": {"stride": torch.ones(3)}}},
    {"": {"options": {"stride": (2, [torch.ones(3)])}}},
]


@pytest.mark.parametrize("records", ODD_RECORDS, ids=str)
@pytest.mark.parametrize("way", ["file", "mapping"])
def test_an_odd_record_of_the_modules_is_refused(records, way, state, tmp_path):
    content = OrderedDict(state)
    content._metadata = records
    torch.save(content, tmp_path / "net.pth")
    message = "keeps a record of its modules, _metadata, that torch did not write; save dict(state_dict) instead"
    assert_refused(tmp_path / "net.pth" if way == "file" else content, ValueError, re.escape(message))
    assert_filled(load_weights(block(), dict(content)), state)


def test_options_of_kilobytes_are_cut(state):
    content = OrderedDict(state)
    content._metadata = {"": {"options": {f"option{k}": "long" * 10_000 for k in range(100)}}}
    assert_refused(content, ValueError, r"was saved with option0='long\S+\.\.\., option1='long")


def test_names_of_kilobytes_are_cut(state):
    assert_refused(
        state | {f"{k}" * 9_000: torch.ones(1) for k in range(9)}, ValueError, r"unexpected: 0{117}\.\.\., 1.* and 6"
    )


@pytest.mark.parametrize("path", ["n" * 100_000, "a\0b.pth", "~nobody-of-this-name/net.pth", "net.pth/net.pth"])
def test_a_path_that_cannot_be_is_no_file(path):
    assert_refused(path, FileNotFoundError, "there is no such file; pass the path of a file of weights, or 'imagenet'")


def test_a_path_may_begin_at_home(state, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    torch.save(state, tmp_path / "net.pth")
    assert_filled(load_weights(block(), "~/net.pth"), state)


@pytest.mark.parametrize("weights", [3, b"net.pth", ["net.pth"] * 10_000, np.ones(3), torch.ones(3), block()])
def test_what_is_neither_file_nor_mapping_is_refused(weights):
    message = r"^weights must be 'imagenet', a file, or a mapping from names to tensors, got an object of type \w+$"
    assert_refused(weights, TypeError, message)


@pytest.mark.parametrize(("save", "name"), [(torch.save, "net.pth"), (save_file, "net.safetensors")])
def test_a_file_may_be_opened_and_is_called_by_its_name(save, name, state, tmp_path):
    save(state, tmp_path / name)
    with (tmp_path / name).open("rb") as file:
        assert_filled(load_weights(block(), file), state)
    own = io.BytesIO((tmp_path / name).read_bytes()[:-9])
    own.name = name
    assert_refused(own, ValueError, f"^{name} is no file of weights, or is truncated")


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path):
    plain, packed = tmp_path / "net.pth", tmp_path / "packed.pth"
    torch.save({"a": torch.zeros(100_000)}, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            target.writestr(part, source.read(part))
    assert_refused(packed, ValueError, "is damaged: its parts are packed, as torch does not write them")


def test_what_does_not_fit_may_be_of_any_size(state):
    """Such as a tensor of terabytes, of one number again and again."""
    first = next(iter(state))
    assert_refused(
        state | {first: torch.zeros(1).expand(10**13)}, ValueError, rf"misshapen: {first} \(10000000000000,\) instead"
    )


@pytest.mark.parametrize("network", ["net", None, InvertedResidual, {}])
def test_what_is_no_network_is_refused(network, state):
    with pytest.raises(TypeError, match=r"^a network must be a torch\.nn\.Module, got an object of type \w+$"):
        load_weights(network, state)


def damaged(content, rng):
    """Bytes changed, cut out or put in, at one to five places."""
    for _ in range(rng.integers(1, 6)):
        place, count = int(rng.integers(len(content) + 1)), int(rng.choice([1, 8, 64]))
        new = rng.integers(0, 256, count, dtype=np.uint8).tobytes()
        content = (
            content[:place] + [new + content[place + count :], content[place + count :], new + content[place:]][rng.integers(3)]
        )
    return content


SAVE = {
    "net.pth": torch.save,
    "old.pth": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "plain.pth": lambda state, path: path.write_bytes(pickle.dumps({"epoch": 3}, protocol=2)),
    "net.safetensors": save_file,
}


@pytest.mark.parametrize("name", SAVE)
def test_damaged_files_get_a_sentence(name, state, tmp_path, rng):
    """Or are loaded: zip files, which have checksums, only with the weights that were saved."""
    path, messages = tmp_path / name, []
    SAVE[name](state, path)
    content = path.read_bytes()
    for _ in range(150):
        path.write_bytes(damaged(content, rng))
        network = block()
        try:
            load_weights(network, path)
        except ValueError as error:
            messages.append(str(error))
            continue
        if name == "net.pth":
            assert_filled(network, state)
    assert len(messages) > 75
    assert max(map(len, messages)) < 1000


def test_an_old_file_that_names_another_storage_is_refused(state, tmp_path):
    SAVE["old.pth"](state, tmp_path / "old.pth")
    content = (tmp_path / "old.pth").read_bytes()
    *_, last = re.finditer(rb"\d{12,}", content)  # the list of storages stands behind the names of tensors
    (tmp_path / "old.pth").write_bytes(content[: last.start()] + b"X" + content[last.start() + 1 :])
    assert_refused(tmp_path / "old.pth", ValueError, r"old\.pth is no file of weights, or is truncated")


def test_a_changed_weight_in_a_zip_file_is_noticed(state, tmp_path):
    torch.save(state, tmp_path / "net.pth")
    content, values = (tmp_path / "net.pth").read_bytes(), state["conv.2.weight"].numpy().tobytes()
    assert content.count(values) == 1
    (tmp_path / "net.pth").write_bytes(content.replace(values, values[:-4] + np.float32(1.0).tobytes()))
    message = r"net\.pth is damaged: net/data/\d+ does not have its checksum; copy or download it again$"
    assert_refused(tmp_path / "net.pth", ValueError, message)
