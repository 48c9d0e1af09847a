"""Measures the exchange under load, side by side with Asterisk where `make bench-asterisk` has put one.

`python -m tests.bench` is the command; `docs/measurements.md` says what each figure means. The load comes from a
process of its own (`driver.py`) that shares no code with the product.
"""
