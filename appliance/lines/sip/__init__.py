"""SIP: guard → message → transactions → dialog → leg; sdp, digest, trunk, registration, registrar.

Everything but `transport.py` and the lines built on it is bytes in, events out: no socket, no clock, no event loop.
"""
