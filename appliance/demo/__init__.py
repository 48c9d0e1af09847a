"""`dyzurka demo`: one urgent call, told as it happens, over real SIP and RTP on loopback."""
