"""How calls get in and out: the contract `line`, its SIP and simulated lines, and the choice between them."""
