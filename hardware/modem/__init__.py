"""What every modem shares, on a SIM card or on a copper pair.

`attached.py` is its life in USB (`life.py` its states, `medicines.py` what brings it back), `trouble.py` and `words.py`
say what is wrong with it, `verdict.py` how placing a call ended. Its port is `hardware/at`.
"""
