"""One table of named things: order, duplicates, and what an unknown name is told."""

import contextlib
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import manifold
from manifold import Registry, UnknownNameError
from manifold.registry import all_registries

TABLES = {"ACTIVATIONS", "DATASETS", "DECODERS", "EMBEDDINGS", "METRICS"}
CONTRACT = {
    "ACTIVATIONS": "linear relu relu6 leaky_relu elu tanh silu gelu hardswish",
    "EMBEDDINGS": "gaussian orthonormal uniform padded-gaussian padded-orthogonal",
    "DECODERS": "inverse doubled affine active-rows posterior",
}


@pytest.fixture
def fruit():
    registry = Registry("fruit")
    registry.add("pear", 1)
    registry.add("apple", 2)
    return registry


@given(st.lists(st.text(max_size=5), unique=True))
def test_names_come_in_the_order_they_were_entered(names):
    registry = Registry("letter")
    for i, name in enumerate(names):
        registry.add(name, i)
    assert list(registry) == names
    assert list(registry.values()) == list(range(len(names)))
    assert len(registry) == len(names)


def test_the_decorator_enters_and_returns_what_it_decorates(fruit):
    def peel():
        return "peel"

    assert fruit.register("banana")(peel) is peel
    assert fruit["banana"] is peel


def test_membership_and_get_work_as_in_a_dict(fruit):
    assert "pear" in fruit
    assert "plum" not in fruit
    assert fruit.get("plum", 7) == 7


def test_entries_cannot_be_set_or_deleted(fruit):
    with pytest.raises(TypeError, match="does not support item assignment"):
        fruit["pear"] = 3
    with pytest.raises(TypeError, match=r"doesn't support item deletion|does not support item deletion"):
        del fruit["pear"]


@pytest.mark.parametrize("table", sorted(CONTRACT))
def test_names_that_lectures_rely_on_are_there_in_their_order(table):
    names = [name for name in getattr(manifold, table) if name in CONTRACT[table].split()]
    assert names == CONTRACT[table].split()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_name_is_found_when_one_letter_is_wrong(table):
    registry = getattr(manifold, table)
    for name in registry:
        with pytest.raises(UnknownNameError, match=f"Did you mean '{name}'") as error:
            registry[name[:-1] + "_" + name[-1]]
        assert str(error.value).endswith(f"Choose one of: {', '.join(registry)}.")


@pytest.mark.parametrize("wrong", ["rleu", "RELU", "Relu", "relu "])
def test_relu_is_suggested(wrong):
    message = rf"^unknown activation '{wrong}'\. Did you mean 'relu'\? Choose one of: linear, relu, relu6"
    with pytest.raises(UnknownNameError, match=message):
        manifold.ACTIVATIONS[wrong]


@pytest.mark.parametrize(("short", "name"), [("inv", "inverse"), ("active", "active-rows"), ("post", "posterior")])
def test_half_a_name_is_enough_for_a_suggestion(short, name):
    with pytest.raises(UnknownNameError, match=f"Did you mean '{name}'"):
        manifold.DECODERS[short]


@pytest.mark.parametrize("wrong", ["qqqq", "", None, 3, [7]])
def test_where_nothing_is_near_the_choice_is_listed_without_a_guess(fruit, wrong):
    with pytest.raises(UnknownNameError, match=r"^unknown fruit .*[^?] Choose one of: pear, apple\.$"):
        fruit[wrong]


@pytest.mark.parametrize("kind", [KeyError, ValueError])
def test_an_unknown_name_is_a_key_error_and_a_value_error(fruit, kind):
    with pytest.raises(kind, match="unknown fruit 'plum'"):
        fruit["plum"]


def test_a_name_is_entered_once(fruit):
    with pytest.raises(ValueError, match="fruit 'pear' is registered already; choose another name"):
        fruit.add("pear", 5)
    assert fruit["pear"] == 1


@pytest.mark.parametrize("table", sorted(TABLES))
def test_what_comes_with_the_package_is_not_added(table):
    assert getattr(manifold, table).added() == {}


def test_what_a_script_adds_is_known_as_such(fruit):
    fruit.register("banana")(3)
    assert fruit.added() == {"pear": 1, "apple": 2, "banana": 3}


def test_lent_entries_are_there_for_a_while_and_come_before_others_of_their_name(fruit):
    with fruit.lend({"pear": 7, "fig": 9}):
        assert dict(fruit) == {"pear": 7, "apple": 2, "fig": 9}
        assert "fig" in fruit.added()
    assert dict(fruit) == {"pear": 1, "apple": 2}
    with contextlib.suppress(ZeroDivisionError), fruit.lend({"fig": 9}):
        raise ZeroDivisionError
    assert "fig" not in fruit


def test_all_registries_are_found_once_by_an_address_that_leads_to_them():
    registries = all_registries()
    for address, registry in registries.items():
        module, _, name = address.partition(":")
        assert getattr(importlib.import_module(module), name) is registry
    ids = [id(registry) for registry in registries.values()]
    assert len(ids) == len(set(ids))
    assert {id(getattr(manifold, table)) for table in TABLES} <= set(ids)
