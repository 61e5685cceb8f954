"""Taking the view away: the words that make the page Real network again, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from manifold.ui.pages.network.setting import TRAINED, UNIT, NetworkSetting
from manifold.ui.pages.network.views import KEPT, PROBED, Followed
from manifold.ui.share import command_line, python_script, unless
from manifold.ui.upload import Upload

OWN = """
import torch
from manifold import picture_views, random_stream
from manifold.nets import mobilenet_v2, probe, trace

model = mobilenet_v2().eval()  # your module
batches = [torch.randn(8, 3, 96, 96)]  # what it takes
report = probe(model, batches)  # every activation; a notebook shows a figure
print(report)
views = picture_views(size=96, rng=random_stream(0))  # mean=, scale=: as your module takes pictures
followed = trace(model, views)  # before and behind every activation
print(followed.table[["place", "knn_r2", "two_nn"]].to_string())
"""
"""The lines for a notebook."""


def network_script(setting: NetworkSetting, put: tuple[str, str, str] | None, *, named: bool) -> str:
    """A script that prints the numbers of the page; classes of the picture where they are named."""
    picture = f"PHOTOGRAPHS[{setting.photo!r}]()" if setting.own is None else f"read_picture({setting.own.name!r})"
    return python_script(
        f"""
import torch
from manifold import {"PHOTOGRAPHS" if setting.own is None else "read_picture"}, picture_views, random_stream
from manifold import nets

picture = {picture}
rng = random_stream({setting.seed}, {setting.draw})
views = picture_views(picture, kind={setting.kind!r}, count={setting.count}, size={setting.size}{_scaling(setting)}, rng=rng)
images = torch.from_numpy(views.points).float().reshape(-1, *views.shape)
models = {{}}
""",
        _trained(setting) if "trained" in setting.arms else "",
        f"""
random = nets.initialise(nets.{setting.network}(), rng=random_stream({setting.seed}, {setting.draw}, 1)).eval()
models["random"] = nets.take_statistics(random, images[::{-(-setting.count // 54)}])
for arm in {setting.arms!r}:
    table = nets.trace(models[arm], views, sites=list(nets.block_paths(models[arm]))).table
    row = table[table["kind"] == "block"].iloc[-1]
    print(f"{{arm}}-read", row["knn_r2"])
    print(f"{{arm}}-dimension", row["two_nn"])

report = nets.probe(models[{setting.weights!r}], torch.split(images[::{-(-setting.count // PROBED)}], 8), keep={KEPT})
print(report)
""",
        "" if put is None else _change(setting, *put),
        _classes(setting) if named else "",
    )


def values_script(before: Upload, after: Upload | None, activation: str | None, k: int | None) -> str:
    """A script that prints what the page says of activations from files."""
    options = {"activation": activation, "k": k}
    given = "".join(f", {name}={value!r}" for name, value in options.items() if value is not None)
    return python_script(
        f"""
from manifold import read_points
from manifold.nets import probe_values

before = {_points(before)}
""",
        "" if after is None else f"after = {_points(after)}\n",
        f"""
report = probe_values(before{"" if after is None else ", after"}{given})
print(report)
print(report.table.T.to_string())
""",
    )


def _points(upload: Upload) -> str:
    options = "".join(f", {name}={value!r}" for name, value in upload.options.items())
    return f"read_points({upload.name!r}{options}).points"


def _trained(setting: NetworkSetting) -> str:
    network = f'nets.{TRAINED}(weights="imagenet").eval()'
    if setting.checkpoint is not None:
        network = f"nets.load_network({setting.network!r}, {setting.checkpoint.name!r})"
    return f"""
models["trained"] = {network}
"""


def _scaling(setting: NetworkSetting) -> str:
    """Options of what makes pictures into numbers, where they are not as usual."""
    scaling = setting.scaling
    return "" if scaling["mean"] == UNIT[0] else "".join(f", {name}={value}" for name, value in scaling.items())


def _change(setting: NetworkSetting, path: str, activation: str, repair: str) -> str:
    fitted = "images[:1]" if repair == "none" else "images[~scored]"
    return f"""
scored = torch.zeros(len(images), dtype=torch.bool)
scored[::{-(-setting.count // PROBED)}] = True
model = models["trained"]
stages = nets.fit_insertions(model, {fitted}, [{path!r}], activation={activation!r}, repair={repair!r})
damage = nets.measure_damage(model, images[scored], stages)
print("cosine", damage.cosine.mean())
print("kept", damage.kept.mean())
"""


def _classes(setting: NetworkSetting) -> str:
    return f"""
whole = nets.prepare_image(picture{_scaling(setting)})
answers = nets.measure_damage(model, whole, stages)
for logits in (answers.before, answers.after):
    print("classes:", ", ".join(nets.class_name(number) for number in logits[0].argsort()[::-1][:3].tolist()))
"""


def network_command(setting: NetworkSetting) -> str:
    """The command that measures what the page shows, at every activation too."""
    return command_line(
        "trace",
        seed=setting.seed,
        draws=1,
        network=unless(TRAINED, setting.network),
        picture=unless("palace", setting.photo),
        kind=unless("rotation-zoom", setting.kind),
        count=setting.count,
        size=setting.size,
        weights=_weights(setting),
        checkpoint=setting.checkpoint.name if setting.checkpoint else None,
        mean=unless(UNIT[0], setting.scaling["mean"]),
        scale=unless(UNIT[1], setting.scaling["scale"]),
        shown=setting.draw,
    )


def _weights(setting: NetworkSetting) -> str:
    """The arms by their names among the experiments."""
    names = [{"trained": "trained", "random": "normed"}[arm] for arm in setting.arms]
    return ",".join(names)


def more_commands(setting: NetworkSetting, put: tuple[str, str, str] | None) -> list[str]:
    """The commands that ask what stands below of crops of all photographs: Figure 7, and activations put at bottlenecks."""
    if setting.network != TRAINED or setting.checkpoint is not None:
        return []
    channels = command_line("positive_channels", seed=setting.seed)
    return [channels] if put is None else [channels, command_line("bottleneck_ablation", seed=setting.seed)]


def trace_table(followed: Mapping[str, Followed]) -> str:
    """CSV: the scores at every place of every network."""
    parts = [each.trace.table.assign(weights=arm) for arm, each in followed.items()]
    lines = [part.to_csv(index=False, header=number == 0) for number, part in enumerate(parts)]
    return "".join(lines)
