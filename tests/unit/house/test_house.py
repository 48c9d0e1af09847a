"""The house keeps its shape: arrows point one way, clocks are read in one place, every public name is explained.

A number here is a limit that the code stands below, with the reason beside it.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
SOURCES = sorted(path for room in ("appliance", "webui", "hardware") for path in (TOP / room).rglob("*.py"))
LONGEST_FILE = 500  # lines: more does not fit into one head at once
LONGEST_FUNCTION = 50

# Who may not import whom, and why. A room is a prefix of a dotted module name.
FORBIDDEN = [
    ("appliance.building", ("appliance.callflow", "appliance.lines", "appliance.register", "appliance.media"), "data"),
    ("appliance.building", ("asyncio", "socket", "threading", "time"), "pure functions of a moment"),
    ("appliance.callflow", ("appliance.lines.sip", "appliance.lines.simulated"), "knows no line's kind"),
    ("appliance.callflow", ("appliance.media.plane", "appliance.media.channel", "appliance.exchange"), "names only"),
    ("appliance.callflow", ("socket", "time", "threading", "subprocess", "random"), "no I/O, no clock, no chance"),
    ("appliance.lines", ("appliance.callflow", "appliance.exchange", "webui"), "a line serves, it does not decide"),
    ("appliance.media", ("appliance.callflow", "appliance.lines", "appliance.register"), "sound knows no call"),
    ("appliance.register", ("appliance.callflow", "appliance.lines", "webui"), "remembers, does not act"),
    ("webui", ("appliance.callflow", "appliance.lines", "appliance.media", "appliance.exchange"), "asks by the socket"),
    (
        "appliance.requests",
        ("appliance.exchange", "appliance.running", "webui"),
        "serves the exchange",
    ),
    ("hardware", ("appliance.callflow", "appliance.exchange", "webui"), "serves lines"),
]
# One exception of a rule, with its reason.
ALLOWED = {
    ("appliance.media.prompts", "appliance.callflow.numerals"): "the pause between digits is a text of the sentences",
}
CLOCK_MODULE = "appliance.clock"
CLOCKS = {
    *(f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter", "clock_gettime") for unit in ("", "_ns")),
    *("time.localtime", "time.gmtime", "time.ctime", "time.sleep", "time.strftime"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
}
# What of SIP may touch the world. Everything else there is bytes, times and commands in, packets and events out: a new
# module is pure unless it is named here.
SIP = "appliance.lines.sip"
SIP_WITH_IO = {
    *(
        "attempts",
        "connection",
        "extensions",
        "leg",
        "phonebook",
        "placing",
        "provider",
        "resolver",
        "servers",
        "stack",
    ),
    *("strays", "streams", "tls", "transport", "trunk", "wires"),
}
WORLD = (
    "asyncio",
    "socket",
    "ssl",
    "select",
    "selectors",
    "threading",
    "subprocess",
    "os",
    "pathlib",
    "time",
    "datetime",
)
# The media process ticks by the kernel's timer and has no event loop; its clock is this one module's.
MEDIA_CLOCKS = {"appliance.media.ticker", "appliance.media.process"}


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a module imports, also inside its functions; not those for type checkers only."""
    tree = tree_of(path)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def test_each_decision_has_a_number_of_its_own():
    pages = sorted((TOP / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert [page.name for page in pages if not page.read_text("utf-8").startswith(f"# {int(page.name[:4])}. ")] == []


@pytest.mark.parametrize(("room", "forbidden", "reason"), FORBIDDEN)
def test_arrows_point_one_way(room, forbidden, reason):
    wrong = [
        f"{name_of(path)} imports {imported}"
        for path in SOURCES
        if within(name_of(path), room)
        for imported in imports(path)
        if any(within(imported, each) for each in forbidden)
        and not any((name_of(path), each) in ALLOWED and within(imported, each) for _, each in ALLOWED)
    ]
    assert not wrong, f"{room} may not ({reason})"


def test_no_module_is_in_an_import_cycle():
    known = {name_of(path): path for path in SOURCES}
    arrows = {name: {each for each in imports(path) if each in known and each != name} for name, path in known.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in sorted(arrows[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in arrows:
        visit(name, ())


def test_the_core_of_sip_knows_no_socket_and_no_clock():
    names = {name_of(path).removeprefix(f"{SIP}.") for path in SOURCES if within(name_of(path), SIP)}
    assert names >= SIP_WITH_IO, "a module that is no more"
    forbidden = (*WORLD, "appliance.clock", *(f"{SIP}.{each}" for each in SIP_WITH_IO))
    wrong = [
        f"{name_of(path)} imports {imported}"
        for path in SOURCES
        if within(name_of(path), SIP) and name_of(path).removeprefix(f"{SIP}.") not in SIP_WITH_IO
        for imported in imports(path)
        if any(within(imported, each) for each in forbidden)
    ]
    assert not wrong


def clock_reads(tree: ast.Module) -> list[int]:
    """The lines that name a clock, under whatever name it was imported."""
    known = {
        alias.asname or alias.name: f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            if first in known and known[first] + dot + rest in CLOCKS:
                found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("import time\ntime.time()", True),
        ("import time as t\nt.monotonic()", True),
        ("from time import time\ntime()", True),
        ("from time import monotonic_ns as now\nnow()", True),
        ("import time\ndef wait(clock=time.monotonic): ...", True),
        ("from datetime import UTC, datetime\ndatetime.now(UTC)", True),
        ("from datetime import datetime as moment\nmoment.utcnow()", True),
        ("import datetime\ndatetime.datetime.now()", True),
        ("import datetime as d\nd.date.today()", True),
        ("from datetime import datetime\ndatetime.fromisoformat('2026-01-01')", False),
        ("def f(clock): clock.now()", False),
        ("from datetime import time\ntime(8, 0)", False),
    ],
)
def test_a_clock_is_recognised_under_any_name(source, read):
    assert bool(clock_reads(ast.parse(source))) is read


def test_clocks_are_read_in_one_place():
    readers = {
        f"{name_of(path)}:{line}"
        for path in SOURCES
        if name_of(path) not in {CLOCK_MODULE, *MEDIA_CLOCKS}
        for line in clock_reads(tree_of(path))
    }
    assert not readers


def test_files_and_functions_fit_into_one_head():
    too_long = [name_of(path) for path in SOURCES if len(path.read_text().splitlines()) > LONGEST_FILE]
    too_long += [
        f"{name_of(path)}.{node.name}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not too_long


def test_everything_public_is_explained():
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node) and not nested(path, node)
    ]
    silent += [name_of(path) for path in SOURCES if not ast.get_docstring(tree_of(path))]
    assert not silent


def nested(path: Path, node: ast.AST) -> bool:
    """Whether it is inside a function or a private class, and so nobody else's business."""
    return any(
        outer is not node and node in ast.walk(outer)
        for outer in ast.walk(tree_of(path))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(outer, ast.ClassDef) and outer.name.startswith("_"))
    )
