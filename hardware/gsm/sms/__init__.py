"""SMS over a modem: `alphabet` and `pdu` are its letters on the wire, `letters` puts long ones together, `carrier`
sends and fetches them by AT commands. All but the carrier is pure: octets in, texts out.
"""
