"""Where the mains are looked at: a UPS that NUT serves (`nut.py`, `nut_ups.py`), one on a pin (`contact.py`), one that
a test (`simulated.py`) or a file (`played.py`) plays. It gives readings; what they mean is `appliance/mains`."""
