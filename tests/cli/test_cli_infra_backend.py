"""`trunkline infra backend`, told to use what it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Typed

TOKEN = "tls_0123456789012345678901234567890"
LISTEN = ("--listen", "127.0.0.1:0")

# The bytes of the token's file, its mode, and what is said of it.
FILES = {
    "open to others": (TOKEN.encode(), 0o644, "others may read the token (mode 0644)"),
    "open to a group": (TOKEN.encode(), 0o640, "others may read the token (mode 0640)"),
    "too short": (b"secret", 0o600, "no token"),
    "empty": (b"", 0o600, "no token"),
    "no text": (b"\xff\xfe" + TOKEN.encode(), 0o600, "no token"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_holds_no_token_of_ours_is_refused(
    typed: Typed, tmp_path: Path, what: str
) -> None:
    text, mode, told = FILES[what]
    file = tmp_path / "token"
    file.write_bytes(text)
    file.chmod(mode)
    said = typed("infra", "backend", *LISTEN, "--token", str(file))
    assert (said.code, said.out) == (1, "")
    assert told in said.err and str(file) in said.err.replace("\n", "")


def test_a_certificate_that_is_none_is_named(typed: Typed, tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    said = typed("infra", "backend", *LISTEN, "--certificate", str(gone))
    assert said.code == 1
    assert f"no TLS with {gone}: No such file" in said.err.replace("\n", " ").replace("  ", " ")
    gone.write_text("no certificate")
    said = typed("infra", "backend", *LISTEN, "--certificate", str(gone))
    assert said.code == 1 and "no TLS with" in said.err
    said = typed("infra", "backend", *LISTEN, "--certificate-key", str(gone))
    assert said.code == 2 and "--certificate names its certificate" in said.err
