"""The mains and the UPS: noticed, told, and stopped for in time.

`machine.py`, `telling.py` and `words.py` are pure; `keeper.py` looks, tells and stops; `rest.py` waits for the mains
while no exchange runs. Where readings come from is `hardware/mains`.
"""
