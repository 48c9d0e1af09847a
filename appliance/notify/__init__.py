"""SMS, mail and push: how people learn of a call without being rung. Comes with the GSM line."""
