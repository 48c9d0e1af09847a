"""Gateways for a copper line: what has to be set on each model, so that the box and the line understand each other.

`sheets.toml` holds the settings, `sheet.py` fills in what the building file and the network tell. Pure: it asks no
gateway anything, and no model was at hand; the settings are taken from the makers' documents.
"""
