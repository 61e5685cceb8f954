"""Taking a lift away: the words that make the view of the page Lifting again, and its numbers."""

from __future__ import annotations

from manifold.checks import Floats, Integers
from manifold.planes.moments import Lifted
from manifold.ui.pages.lifting.views import CURVE_DRAWS, N_POINTS, TRAINED, UNITS, LiftSetting
from manifold.ui.share import command_line, csv_text, python_script, unless

_LIFT_IMPORTS = """
from manifold import make_cloud, random_stream
from manifold.learning import LIFTS, separate, two_classes

"""
_TRAINED_IMPORTS = """
from manifold import make_cloud, random_stream
from manifold.learning import two_classes
from manifold.nets import train_lift

"""


def lifting_script(setting: LiftSetting) -> str:
    """A script that prints the numbers of the lift shown."""
    points = f"""
rng = random_stream({setting.seed}, {setting.draw})
cloud = make_cloud({setting.dataset!r}, {N_POINTS}, rng=rng)
labels = two_classes(cloud)
"""
    if setting.lift == TRAINED:
        return python_script(_TRAINED_IMPORTS, points, _training(setting))
    return python_script(
        _LIFT_IMPORTS,
        points,
        f"""
features_of = LIFTS[{setting.lift!r}].make({setting.units}, rng)
features = features_of(cloud.points, cloud.chart)
separation = separate(features, labels)
print("dimensions", features.shape[1])
print("right-side", separation.accuracy)
print("wrong", (~separation.correct).sum())
""",
    )


def _training(setting: LiftSetting) -> str:
    hidden = f"({setting.before},)" if setting.before else "()"
    return f"""
run = train_lift(cloud.points, labels, hidden={hidden}, activation={setting.activation!r}, rng=rng)
heights = run.hidden[-1] @ run.weights[-1] + run.offsets[-1]  # run.hidden (T, {N_POINTS}, 3): the watched layer at T moments
print("dimensions", run.hidden.shape[2])
print("right-side", run.accuracy[-1])
print("wrong", ((heights > 0.0) != (labels == 1)).sum())
"""


def lifting_command(setting: LiftSetting) -> str:
    """The command that draws the lift shown."""
    trained = setting.lift == TRAINED
    return command_line(
        "lift",
        seed=setting.seed,
        draws=1,
        datasets=f'["{setting.dataset}"]',
        lift=setting.lift,
        units=[setting.units] if setting.drawn else None,
        before=unless(32, setting.before) if trained else None,
        activation=unless("relu", setting.activation) if trained else None,
        shown=setting.draw,
    )


def curve_command(setting: LiftSetting) -> str:
    """The command that draws the curve of random units."""
    return command_line("lift", seed=setting.seed, draws=CURVE_DRAWS, datasets=f'["{setting.dataset}"]', units=UNITS)


def lift_table(points: Floats, labels: Integers, lifted: Lifted) -> str:
    """CSV: the points, their class, whether they are on its side, and the features, one line a point."""
    names = ["x", "y", "class", "right_side", *(f"feature_{k + 1}" for k in range(lifted.features.shape[1]))]
    return csv_text(names, [points, labels, lifted.separation.correct, lifted.features])
