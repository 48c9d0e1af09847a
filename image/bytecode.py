"""Byte code of the box's own Python, kept from build to build: to make it emulated takes minutes, and most files stay.

    bytecode.py fetch LIBRARY KEPT PYTHON    puts what is kept beside its sources; prints the others, a path a line
    bytecode.py keep LIBRARY KEPT PYTHON     keeps all that lies beside the sources, and nothing else

LIBRARY is the folder of sources, KEPT a folder that outlives the build, PYTHON names the Python that compiles. What a
file's byte code is kept under is made of its place, its text and that name.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

TAG = "cpython-313"  # trixie's


def sources(library: Path, python: str) -> Iterator[tuple[Path, Path, str]]:
    """Each source, where its byte code lies, and what that is kept under."""
    for source in sorted(library.rglob("*.py")):
        place = str(source.relative_to(library))
        key = sha256(b"\0".join((python.encode(), place.encode(), source.read_bytes()))).hexdigest()
        yield source, source.parent / "__pycache__" / f"{source.stem}.{TAG}.pyc", key


def fetch(library: Path, kept: Path, python: str) -> list[Path]:
    """Put what is kept in its place; the sources that have none."""
    missing = []
    for source, compiled, key in sources(library, python):
        if (kept / key).is_file():
            compiled.parent.mkdir(exist_ok=True)
            shutil.copyfile(kept / key, compiled)
        else:
            missing.append(source)
    return missing


def keep(library: Path, kept: Path, python: str) -> None:
    """Keep what this build has, and forget the rest. A source that does not compile has none."""
    new = kept.with_name(kept.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for _, compiled, key in sources(library, python):
        if compiled.is_file():
            shutil.copyfile(compiled, new / key)
    shutil.rmtree(kept, ignore_errors=True)
    new.rename(kept)


def main() -> None:
    """See above."""
    deed, library, kept, python = sys.argv[1:]
    if deed == "fetch":
        for source in fetch(Path(library), Path(kept), python):
            print(source)
    elif deed == "keep":
        keep(Path(library), Path(kept), python)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
