"""Where the mains are looked at: a UPS that NUT serves (`nut.py`, `nut_ups.py`), one on a pin (`contact.py`), one that
is played (`simulated.py`). It gives readings; what they mean is `appliance/mains`."""
