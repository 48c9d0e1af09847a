"""The exchange: answers the building's number, finds the person on duty, remembers every call."""

VERSION = "0.1.0"
PRODUCT = f"Dyzurka/{VERSION}"
