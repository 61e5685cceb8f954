"""The command line: finds experiments by name, measures them, and writes what they find."""
