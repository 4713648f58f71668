"""What is covered in a program's output: a secret beside each way in which it may be printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.edge.programs.masked import MASK, SHORTEST, Mask, secrets_of

SPELLINGS = {
    "as it is": ("s3cr3t-word", "password=s3cr3t-word;", f"password={MASK};"),
    "in JSON": ('say "friend"', r'{"p": "say \"friend\""}', f'{{"p": "{MASK}"}}'),
    "in JSON as Go writes it": (
        "a<b>c&d",
        r'{"p": "a\u003cb\u003ec\u0026d"}',
        f'{{"p": "{MASK}"}}',
    ),
    "in base64": ("s3cr3t-word", "data: czNjcjN0LXdvcmQ=", f"data: {MASK}"),
    "one of its lines": ("KEY\nMIIEpAIBAAK\n", "bad line: MIIEpAIBAAK", f"bad line: {MASK}"),
    "the longer of two": ("pa55word-longer", "pa55word-longer", MASK),
    "a short one is left": ("eu", "eu-central-1", "eu-central-1"),
}


@pytest.mark.parametrize(("secret", "text", "shown"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_spelling_is_covered(secret: str, text: str, shown: str) -> None:
    assert Mask([secret, "pa55word"])(text) == shown


@given(
    st.text(min_size=SHORTEST).filter(lambda text: len(text.strip()) >= SHORTEST),
    st.text(),
    st.text(),
)
def test_no_secret_is_left(secret: str, before: str, after: str) -> None:
    covered = Mask([secret])(before + secret + after)
    assert secret not in covered.replace(MASK, "\0") or secret in MASK


def test_names_of_variables_tell_which_are_secret() -> None:
    environment = {
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
        "AWS_SESSION_TOKEN": "aws-session",
        "ARM_CLIENT_SECRET": "azure-secret",
        "TF_VAR_database_password": "terraform-password",
        "GOOGLE_CREDENTIALS": '{"private_key": "google"}',
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/me/key.json",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
        "ARM_ACCESS_KEY": "/begins/like+a/path\n",
        "AWS_REGION": "eu-central-1",
        "HOME": "/home/me",
    }
    assert secrets_of(environment) == (
        "aws-secret",
        "aws-session",
        "azure-secret",
        "terraform-password",
        '{"private_key": "google"}',
        "/begins/like+a/path\n",
    )


ADDRESSES = {
    "http://ana:hunter%2F22@proxy:3128": ("hunter%2F22", "hunter/22"),
    "postgres://app:s3cr3t@w0rd@db.test/app?sslmode=require": ("s3cr3t@w0rd",),
    "https://:only-a-password@host": ("only-a-password",),
    "https://ana@host:8080/a:b@c": (),
    "https://host:8080/?at=a:b@c": (),
    "ssh://git@host": (),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_password_of_an_address_is_secret(address: str) -> None:
    assert secrets_of({"HTTPS_PROXY": address}) == ADDRESSES[address]


NAMED = {
    "host=db.test user=app password=s3cr3t-word sslmode=require": ("s3cr3t-word",),
    "host=db.test password='two words'": ("two words",),
    """key_provider "pbkdf2" "mine" {
      passphrase = "correct-horse-battery-staple"
    }""": ("correct-horse-battery-staple",),
    '{"key_provider":{"pbkdf2":{"mine":{"passphrase":"correct-horse"}}}}': ("correct-horse",),
    "ssh -o PasswordAuthentication=no -o StrictHostKeyChecking=yes": (),
    'password=""': (),
}


@pytest.mark.parametrize("value", NAMED)
def test_what_is_named_like_a_secret_in_a_value_is_one(value: str) -> None:
    assert secrets_of({"PG_CONN_STR": value}) == NAMED[value]
