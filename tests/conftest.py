"""What holds for every test: Hypothesis judges results, not how busy the machine is.

A run tries the same examples as the run before it, so that a red one is about what was changed; `make explore` tries
new ones, and more of them.

Programs that the tests start keep their byte code, as on a box: without it each of hundreds compiles all of it again.
"""

import os

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=int(os.environ.get("EXAMPLES", "1000")))
settings.load_profile(os.environ.get("HYPOTHESIS", "same"))

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
