"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "roll": {"k": "10"},
    "too-many": {"k": "40", "view": "lines"},
    "too-few": {"k": "3"},
    "noise": {"noise": "0.05", "view": "lines"},
    "shadow": {"method": "pca"},
    "hole": {"hole": "0.4"},
    "hole-locally": {"hole": "0.4", "method": "hessian-lle"},
    "t-sne": {"method": "t-sne", "points": "1000"},
    "network": {"method": "autoencoder", "points": "1000"},
    "sphere": {"dataset": "severed sphere"},
    "thread-table": {"dataset": "thread", "view": "lines", "draw": "3", "points": "500"},
    "thread-space": {"dataset": "thread,dim=3", "view": "lines", "draw": "3", "points": "500"},
    "digits": {"dataset": "digits", "points": "1700", "view": "points"},
    "photograph": {"dataset": "photograph", "points": "1000"},
}
