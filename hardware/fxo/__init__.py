"""A copper pair by a USB voice modem: ring and caller, off hook, sound, tones, on hook.

The modem's commands are spoken here by the AT port of `hardware/at`; its sound is the media process's
(`appliance/media/voice_port.py`), which gets the same tty for as long as a call lasts.
"""
