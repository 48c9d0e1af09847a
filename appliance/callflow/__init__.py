"""What a caller lives through, told as the association would tell it: plain async code over a `Leg`.

May not enter here: a socket, a file, a clock of its own, a line's kind, a protocol. What a step needs stands in
its `Desk`. Waiting is `asyncio.sleep` and `asyncio.timeout`, so a whole night runs on the virtual loop.
"""
