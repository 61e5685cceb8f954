"""What a network costs: counted by formula, measured by running it, drawn as a graph."""
