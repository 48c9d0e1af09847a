"""What the association configured: frozen types, and pure functions of them and of a moment in time.

May not enter here: sockets, threads, a clock, the event loop, the register. `file.py` alone opens files.
"""
