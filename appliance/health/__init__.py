"""The exchange watches itself: what is measured, what is judged a fault, and when it no longer says that it lives.

`judge.py` and `vital.py` are pure: they take measurements and moments. `measuring.py` looks, `watch.py` does so
every second.
"""
