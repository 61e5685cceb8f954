"""Milliseconds: of modules in turns, and of networks as sums over parts that are measured once."""

from manifold.nets.compression.latency import LatencyTable, milliseconds, parts_of
from manifold.nets.compression.widths import Widths

SHAPE = (1, 8, 8)


def test_a_table_knows_each_part_once_and_adds_them_up(monkeypatch):
    measured = []

    def fake(modules, **options):
        measured.extend(modules)
        return {name: 1.0 + len(measured) for name in modules}

    monkeypatch.setattr("manifold.nets.compression.latency.milliseconds", fake)
    table = LatencyTable()
    first, second = (Widths(inner=(48, 48, inner)).network(SHAPE, 10) for inner in (48, 40))
    table.measure(first, SHAPE)
    assert len(measured) == 7
    assert table.measure(second, SHAPE) == sum(table.known[name] for name in parts_of(second, SHAPE))
    assert len(measured) == len(set(measured)) == 8


def test_each_module_is_timed_by_itself():
    class Counting:
        calls = 0

        def __call__(self, x):
            self.calls += 1

    one, other = Counting(), Counting()
    times = milliseconds({"one": (one, SHAPE), "other": (other, (3,))}, batch=2, repeats=3)
    assert (one.calls, other.calls) == (4, 4)
    assert all(each > 0.0 for each in times.values())
