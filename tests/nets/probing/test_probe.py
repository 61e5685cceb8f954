"""The probe against brute force on many architectures, what it leaves unchanged, and what it says where it cannot go on."""

import copy
import re
import threading
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from manifold.nets import densenet_cifar, mobilenet_v2, mobilenet_v3_small, probe

RELU, RELU6 = (0.0, np.inf), (0.0, 6.0)


class Tapped(nn.Module):
    """Keeps a copy of what is shown to `tap`, with the axis of its channels and the interval of its activation."""

    def __init__(self, **layers):
        super().__init__()
        self.taps = []
        for name, layer in layers.items():
            setattr(self, name, layer)

    def tap(self, z, interval=RELU, axis=1):
        self.taps.append((z.detach().clone(), interval, axis))
        return z


class InPlace(Tapped):
    def __init__(self):
        super().__init__(conv=nn.Conv2d(3, 8, 3), norm=nn.BatchNorm2d(8), relu=nn.ReLU(inplace=True), linear=nn.Linear(8, 5))

    def forward(self, x):
        x = self.relu(self.tap(self.norm(self.conv(x)))).mean((2, 3))
        return self.tap(self.linear(x)).relu_()


class Functional(Tapped):
    def __init__(self):
        super().__init__(conv=nn.Conv2d(3, 8, 3), second=nn.Conv2d(8, 8, 1))

    def forward(self, x):
        x = functional.relu(self.tap(self.conv(x)), inplace=True)
        x = functional.relu6(self.tap(20.0 * self.second(x), RELU6))
        x = torch.clamp(self.tap(self.second(x), (-0.1, 0.2)), -0.1, max=0.2)
        return functional.threshold(self.tap(self.second(x), (0.05, np.inf)), 0.05, 0.0)


class Reused(Tapped):
    """One ReLU, in place, called three times, once behind a sum."""

    def __init__(self):
        super().__init__(first=nn.Conv2d(4, 4, 3, padding=1), second=nn.Conv2d(4, 4, 3, padding=1), relu=nn.ReLU(inplace=True))

    def forward(self, x):
        for conv in (self.first, self.second):
            x = self.relu(self.tap(conv(x) + x))
        return self.relu(self.tap(-x))


class Nested(Tapped):
    def __init__(self):
        inner = InPlace()
        super().__init__(stack=nn.ModuleList([nn.Sequential(nn.Conv2d(3, 3, 1)), inner]))
        self.taps = inner.taps

    def forward(self, x):
        return {"out": (self.stack[1](self.stack[0](x)), x)}


class Attention(Tapped):
    """Channels last; the activation is a function given to torch's own layer."""

    def __init__(self):
        super().__init__()
        act = lambda z: functional.gelu(self.tap(z, RELU, -1))  # noqa: E731 - closes over itself
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, activation=act, batch_first=True, dropout=0.0)

    def forward(self, x):
        return self.layer(x)


class Recurrent(Tapped):
    def __init__(self):
        super().__init__(step=nn.Linear(9, 6))

    def forward(self, x):
        state = x.new_zeros(len(x), 6)
        for t in range(x.shape[1]):
            state = torch.relu(self.tap(self.step(torch.cat([x[:, t], state], 1)), RELU, -1))
        return state


class OneD(Tapped):
    def __init__(self):
        super().__init__(conv=nn.Conv1d(3, 7, 3), act=nn.Hardtanh(-0.5, 0.5))

    def forward(self, x):
        return self.act(self.tap(self.conv(x), (-0.5, 0.5)))


class ThreeD(Tapped):
    def __init__(self):
        super().__init__(conv=nn.Conv3d(2, 5, 3), norm=nn.GroupNorm(1, 5), act=nn.ReLU6(inplace=True))

    def forward(self, x):
        return self.act(self.tap(8.0 * self.norm(self.conv(x)), RELU6))


class ChannelsLast(Tapped):
    """As in ConvNeXt: a convolution, then linear layers on the last axis, then back."""

    def __init__(self):
        super().__init__(conv=nn.Conv2d(3, 4, 3), linear=nn.Linear(4, 9), back=nn.Linear(9, 4))

    def forward(self, x):
        x = self.linear(self.conv(x).permute(0, 2, 3, 1))
        x = self.back(functional.silu(self.tap(x, RELU, -1))).permute(0, 3, 1, 2)
        return functional.hardswish(self.tap(x))


