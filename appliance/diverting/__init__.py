"""While the box is dead, the SIM card's network sends its calls to the person on duty.

`target.py` says to whom (pure), `diverter.py` keeps the network's diversion in step with shifts and swaps.
"""
