"""`dyzurka demo`: a call, a queue or a night, told as it happens, over real SIP and RTP on loopback."""
