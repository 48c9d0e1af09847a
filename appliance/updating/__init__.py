"""Another version on the box: from a signed bundle into the other slot, tried, kept only if the box is well with it.

`states.py` is the story as a table, `allowed.py` says when it may begin, `healthy.py` when the new version stays,
`journal.py` what of it survives a restart: pure, and each version reads what the one before has written. `slots.py` is
what a machine with two slots can do, `spool.py` (the box) and `simulated.py` (everywhere) do it; `updater.py` goes from
state to state. `helper.py` alone runs as root, in a unit of its own. No call flow and no line enters here.
"""
