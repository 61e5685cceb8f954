"""What the code of this project costs, in time and memory; these rows differ from run to run."""
