"""Gateways for a copper line: what has to be set on each model, and what its status page tells of the copper.

`sheets.toml` holds the settings, `sheet.py` fills in what the building file and the network tell. `watch.py` reads the
status page of a line that names one (`reading.py` over HTTP, `copper.py` what stands on it). No model was at hand:
everything is taken from the makers' documents.
"""
