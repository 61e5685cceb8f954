"""What stands inside a block or network while points pass through it."""
