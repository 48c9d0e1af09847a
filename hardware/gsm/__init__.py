"""The SIM card line: a USB modem behind the `Line` contract.

`hardware/at` speaks to the modem and `hardware/modem` brings it back; `profiles.py` knows what each make does
differently, `modem.py` drives one (`looks.py` asks, `sim.py` unlocks), `glance.py` looks at one that nobody drives.
`calls.py` knows which calls there are and `watching.py` keeps that in step with the modem; `line.py` and `leg.py` are
the line, `placing.py` dials, `paired.py` and `pairing.py` carry two calls at once.
"""
