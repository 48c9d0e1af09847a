"""The SIM card line: a USB modem behind the `Line` contract.

`at/` speaks to the modem, `profiles.py` knows what each make does differently, `life.py` what state a modem is in,
`modem.py` drives one through it (`looks.py` asks, `sim.py` unlocks, `medicines.py` brings back); `glance.py` looks at
one that nobody drives. `calls.py` knows which calls there are and `watching.py` keeps that in step with the modem;
`line.py` and `leg.py` are the line, `placing.py` dials, `paired.py` and `pairing.py` carry two calls at once.
"""