class Keywords(Tapped):
    def __init__(self):
        super().__init__(linear=nn.Linear(4, 6))

    def forward(self, *, tokens, scale):
        hidden = self.tap(self.linear(tokens), RELU, -1).relu()
        return hidden * scale, hidden


def images(*shape):
    return lambda noise: [noise(place, shape).float() for place in range(3)]


def keywords(noise):
    return [{"tokens": batch, "scale": torch.tensor(2.0)} for batch in images(2, 5, 4)(noise)]


ARCHITECTURES = {
    InPlace: images(2, 3, 9, 8),
    Functional: images(2, 3, 9, 8),
    Reused: images(2, 4, 7, 7),
    Nested: images(2, 3, 6, 6),
    Attention: images(2, 5, 8),
    Recurrent: images(3, 4, 3),
    OneD: images(2, 3, 20),
    ThreeD: images(2, 2, 5, 6, 7),
    ChannelsLast: images(2, 3, 6, 6),
    Keywords: keywords,
}


def brute_force(z, interval, axis):
    """Positions, positive and high by channel, and the histogram of active channels, from all rows at once."""
    rows = z.movedim(axis, -1).flatten(0, -2).double().numpy()
    active = ((rows > interval[0]) & (rows < interval[1])).sum(1)
    histogram = np.bincount(active, minlength=rows.shape[1] + 1)
    return len(rows), (rows > interval[0]).sum(0), (rows >= interval[1]).sum(0), histogram


def check_counts(report, taps):
    """Every site against the taps of all batches, in the order in which they ran."""
    per_batch = len(report.sites)
    assert len(taps) == per_batch * report.batches
    for place, reading in enumerate(report.sites):
        parts = [brute_force(*tap) for tap in taps[place::per_batch]]
        positions, positive, high, active = (sum(part[k] for part in parts) for k in range(4))
        assert (reading.counts.positions, reading.seen, reading.calls) == (positions, positions, report.batches)
        np.testing.assert_array_equal(reading.counts.positive, positive)
        np.testing.assert_array_equal(reading.counts.high, high)
        np.testing.assert_array_equal(reading.counts.active, active)


@pytest.mark.parametrize("kind", ARCHITECTURES, ids=lambda kind: kind.__name__)
def test_counts_are_those_of_brute_force(kind, noise):
    model = kind()
    batches = ARCHITECTURES[kind](noise)
    report = probe(model.eval(), batches)
    check_counts(report, model.taps)
    rows = {tuple(row) for z, _, axis in model.taps for row in z.movedim(axis, -1).flatten(0, -2).numpy().tolist()}
    assert all(tuple(row) in rows for reading in report.sites for row in reading.sample.tolist())


@pytest.mark.parametrize("make", [mobilenet_v2, mobilenet_v3_small, lambda: densenet_cifar(10, 4)])
def test_counts_of_whole_networks_are_those_of_hooks(make, noise):
    model = make().eval()
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = True
    taps, kinds = [], {nn.ReLU: RELU, nn.ReLU6: RELU6, nn.Hardswish: RELU, nn.Hardsigmoid: (-3.0, 3.0)}
    for module in model.modules():
        if type(module) in kinds:
            module.register_forward_pre_hook(lambda m, arguments: taps.append((arguments[0].clone(), kinds[type(m)], 1)))
    report = probe(model, [noise(0, (2, 3, 64, 64)).float()])
    check_counts(report, taps)
    assert len(report.sites) == len(taps) > 5


