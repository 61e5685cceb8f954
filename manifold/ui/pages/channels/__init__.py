"""How many channels: what is lost against the width."""
