"""The panel of the box: what its lamps, buzzer and button do as the exchange stands, and contacts that raise alarm.

The pins are `hardware/panel`; without any, the page shows the same panel and has its buttons.
"""
