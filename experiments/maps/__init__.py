"""Maps of points in many dimensions: what unrolls them, what pulls them apart, and what a network does to their shape."""
