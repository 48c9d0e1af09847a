"""Sound: the media process and its 20 ms tick, RTP, a modem's sound port, G.711, DTMF, prompts, bridge, recorder.

Inside the box sound is 160 bytes of A-law every 20 ms (ITU-T G.711, 8,000 samples a second).
"""
