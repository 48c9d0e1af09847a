"""What is plugged in: modems (at/, modem/, gsm/, fxo/), lamps and button (panel/), discovery, wiring: a room each."""
