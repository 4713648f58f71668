"""What programs warn of in a plan, and where it is told."""

from __future__ import annotations

import pytest

from trunkline.core.infra.warned import warnings_of

TWO = """\
Plan: 2 to add, 0 to change, 0 to destroy.

Changes to Outputs:
  + x = (known after apply)

Warning: Value for undeclared variable

The root module does not declare a variable named "team" but a value
was found in file "terraform.tfvars".

To silence these warnings, use TF_VAR_... environment variables.

Warning: Check block assertion failed

  on main.tf line 9, in check "size":
   9:     condition     = var.size == 2
    ├────────────────
    │ var.size is 1
    ├────────────────
    │ Diff:
    │     1 -> 2

the size is 1, which is not two; see the runbook

─────────────────────────────────────────────────────────────────────────────

Saved the plan to: p

To perform exactly these actions, run the following command to apply:
    tofu apply "p"
"""
FRAMED = """\
╷
│ Warning: Argument is deprecated
│
│   with practice_bucket.logs,
│   on buckets.tf line 3, in resource "practice_bucket" "logs":
│    3:   acl = "private"
│
│ Use a policy instead
│
│ (and 2 more similar warnings elsewhere)
╵
No changes. Your infrastructure matches the configuration.
"""
MACHINE = """\
Warning: Provider development overrides are in effect

The following provider development overrides are set in the CLI configuration.
"""


def told(text: str) -> list[tuple[str, str]]:
    found = warnings_of(text, "live/net", "live/net/".__add__)
    return [(one.place, one.message) for one in found]


def test_each_is_told_with_its_place_and_its_reason() -> None:
    (unused, why), (check, failed) = told(TWO)
    assert (unused, check) == ("live/net", "live/net/main.tf:9")
    assert why.startswith("Value for undeclared variable: The root module does not declare")
    assert why.endswith('found in file "terraform.tfvars".')
    assert failed.startswith('Check block assertion failed in check "size": the size is 1')


def test_a_frame_is_none_of_it() -> None:
    said = 'Argument is deprecated in resource "practice_bucket" "logs": Use a policy instead'
    assert told(FRAMED) == [("live/net/buckets.tf:3", said)]


@pytest.mark.parametrize("text", ["", MACHINE, "Error: no\n\nWarning is a word here\n"])
def test_what_is_none_of_the_units(text: str) -> None:
    assert told(text) == []


def test_one_that_comes_twice_is_told_once() -> None:
    assert len(told(TWO + TWO)) == 2


def test_one_without_end_is_cut() -> None:
    ((_, said),) = told(f"Warning: Long\n\n{'x ' * 1000}\n")
    assert len(said) < 450
