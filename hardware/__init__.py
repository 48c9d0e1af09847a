"""What is plugged in: modems (gsm/, fxo/), lamps and button (panel/), discovery, wiring: a room each."""
