"""The box calls itself over two real SIP accounts, by way of Kamailio, and hears its own digits at both ends."""

from __future__ import annotations

from appliance.control_client import ask
from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.program import until

SECOND = "+48600000001"
UP_SECONDS, PROVED_SECONDS = 15.0, 60.0


def two_accounts(server: str):
    """A trunk that registers, and a second number of ours with the same provider."""
    document = building.only_nowak(server)
    document["lines"][0].update(register=True)
    other = document["lines"][0].copy()
    other.update(id="second", number=SECOND, register=False)
    document["lines"].append(other)
    document["outbound"]["lines"] = ["provider", "second"]
    return document


def test_both_accounts_prove_each_other_and_the_proof_outlives_a_restart(exchange, peers):
    box = exchange(two_accounts(f"{HOST}:{free_range(2)}"))
    provider = peers.kamailio(telephones=box.address)  # what is not the registered number is the second one, and ours
    box.configure(two_accounts(provider.address).as_string())
    box.reload()
    until("both lines are up", UP_SECONDS, lambda: {each["state"] for each in box.asked("status")["lines"]} == {"up"})
    job = ask(box.data, "test_lines", who="anna")["job"]

    def over():
        return ask(box.data, "job", id=job)["state"] != "running"

    until("the test calls are over", PROVED_SECONDS, over)
    assert ask(box.data, "job", id=job)["result"]["calls"] == [
        {"from": "provider", "to": "second", "result": "proved"},
        {"from": "second", "to": "provider", "result": "proved"},
    ]
    assert box.calls() == []
    before = proofs(box)
    assert {each["result"] for each in before} == {"proved"}
    assert provider.count("inside BYE") == 2, "both calls went by way of the provider"
    box.stop()
    box.start()
    assert [each["result"] for each in proofs(box)] == ["proved", "proved"]
    assert [each["seconds"] for each in proofs(box)] == [each["seconds"] for each in before]


def proofs(box):
    return box.line()["proofs"]
