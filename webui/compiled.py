"""Templates' byte code, kept as Python keeps its own: `python -m webui.compiling` makes all of it.

A template that is compiled when somebody first looks costs the page 0.1 s and 3 MB that it never gives back. Where no
byte code may be written (a read-only root, PYTHONDONTWRITEBYTECODE) and none is kept, it is compiled in memory as ever.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache

CACHE = Path(__file__).parent / "__pycache__" / "templates"


class Kept(BytecodeCache):
    """One file a template and version of Python; Jinja sees for itself when its template has changed."""

    def __init__(self, environment: Environment, folder: Path, *, writes: bool) -> None:
        """`writes`: keep what had to be compiled, as far as the folder may be written."""
        self._folder, self._writes = folder, writes
        self._settings = repr((environment.trim_blocks, environment.lstrip_blocks, sorted(environment.extensions)))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The file's name: the same wherever the program lies."""
        return f"{name.replace('/', '__')}.{sys.implementation.cache_tag}"

    def get_source_checksum(self, source: str) -> str:
        """Of all that the byte code is made from."""
        return super().get_source_checksum(self._settings + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja asks for what is kept."""
        with suppress(OSError, EOFError, ValueError, UnpicklingError), self._place(bucket).open("rb") as kept:
            bucket.load_bytecode(kept)  # what is of another source or version is passed over

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Jinja has compiled a template."""
        if not self._writes:
            return
        place = self._place(bucket)
        beside = place.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(bucket.bytecode_to_string())
            beside.replace(place)

    def _place(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.jinja"


def compiled_into(environment: Environment) -> None:
    """Have an environment, whose settings are made, use the byte code and keep what is missing."""
    environment.bytecode_cache = Kept(environment, CACHE, writes=not sys.dont_write_bytecode)
