"""Brings the byte code of all templates up to date: `python -m webui.compiling`, as `compileall` does for Python's.

Said so outright, it writes also where Python itself is not to. A box's is made with its image or when it is installed.
"""

from __future__ import annotations

import os
from pathlib import Path

from webui.app import create_app
from webui.compiled import CACHE, Kept


def main() -> None:
    """Compile what is missing or old."""
    environment = create_app(Path(os.devnull), Path(os.devnull)).jinja_env
    environment.bytecode_cache = Kept(environment, CACHE, writes=True)
    for name in environment.list_templates():
        environment.get_template(name)


if __name__ == "__main__":
    main()
