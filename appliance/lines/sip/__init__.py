"""SIP: guard → message → transactions → dialog → agent, all without I/O; transport, streams, stack,
trunk and leg add asyncio.

Modules up to `agent` open no socket, read no clock and import no asyncio: bytes and times go in, packets and
events come out.
"""
