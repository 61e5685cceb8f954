"""What a digest of a user's function or object tells apart, and what it does not."""

import dataclasses
import functools
import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from joblib import wrap_non_picklable_objects

from manifold import ACTIVATIONS, Activation
from manifold.runs.digests import digest

ROOT = Path(__file__).parents[2]


def defined(source, name="f"):
    """What a script with this source calls `name`."""
    names = {"__name__": "__main__"}
    exec(textwrap.dedent(source), names)
    return names[name]


SCRIPT = """
    import numpy as np
    from dataclasses import dataclass, field
    SLOPE = 0.5
    TABLE = np.arange(3.0)
    def steep(z):
        return 2 * z
    class Shape:
        power = 3
        def __call__(self, z):
            return self.scale * steep(z) ** self.power
        def __init__(self, scale):
            self.scale = scale
    @dataclass(frozen=True)
    class Entry:
        shape: Shape
        names: list = field(default_factory=list)
    def around(offset):
        def inner(z, *, more=1):
            return [np.tanh(steep(part)) + TABLE[0] for part in z if part in {1, 2, 3}] + [SLOPE, offset, more]
        return inner
    def f(z, steps=(1, 2)):
        return f(around(4)(z)) if len(z) > 1 else Entry(Shape(3.0))
"""


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("SLOPE = 0.5", "SLOPE = 0.25"),
        ("arange(3.0)", "arange(1.0, 4.0)"),
        ("2 * z", "3 * z"),
        ("2 * z", "2 + z"),
        ("power = 3", "power = 4"),
        ("self.scale * steep", "self.scale - steep"),
        ("default_factory=list", "default_factory=tuple"),
        ("more=1", "more=2"),
        ("np.tanh", "np.sinh"),
        ("{1, 2, 3}", "{1, 2, 4}"),
        ("around(4)", "around(5)"),
        ("steps=(1, 2)", "steps=(1, 3)"),
        ("Shape(3.0)", "Shape(3.5)"),
    ],
)
def test_any_change_in_what_a_function_uses_is_told(was, becomes):
    assert was in SCRIPT
    assert digest(defined(SCRIPT)) != digest(defined(SCRIPT.replace(was, becomes)))


def test_where_a_function_stands_and_its_comments_do_not_count():
    moved = "    x = 3\n" + SCRIPT.replace("return 2 * z", "return 2 * z  # steep enough")
    assert digest(defined(SCRIPT)) == digest(defined(moved))


@pytest.mark.parametrize("name", ["f", "around", "Shape", "Entry"])
def test_a_copy_in_another_process_has_the_same_digest(name):
    """With another order of sets of texts, and without the source."""
    value = defined(SCRIPT, name)
    packed = pickle.dumps(wrap_non_picklable_objects({"value": value}, keep_wrapper=False))
    code = "import pickle, sys\nfrom manifold.runs.digests import digest\n"
    code += "print(digest(pickle.loads(bytes.fromhex(sys.stdin.read()))['value']))"
    run = functools.partial(subprocess.run, [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run(input=packed.hex()).stdout.strip() == digest(value)


def test_objects_are_told_by_what_they_hold():
    shape = defined(SCRIPT, "Shape")
    assert digest(shape(1.0)) == digest(shape(1.0)) != digest(shape(2.0))
    assert digest(functools.partial(shape, 1.0)) != digest(functools.partial(shape, 2.0))
    assert digest(shape(1.0).__call__) != digest(shape(2.0).__call__)
    assert digest(np.array([1.0, 2.0])) != digest(np.array([1.0, 3.0]))
    assert digest(np.tanh) == digest(np.tanh) != digest(np.sinh)
    assert digest(functools.lru_cache(shape)) != digest(functools.lru_cache(len))


def test_an_entry_is_told_by_its_fields_and_not_by_what_it_has_computed_from_them():
    relu = ACTIVATIONS["relu"]
    mine = dataclasses.replace(relu, name="mine", function=lambda z: z)
    before = digest(mine)
    assert mine.outputs  # computed at first use, and held
    assert digest(mine) == before
    assert digest(dataclasses.replace(mine, low=-1.0)) != before
    assert isinstance(mine, Activation)


def test_functions_of_this_package_without_a_name_are_told_apart():
    functions = {name: activation.function for name, activation in ACTIVATIONS.items()}
    assert len({digest(function) for function in functions.values()}) == len(set(functions.values()))


def test_functions_that_call_each_other_have_a_digest():
    source = "def f(n):\n    return g(n - 1) if n else 1\ndef g(n):\n    return {} * f(n)\n"
    assert digest(defined(source.format(2))) != digest(defined(source.format(3)))


def test_what_holds_a_lock_has_none():
    with pytest.raises(TypeError, match="cannot pickle"):
        digest(threading.Lock())
