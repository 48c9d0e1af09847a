"""AT commands (ITU-T V.250, 3GPP TS 27.007 and 27.005): `lines` and `replies` are pure, `port` owns the tty.

Nothing here knows a call, a message or a make of modem.
"""
