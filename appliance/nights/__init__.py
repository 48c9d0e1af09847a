"""Whole nights of a simulated building: callers, people, lines, disk and power by chance, and the promises checked.

May not enter here: a socket, a thread, a clock but the virtual one, chance but that of a seed. The nights run the
call flow as it stands; they decide nothing of it.
"""
