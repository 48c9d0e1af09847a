"""What the SIP parts promise, each without I/O, and together on loopback."""
