"""What holds for every test: Hypothesis judges results, not how busy the machine is."""

from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
