"""Reads, checks and writes building.toml."""
