"""What is to be set on a gateway: a sheet for each model, filled in, in both languages; and the doctor prints it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.building import schema
from appliance.building.kinds import OneOf
from appliance.building.model import Language
from appliance.cli import main
from appliance.gateways.sheet import Sheet, models, sheet

LIPOWA = Path(__file__).parents[3] / "examples" / "lipowa7.toml"
FREE = ("--sip", "127.0.0.1:0", "--web", "127.0.0.1:0")
COPPER = """[[lines]]
id = "copper"
kind = "sip"
gateway = "spa3102"
server = "127.0.0.1:5061"
number = "+48224445566"
"""
# Poland's tones as each maker writes them: dial tone, ringing, busy, and the busy tone that ends a call.
GRANDSTREAM = ("f1=425@-13,c=0/0;", "f1=425@-19,c=1000/4000;", "f1=425@-24,c=500/500;", "f1=425@-24,c=500/500;")
SIPURA = ("425@-16;10(*/0/1)", "425@-16;*(1/4/1)", "425@-16;10(.5/.5/1)", "425@-30,425@-30;2(.5/.5/1+2)")
OBIHAI = ("425-18", "425-18;-1;(1+4)", "425-18;10;(.5+.5)", "425-30;2;(.5+.5)")
TONES = {"ht813": GRANDSTREAM, "ht503": GRANDSTREAM, "spa3102": SIPURA, "spa232d": SIPURA, "obi": OBIHAI}
NAMES = (r"Dial Tone", r"Ring ?[Bb]ack Tone", r"Busy Tone\b.*", r"(PSTN )?Disconnect ?Tone(Pattern)?")


def of(model: str, language: Language = "pl", server: str = "192.168.1.50:5062", host: str = "192.168.1.10") -> Sheet:
    numbers = ["+48221234567", "+48221234568"]
    return sheet("copper", model, server=server, numbers=numbers, box=(host, 5070), language=language)


def value(told: Sheet, name: str) -> str:
    [found] = [each.value for each in told.settings if re.fullmatch(name, each.name)]
    return found


def test_every_model_that_a_line_may_name_has_a_sheet():
    [gateway] = [each.kind for each in schema.LINES.keys if each.name == "gateway"]
    assert isinstance(gateway, OneOf)
    assert set(models()) == set(gateway.words) - {""} == set(TONES)


@pytest.mark.parametrize("model", models())
def test_the_polish_tones_are_filled_in(model: str):
    told = of(model)
    assert tuple(value(told, name) for name in NAMES) == TONES[model]


@pytest.mark.parametrize("model", models())
def test_the_box_the_line_and_the_gateways_own_address_are_filled_in(model: str):
    told = of(model)
    values = " ".join(each.value for each in told.settings)
    for filled in ("192.168.1.10", "5070", "221234567", "192.168.1.50", "5062"):
        assert filled in values
    assert "221234568" not in values and "+48" not in values


@pytest.mark.parametrize("model", models())
def test_both_languages_say_where_what_and_why_and_differ_in_their_words_only(model: str):
    polish, english = of(model, "pl"), of(model, "en")
    assert [each.name for each in polish.settings] == [each.name for each in english.settings]
    for ours, theirs in zip(polish.settings, english.settings, strict=True):
        assert ours.place == theirs.place and ours.place and ours.value and ours.why != theirs.why
        assert not re.search(r"\{[a-z_]+\}", ours.place + ours.value + theirs.value), ours.name


def test_the_braces_of_an_obi_are_its_own():
    told = of("obi")
    assert value(told, "X_InboundCallRoute") == "{>(xx.):li}"
    assert value(told, "InboundCallRoute") == "{sp1($1>221234567)}"


def test_what_only_one_model_of_two_has_stands_on_its_sheet_alone():
    assert value(of("ht813"), "Caller ID Transport Type") == "Relay via SIP From"
    assert "Caller ID Transport Type" not in [each.name for each in of("ht503").settings]
    assert "Voice → PSTN Line" in [each.place for each in of("spa3102").settings]
    assert "Voice → PSTN" in [each.place for each in of("spa232d").settings]


@pytest.mark.parametrize(
    ("server", "host", "shown"),
    [
        ("gateway.lan", "192.168.1.10", ("gateway.lan", "5060", "192.168.1.10:5070")),
        ("[fd00::5]:5062", "fd00::1", ("[fd00::5]", "5062", "[fd00::1]:5070")),
        ("192.168.1.50", "", ("192.168.1.50", "5060", "ADRES DYŻURKI:5070")),
        ("192.168.1.50:²", "", ("192.168.1.50:²", "5060", "ADRES DYŻURKI:5070")),
        ("gateway.lan:٥٠٦٠", "", ("gateway.lan:٥٠٦٠", "5060", "ADRES DYŻURKI:5070")),
        ("gateway.lan:" + "9" * 5000, "", ("9" * 5000, "5060", "ADRES DYŻURKI:5070")),
    ],
)
def test_a_server_without_a_port_or_of_ipv6_and_an_unknown_address_of_ours(server, host, shown):
    told = of("ht813", server=server, host=host)
    assert value(told, "IP Address").endswith(shown[0])
    assert (value(told, "Local SIP Port"), value(told, "Primary SIP Server")) == shown[1:]


@pytest.fixture
def with_gateway(tmp_path: Path) -> Path:
    """A data directory whose building has a line with a gateway beside the trunk."""
    text = LIPOWA.read_text("utf-8")
    (tmp_path / "building.toml").write_text(text.replace("\n[outbound]", f"\n{COPPER}\n[outbound]", 1), "utf-8")
    return tmp_path


def doctor(data: Path, *more: str) -> tuple[int, str]:
    told = CliRunner().invoke(main, ["doctor", "--data", str(data), *more])
    return told.exit_code, told.output


def test_the_doctor_prints_the_sheet_of_each_line_with_a_gateway_above_its_findings(with_gateway: Path):
    _, told = doctor(with_gateway, *FREE)
    sheets, _, rest = told.partition("\n\n")
    assert sheets.startswith("Ustawienia bramki linii copper (Cisco (Linksys) SPA3102)")
    assert "Disconnect Tone: 425@-30,425@-30;2(.5/.5/1+2)" in sheets
    assert "(S0<:224445566@127.0.0.1:" in sheets
    assert "Python" in rest and rest.splitlines()[-1].endswith("odbierać połączeń.")
    answer = json.loads(doctor(with_gateway, "--json", *FREE)[1])
    assert [(each["line"], each["model"]) for each in answer["sheets"]] == [("copper", "spa3102")]


def test_the_doctor_prints_one_sheet_alone_in_the_language_of_the_box(with_gateway: Path):
    building = with_gateway / "building.toml"
    building.write_text(building.read_text("utf-8").replace('language = "pl"', 'language = "en"', 1), "utf-8")
    status, told = doctor(with_gateway, "--sheet", "copper", "--sip", "192.168.1.10:5070")
    assert status == 0
    assert told.splitlines()[0].startswith("Settings of the gateway of line copper")
    assert "(S0<:224445566@192.168.1.10:5070>)  (Whoever calls the line comes to the box at once" in told
    assert "Python" not in told
    assert json.loads(doctor(with_gateway, "--sheet", "copper", "--json")[1])["model"] == "spa3102"


@pytest.mark.parametrize("line", ["provider", "nobody"])
def test_a_line_without_a_gateway_has_no_sheet(with_gateway: Path, line: str):
    status, told = doctor(with_gateway, "--sheet", line)
    assert status == 2 and "no line with a gateway" in told


def test_a_building_file_with_mistakes_is_named_instead_of_a_sheet(tmp_path: Path):
    (tmp_path / "building.toml").write_text("[box]\n", "utf-8")
    status, told = doctor(tmp_path, "--sheet", "copper")
    assert status == 2 and "building.toml" in told
