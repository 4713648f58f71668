"""A user's health rules are found where Argo CD's users keep them."""

from __future__ import annotations

from discover.conftest import Discover

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.example.com_Widget: |
    return {}
"""


def kinds(found) -> list[str]:
    return sorted(one.kinds for one in found.customizations.rules)


async def test_a_folder_and_a_configmap(discover: Discover) -> None:
    found = await discover(
        {
            "argo/cm.yaml": CONFIG,
            "argo/resource_customizations/_.example.org/_/health.lua": "return {}",
        }
    )
    assert kinds(found) == ["*.example.org/*", "example.com/Widget"]


async def test_a_patch_of_a_kustomization(discover: Discover) -> None:
    found = await discover(
        {
            "argo/kustomization.yaml": "patches: [{path: cm.yaml}]\n",
            "argo/cm.yaml": CONFIG,
        }
    )
    assert kinds(found) == ["example.com/Widget"]


async def test_a_folder_that_the_settings_name(discover: Discover, repo) -> None:
    settings = (repo.path / "trunkline.yaml").read_text()
    found = await discover(
        {
            "trunkline.yaml": f"{settings}\nhealth: {{rules: [policies/health]}}\n",
            "policies/health/example.com/Widget/health.lua": "return {}",
        }
    )
    assert kinds(found) == ["example.com/Widget"]


async def test_what_is_wrong_is_a_finding_and_hides_no_component(discover: Discover) -> None:
    found = await discover({"cm.yaml": CONFIG.replace("example.com_Widget", "a_b_c")})
    (finding,) = [one for one in found.findings if one.rule == "broken-health-rule"]
    assert (finding.file, finding.line) == ("cm.yaml", 5)
    assert found.incomplete == ""
