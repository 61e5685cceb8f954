"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "bowl": {"lift": "bowl"},
    "none": {"lift": "none"},
    "three-units": {"lift": "relu", "n": "3"},
    "twenty-units": {"lift": "relu", "n": "20"},
    "thread": {"dataset": "thread", "lift": "none", "draw": "7"},
    "thread-lifted": {"dataset": "thread", "lift": "thread", "draw": "7"},
    "spirals": {"dataset": "two spirals", "lift": "relu", "n": "20"},
    "learned": {"lift": "trained"},
    "learned-spirals": {"dataset": "two spirals", "lift": "trained", "draw": "0"},
    "learned-linear": {"lift": "trained", "activation": "linear"},
    "learned-three": {"lift": "trained", "before": "0"},
}
