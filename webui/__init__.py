"""The page on the local network: reads the register itself, asks the exchange through the control socket."""