@pytest.mark.parametrize("kind", ARCHITECTURES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("training", [False, True])
def test_the_output_is_the_same_to_the_bit(kind, training, noise):
    """While gradients are on torch takes its plain path through a transformer layer, as under a probe."""
    model = kind().train(training)
    batch = ARCHITECTURES[kind](noise)[0]
    expected = model(**batch) if isinstance(batch, dict) else model(batch)
    model = copy.deepcopy(model)
    outputs = []

    def call(model, batch):
        outputs.append(model(**batch) if isinstance(batch, dict) else model(batch))

    probe(model, [batch], call=call)
    for ours, plain in zip(leaves(outputs[0]), leaves(expected), strict=True):
        assert torch.equal(ours, plain)
        assert not ours.requires_grad


def leaves(output):
    return torch.utils._pytree.tree_leaves(output)


def test_sites_are_told_by_path_operation_and_call(noise):
    report = probe(Reused(), images(2, 4, 7, 7)(noise))
    assert [tuple(reading.site) for reading in report.sites] == [("relu", "relu", 1), ("relu", "relu", 2), ("relu", "relu", 3)]
    assert list(report.table["site"]) == ["relu relu", "relu relu #2", "relu relu #3"]
    functions = probe(Functional(), images(2, 3, 9, 8)(noise))
    assert list(functions.table["operation"]) == ["relu", "relu6", "clamp", "threshold"]
    assert list(functions.table["path"]) == [""] * 4
    deep = probe(Nested(), images(2, 3, 6, 6)(noise))
    assert list(deep.table["site"]) == ["stack.1.relu relu", "stack.1 relu"]


def test_k_is_what_the_layer_before_reads_where_there_is_one(noise):
    assert list(probe(InPlace(), images(2, 3, 9, 8)(noise)).table["k"]) == [3.0, 8.0]
    assert list(probe(ChannelsLast(), images(2, 3, 6, 6)(noise)).table["k"].fillna(-1.0)) == [4.0, -1.0]
    table = probe(Reused(), images(2, 4, 7, 7)(noise), k={"*#2": 3}).table
    assert list(table["k"].fillna(-1.0)) == [-1.0, 3.0, -1.0]  # behind a sum there is no one layer
    assert set(probe(Reused(), images(2, 4, 7, 7)(noise), k=2).table["k"]) == {2.0}


def test_the_axis_is_told_where_no_layer_says_it():
    class Bare(nn.Module):
        def forward(self, x):
            return functional.relu(x)

    batch = torch.randn(3, 4, 5)
    assert probe(Bare(), [batch]).sites[0].channels == 5
    assert probe(Bare(), [batch[..., None]]).sites[0].channels == 4
    assert probe(Bare(), [batch], axis=0).sites[0].channels == 3
    assert probe(Bare(), [batch], axis={"*relu": 1}).sites[0].channels == 4
    with pytest.raises(ValueError, match=r"axis 3 of relu must be one of its shape \(3, 4, 5\)"):
        probe(Bare(), [batch], axis=3)
    with pytest.raises(ValueError, match=r"relu has 4 channels on axis -1, and had 5 before; tell the axis of its channels"):
        probe(Bare(), [batch, batch[..., :4]])


def test_only_the_sites_that_were_asked_for_are_reported(noise):
    batches = images(2, 3, 9, 8)(noise)
    assert list(probe(Functional(), batches, sites=["relu*", "clamp"]).table["operation"]) == ["relu", "relu6", "clamp"]
    assert list(probe(Nested(), batches, sites="stack.*.relu").table["site"]) == ["stack.1.relu relu"]
    with pytest.raises(ValueError, match=r"unknown site 'relo'. Did you mean 'relu'\? Choose one of: relu, relu6, clamp"):
        probe(Functional(), batches, sites="relo")


def test_without_counts_all_rests_on_the_sample(noise):
    batches = images(2, 3, 9, 8)(noise)
    sampled = probe(InPlace(), batches, counts=False, keep=20)
    reading = sampled.sites[0]
    assert reading.counts.positions == len(reading.sample) == 20
    np.testing.assert_array_equal(reading.counts.positive, (reading.sample > 0.0).sum(0))
    model = InPlace()
    exact, all_kept = (probe(model, batches, counts=counts, keep=10**6).table for counts in (True, False))
    assert exact.equals(all_kept)


def test_the_same_seed_gives_the_same_report(noise):
    model, batches = InPlace(), images(2, 3, 9, 8)(noise)
    first, again, other = (probe(model, batches, keep=30, seed=seed) for seed in (3, 3, 4))
    assert first.table.equals(again.table)
    assert (first.sites[0].sample == again.sites[0].sample).all()
    assert not (first.sites[0].sample == other.sites[0].sample).all()


def test_a_call_without_positions_counts_as_a_call():
    class Chosen(nn.Module):
        def forward(self, x):
            return torch.relu(x[x[:, 0] > 0.0])

    report = probe(Chosen(), [-torch.ones(3, 2), torch.ones(3, 2), -torch.ones(3, 2)])
    assert (report.sites[0].calls, report.sites[0].seen) == (3, 3)


def test_memory_is_bounded_by_what_is_kept():
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU())
    one, many = (probe(model, (torch.randn(200, 4) for _ in range(count)), keep=64) for count in (1, 50))
    assert one.memory == many.memory == 64 * (16 + 8) * 4
    assert (one.sites[0].seen, many.sites[0].seen) == (200, 10_000)
    assert f"{one.memory / 2**20:.1f}" in str(one)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions(dtype, noise):
    model = InPlace().to(dtype).eval()
    report = probe(model, [batch.to(dtype) for batch in images(2, 3, 9, 8)(noise)])
    check_counts(report, model.taps)
    assert report.sites[0].sample.dtype == (np.float64 if dtype == torch.float64 else np.float32)
    assert np.isfinite(report.table["participation_before"]).all() or len(report.sites[1].sample) < 50


