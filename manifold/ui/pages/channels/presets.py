"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "six-times-two": {"n": "12"},
    "as-many": {"n": "2"},
    "half": {"n": "15", "dimension": "8"},
    "six-times-sixteen": {"n": "96", "dimension": "16"},
    "misread": {"n": "24", "dimension": "8"},
    "exact": {"n": "12", "decoder": "active-rows"},
    "doubled": {"n": "24", "decoder": "doubled"},
    "relu6-large": {"n": "12", "activation": "relu6", "scale": "15"},
    "bound": {"n": "48", "dimension": "8", "view": "bound"},
    "leaky": {"n": "2", "activation": "leaky_relu"},
}
