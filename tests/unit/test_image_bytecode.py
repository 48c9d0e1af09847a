"""Byte code that is kept from one build of the image to the next: none that is old, and none made twice."""

from __future__ import annotations

import compileall
import importlib.util
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PYTHON = "the root as it is"


@pytest.fixture
def bytecode(monkeypatch):
    spec = importlib.util.spec_from_file_location("bytecode", TOP / "image" / "bytecode.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TAG", sys.implementation.cache_tag)
    return module


@pytest.fixture
def library(tmp_path):
    (tmp_path / "lib" / "inner").mkdir(parents=True)
    (tmp_path / "lib" / "one.py").write_text("ONE = 1\n")
    (tmp_path / "lib" / "inner" / "two.py").write_text("TWO = 2\n")
    return tmp_path / "lib"


def built(bytecode, library: Path, kept: Path, python: str = PYTHON) -> list[str]:
    """One build, of sources without byte code; which had to be compiled."""
    for old in library.rglob("*.pyc"):
        old.unlink()
    missing = bytecode.fetch(library, kept, python)
    for source in missing:
        assert compileall.compile_file(source, quiet=1)
    bytecode.keep(library, kept, python)
    assert len(list(library.rglob("*.pyc"))) == len(list(library.rglob("*.py")))
    return [source.name for source in missing]


def test_only_what_has_changed_is_compiled_again(bytecode, library, tmp_path):
    kept = tmp_path / "kept"
    assert built(bytecode, library, kept) == ["two.py", "one.py"]
    assert built(bytecode, library, kept) == []
    (library / "one.py").write_text("ONE = 11\n")
    assert built(bytecode, library, kept) == ["one.py"]
    (library / "three.py").write_text("ONE = 11\n")
    assert built(bytecode, library, kept) == ["three.py"], "its place is in its byte code"
    assert built(bytecode, library, kept, "another Python") == ["two.py", "one.py", "three.py"]


def test_what_no_build_wants_any_more_is_not_kept(bytecode, library, tmp_path):
    kept = tmp_path / "kept"
    built(bytecode, library, kept)
    (library / "one.py").unlink()
    (library / "__pycache__" / f"one.{sys.implementation.cache_tag}.pyc").unlink()
    built(bytecode, library, kept)
    assert len(list(kept.iterdir())) == 1