def test_mixed_precision(noise):
    model = InPlace().eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        report = probe(model, images(2, 3, 9, 8)(noise))
    assert model.taps[1][0].dtype == torch.bfloat16
    check_counts(report, model.taps)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_model_on_a_gpu_is_probed_there(noise):
    model = InPlace().eval().cuda()
    report = probe(model, images(2, 3, 9, 8)(noise))
    assert {parameter.device.type for parameter in model.parameters()} == {"cuda"}
    check_counts(report, [(z.cpu(), *told) for z, *told in model.taps])


def state(model):
    """All that a model holds: values, gradients, modes, hooks and attributes."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    values = {name: (tensor, tensor.clone(), tensor._version, tensor.grad) for name, tensor in tensors}
    tables = [
        {name: dict(value) if isinstance(value, dict) else value for name, value in vars(module).items()}
        for module in model.modules()
    ]
    return values, tables, torch.get_rng_state().clone()


def check_unchanged(model, before, *, touched=()):
    values, tables, random = before
    now, tables_now, random_now = state(model)
    assert tables_now == tables
    assert torch.equal(random, random_now)
    assert now.keys() == values.keys()
    for name, (tensor, value, version, gradient) in values.items():
        assert now[name][0] is tensor
        assert torch.equal(now[name][1], value), name
        assert now[name][3] is gradient
        assert now[name][2] == version or name in touched


class Changing(Tapped):
    """Changes all it can while it runs."""

    def __init__(self):
        super().__init__(
            conv=nn.Conv2d(3, 4, 1), norm=nn.BatchNorm2d(4), drop=nn.Dropout(0.5), words=nn.Embedding(5, 4, max_norm=0.1)
        )
        self.runs = 0
        self.conv.register_forward_hook(lambda *_: None)

    def forward(self, x):
        self.runs += 1
        self.cache = x
        self.drop.register_forward_hook(lambda *_: None)
        self.norm.running_var = torch.full((4,), 2.0)
        self.eval()
        self.train()
        return torch.relu(self.drop(self.norm(self.conv(x)))) + self.words(torch.tensor([1])).sum()


@pytest.mark.parametrize("training", [False, True])
def test_the_model_is_left_as_it_was(training):
    model = Changing().train(training)
    model.conv.weight.grad = torch.ones_like(model.conv.weight)
    batches = [torch.randn(4, 3, 5, 5)]
    before = state(model)
    report = probe(model, batches)
    check_unchanged(model, before, touched=("words.weight", "norm.running_mean", "norm.num_batches_tracked"))
    said = " ".join(report.verdicts)
    assert "changed while the model ran, and put back: words.weight, norm.running_mean" in said
    assert ("dropout was on" in said) == training


class Guarded(dict):
    """Must not be emptied, not even for a moment: another thread may look into it."""

    def clear(self):
        raise AssertionError("emptied")


def test_a_model_that_changes_nothing_is_not_written_to():
    """Of a tensor that is written to, autograd would refuse to go back through an earlier run."""
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU()).eval()
    model.table = Guarded(a=1)
    batch = torch.randn(2, 3, 4, 4)
    before, loss = state(model), model(batch).sum()
    report = probe(model, [batch])
    check_unchanged(model, before)
    loss.backward()
    assert report.notes == ()


def failing(model, batch):
    model(batch)
    raise KeyError("odd")


def broken_batches():
    yield torch.randn(2, 3, 5, 5)
    raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("batches", "options", "kind", "message"),
    [
        ([], {}, ValueError, "batches must hold at least one batch, got none"),
        (torch.randn(2, 3, 5, 5), {}, TypeError, r"iterable of batches, got an object of type Tensor; write \[batch\] for one"),
        (5, {}, TypeError, "iterable of batches, got an object of type int"),
        (
            [torch.randn(2, 4, 5, 5)],
            {},
            RuntimeError,
            r"the model does not run on batch 1 \(shapes \(2, 4, 5, 5\)\): RuntimeError: ",
        ),
        ([torch.randn(0, 3, 5, 5)], {}, ValueError, r"batch 1 is empty: a tensor in it has shape \(0, 3, 5, 5\)"),
        (
            [np.zeros((2, 3, 5, 5))],
            {},
            TypeError,
            r"a batch must be a tensor, a tuple that begins with one, or a dict, got array",
        ),
        ([torch.randn(2, 3, 5, 5)], {"call": failing}, RuntimeError, r"batch 1 \(shapes \(2, 3, 5, 5\)\): KeyError: 'odd'"),
        (broken_batches(), {}, RuntimeError, "batches failed to give batch 2: OSError: the disk is gone"),
        ([torch.randn(2, 3, 5, 5)], {"keep": 1}, ValueError, "keep must be >= 2, got 1"),
        ([torch.randn(2, 3, 5, 5)], {"k": {"*": 0}}, ValueError, "k must be >= 1, got 0"),
        ([torch.randn(2, 3, 5, 5)], {"axis": "last"}, TypeError, "axis must be an integer, got 'last'"),
        ([torch.randn(2, 3, 5, 5)], {"axis": {"x": 1}}, ValueError, "unknown site 'x'"),
        ([torch.randn(2, 3, 5, 5)], {"counts": 1}, TypeError, "counts must be of type bool"),
        ([torch.randn(2, 3, 5, 5)], {"sites": [3]}, TypeError, "sites must be of type str"),
        ([torch.randn(2, 3, 5, 5)], {"seed": -1}, ValueError, "seed must be >= 0, got -1"),
    ],
)
def test_what_cannot_be_probed_is_said_and_the_model_left_as_it_was(batches, options, kind, message):
    model = Changing()
    before = state(model)
    with pytest.raises(kind, match=message):
        probe(model, batches, **options)
    check_unchanged(model, before, touched=("words.weight", "norm.running_mean", "norm.num_batches_tracked"))


def test_a_hook_that_raises_is_named_with_its_batch():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    model[1].register_forward_hook(lambda *_: (_ for _ in ()).throw(ZeroDivisionError("in a hook")))
    batches = [torch.randn(2, 3)]
    before = state(model)
    with pytest.raises(RuntimeError, match=r"batch 1 \(shapes \(2, 3\)\): ZeroDivisionError: in a hook") as caught:
        probe(model, batches)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    check_unchanged(model, before)


def test_what_is_no_model_and_a_model_without_activations_are_refused():
    with pytest.raises(TypeError, match=r"a network must be a torch.nn.Module, got an object of type int"):
        probe(3, [torch.randn(2, 3)])
    with pytest.raises(
        ValueError, match=r"the model called no activation that a probe can see; it sees calls from Python of celu,"
    ):
        probe(nn.Linear(3, 4), [torch.randn(2, 3)])
    with pytest.raises(ValueError, match=r"weights have no shape yet \(0.weight\); run it on a batch first"):
        probe(nn.Sequential(nn.LazyLinear(3), nn.ReLU()), [torch.randn(2, 3)])
    with pytest.raises(ValueError, match=r"weights are on the device meta and hold no numbers \(0.weight\)"):
        probe(nn.Sequential(nn.Linear(3, 3, device="meta"), nn.ReLU()), [torch.randn(2, 3)])


def interrupted(after):
    for count in range(9):
        if count == after:
            raise KeyboardInterrupt
        yield torch.randn(2, 3)


def test_after_ctrl_c_what_was_seen_is_reported():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU())
    before = state(model)
    report = probe(model, interrupted(3))
    assert (report.batches, report.sites[0].seen) == (3, 6)
    assert "stopped by Ctrl-C after 3 batches; what was seen until then is reported" in report.verdicts
    check_unchanged(model, before, touched=tuple(dict(model.named_buffers())))
    with pytest.raises(KeyboardInterrupt):
        probe(model, interrupted(0))


def test_batches_that_end_early_are_told():
    class Loader(list):
        def __len__(self):
            return 5

    progress = []
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    report = probe(model, Loader([torch.randn(2, 3)] * 2), progress=lambda done, total: progress.append((done, total)))
    assert report.notes == ("the batches ended after 2 of 5",)
    assert progress == [(1, 5), (2, 5)]
    probe(model, iter([torch.randn(2, 3)]), progress=lambda done, total: progress.append((done, total)))
    assert progress[-1] == (1, None)


def test_values_that_are_not_finite_are_named_by_site_and_left_out():
    model = nn.Sequential(nn.Identity(), nn.ReLU(), nn.Linear(4, 3, bias=False), nn.Tanh())
    batch = torch.randn(100, 4)
    batch[3, 1], batch[5, 2], batch[5, 3] = torch.nan, torch.inf, -torch.inf
    report = probe(model, [batch])
    assert list(report.table["not_finite"]) == [3, 6]  # a row with NaN or infinity gives three of them
    assert len(report.sites[0].sample) == 98
    assert report.verdicts[0].startswith("1 relu: 3 values are NaN or infinite")
    assert report.sites[0].counts.positive[2] == int((batch[:, 2] > 0.0).sum())


def test_what_cannot_be_seen_is_said(noise):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        scripted = torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.ReLU()))
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), scripted, nn.LSTM(3, 5))
    said = " ".join(probe(model.eval(), [torch.randn(6, 3)]).verdicts)
    assert "scripted, so that no activation inside is seen: 2" in said
    assert "gates that run inside one call of torch are not seen: lstm in 3" in said
    attention = nn.Sequential(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.ReLU(), nn.ReLU())
    attention[2].forward = lambda x: x
    said = " ".join(probe(attention.eval(), [torch.randn(2, 3, 4)]).verdicts)
    assert "torch's fused path of transformer layers hides activations" in said
    assert re.search(r"modules that did not run, or where Python does not see it, as in fused code: 2$", said)


@pytest.mark.filterwarnings("ignore")  # of torch's compiler
def test_what_was_compiled_runs_as_it_was_written_and_is_compiled_again_behind_it():
    """Otherwise torch would compile the model anew, and the probe with it."""
    graphs = []
    compiled = torch.compile(
        nn.Sequential(nn.Linear(3, 4), nn.ReLU()), backend=lambda graph, inputs: graphs.append(graph) or graph.forward
    )
    batch = torch.randn(60, 3)
    expected = compiled(batch)
    report = probe(compiled, [batch])
    assert [reading.site.operation for reading in report.sites] == ["relu"]
    assert "compiled parts ran as they were written, which may round otherwise" in report.verdicts
    assert torch.equal(compiled(batch), expected)
    assert len(graphs) == 1


def test_threads_that_run_the_same_model_are_not_counted():
    class Meeting(nn.Module):
        def forward(self, x):
            if threading.current_thread() is threading.main_thread():
                other = threading.Thread(target=lambda: torch.relu(torch.randn(7, 3)))
                other.start()
                other.join()
            return torch.relu(x)

    assert probe(Meeting(), [torch.randn(2, 3)]).sites[0].seen == 2
