"""What an `errors` block of Terragrunt ignores is no failure, and is told all the same."""

from __future__ import annotations

import shutil

import pytest

from infra.region import Region
from trunkline.core.infra.said import error_of, ignored

IGNORE = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../modules/vpc" }
errors {
  ignore "known" {
    ignorable_errors = [".*(local-exec provisioner error|Unreadable module|find remote state).*"]
    message          = "the other team is not there yet"
    signals          = { alert = false }
  }
}
"""
RESULTS = """\
data "terraform_remote_state" "x" {
  backend = "local"
  config  = { path = "/nowhere/at/all" }
}
"""
NO_MODULE = 'module "x" { source = "./nowhere" }\n'
HALF = """\
resource "terraform_data" "first" {}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "exit 1" }
}
"""
SAID = "its error is ignored: the other team is not there yet"


async def begun(region: Region, code: str, policy: str = "auto") -> Region:
    """A unit of this code alone, which ignores what goes wrong with it."""
    for one in ("live/rds", "plain"):
        shutil.rmtree(region.repo.path / one)
    region.repo.write({"live/vpc/terragrunt.hcl": IGNORE, "modules/vpc/main.tf": code})
    return await region.begin(policy)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(RESULTS, "Unable to find remote state", id="a plan"),
        pytest.param(NO_MODULE, "Unreadable module directory", id="an init"),
    ],
)
async def test_a_plan_that_fails_may_be_ignored(region: Region, code: str, error: str) -> None:
    await begun(region, code)
    plan = await region.plan()
    (one,) = plan.units
    assert not plan.failed
    assert (one.ignored, one.changed) == (SAID, False)
    assert error in one.error
    assert "Ignoring error" not in one.error and "Writing error signals" not in one.error
    run = await region.apply()
    assert [(one.ended, one.message) for one in run.units] == [("unchanged", SAID)]
    assert not run.failed


async def test_an_apply_that_fails_may_be_ignored_and_is_not_told_as_done(region: Region) -> None:
    await begun(region, HALF)
    await region.plan()
    (one,) = (await region.apply()).units
    assert (one.ended, one.message) == ("applied", f"it was applied in part, and {SAID}")
    assert "local-exec provisioner error" in one.error
    assert not any(one.counts.values())
    assert '"first"' in region.state("vpc")
    # The rest is tried by the next one.
    (again,) = (await region.apply()).units
    assert again.message == one.message


WARN = "00:29:57.875 WARN   "
ERROR = "00:29:57.900 ERROR  "
NO_STATE = "Error: Unable to find remote state\n\nNo stored state was found.\n"


def test_only_the_last_word_of_terragrunt_says_that_an_error_is_ignored() -> None:
    ignoring = f"{NO_STATE}{WARN}Ignoring error, reason: known\n"
    assert ignored(ignoring) == "its error is ignored: known"
    assert ignored(ignoring.replace("known", "")).endswith("its `errors` block gives no reason")
    assert ignored(f"{ignoring}{ERROR}error occurred:\n\n* another\n") == ""
    assert ignored("Ignoring error, reason: a resource says so\n") == ""


def test_an_error_that_is_tried_again_is_told_once() -> None:
    again = f"{WARN}Encountered retryable error: known\nAttempt 1 of 3. Waiting 5 second(s)…\n"
    report = f"{ERROR}max retry attempts (3) reached for error: error occurred:\n\n"
    said = NO_STATE.strip().replace("\n", "\n  ")
    failed = f'* Failed to execute "tofu plan" in ./x\n  \n  {said}\n  \n  exit status 1\n'
    assert error_of(f"{NO_STATE}{again}{NO_STATE}{report}{failed}") == NO_STATE.strip()
