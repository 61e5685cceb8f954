"""What an activation does to points: one random layer y = f(T x), what it loses, and which decoder is to blame for the rest."""
