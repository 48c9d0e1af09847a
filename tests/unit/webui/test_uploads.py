"""How much the page lets anybody send it."""

from __future__ import annotations

from looking import Browser, read


def test_a_form_that_is_far_too_large_is_refused_in_words(administrator: Browser) -> None:
    answer = administrator.send("/account", old="x" * 70_000)
    assert answer.status_code == 413
    assert "Nic nie zmieniono" in read(answer)
