"""Lamps, buzzer, button and contacts on the pins of a Pi: the pins themselves, and what presses and flickers mean."""
