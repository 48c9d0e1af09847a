"""Kamailio as a provider: a registrar with passwords and a proxy that stays in the path of every call."""

from __future__ import annotations

from pathlib import Path

from tests.peers.building import NUMBER
from tests.peers.ports import HOST, free_range
from tests.peers.program import Program, installed

START_SECONDS = 10.0
REALM, USER, PASSWORD = "provider.example", "48221234567", "tajne-haslo"
MODULES = ("tm", "tmx", "sl", "rr", "pv", "maxfwd", "usrloc", "registrar", "auth", "textops", "siputils", "xlog")

CONFIG = """\
listen=udp:{host}:{port}
auto_aliases=no
log_stderror=yes
debug=1
log_prefix="{{$mt $hdr(CSeq) $ci}} "
{modules}
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", {granted})

request_route {{
    if (is_method("REGISTER")) {{
        xlog("L_ALERT", "asked for $hdr(Expires)\n");
        if (!pv_www_authenticate("{realm}", "{password}", "0")) {{
            xlog("L_ALERT", "challenged\\n");
            www_challenge("{realm}", "1");
            exit;
        }}
        xlog("L_ALERT", "registered for $hdr(Expires)\\n");
        save("location");
        exit;
    }}
    if (is_method("OPTIONS") && $rU == $null) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        if (!loose_route()) {{
            sl_send_reply("404", "Not here");
            exit;
        }}
        xlog("L_ALERT", "inside $rm\\n");
        t_relay();
        exit;
    }}
    if (is_method("INVITE")) record_route();
    if ($rU == "{number}") {{
        $rU = "{user}";
        if (!lookup("location")) {{
            sl_send_reply("404", "Not registered");
            exit;
        }}
        t_relay();
        exit;
    }}
    if (is_method("INVITE") && !pv_proxy_authenticate("{realm}", "{password}", "0")) {{
        proxy_challenge("{realm}", "1");
        exit;
    }}
    $du = "sip:{telephones}";
    t_relay();
}}
"""


class Kamailio:
    """One Kamailio; calls to anything but the box's number go to `telephones` (HOST:PORT).

    It grants registrations of at most `granted` seconds.
    """

    def __init__(self, folder: Path, *, telephones: str, granted: int = 600) -> None:
        folder.mkdir()
        port = free_range(2)
        self.address = f"{HOST}:{port}"
        config = folder / "kamailio.cfg"
        config.write_text(
            CONFIG.format(
                host=HOST,
                port=port,
                granted=granted,
                realm=REALM,
                password=PASSWORD,
                number=NUMBER,
                user=USER,
                telephones=telephones,
                modules="\n".join(f'loadmodule "{each}.so"' for each in MODULES),
            )
        )
        command = [installed("/usr/sbin/kamailio"), "-f", str(config), "-DD", "-E", "-n", "1", "-m", "16", "-M", "4"]
        self.program = Program([*command, "-w", str(folder), "-Y", str(folder)], folder)
        try:
            self.program.wait_for("Listening on", START_SECONDS)
        except BaseException:
            self.program.stop()
            raise

    def wait_for(self, pattern: str, seconds: float) -> None:
        """Wait until it has logged this."""
        self.program.wait_for(pattern, seconds)

    def count(self, text: str) -> int:
        """How many lines of its log hold this."""
        return sum(text in line for line in self.program.lines)

    def stop(self) -> None:
        """End it and its children."""
        self.program.stop()
