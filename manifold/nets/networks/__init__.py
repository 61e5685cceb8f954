"""The papers' networks, their weights and their images."""
