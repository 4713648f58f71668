"""Plans of commits that move things, as a user types for them."""

from __future__ import annotations

import pytest
import yaml

from gitrepo import GitRepo
from kube_objects import config_map, deployment, job, stream

FINALIZER = "resources-finalizer.argocd.argoproj.io"
SETTINGS = "clusters:\n  - name: eu\n    server: https://eu.example.test\n"
DATA = {f"key{at}": str(at) for at in range(5)}


def application(name: str, path: str, *finalizers: str, namespace: str = "shop") -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd", "finalizers": list(finalizers)},
            "spec": {
                "project": "default",
                "source": {"repoURL": "https://git.example.test/config.git", "path": path},
                "destination": {"name": "eu", "namespace": namespace},
            },
        }
    )


@pytest.fixture
def shop(repo: GitRepo) -> GitRepo:
    repo.write(
        {
            "trunkline.yaml": SETTINGS,
            "apps/web.yaml": application("web", "web"),
            "web/all.yaml": stream(deployment("web"), config_map("settings", DATA)),
        }
    ).commit("begin")
    return repo


def test_a_range_may_be_planned_for_some_clusters(typed, shop) -> None:
    both = "clusters: [{name: eu, server: https://eu.test}, {name: us, server: https://us.test}]"
    blog = application("blog", "blog").replace("name: eu", "name: us")
    shop.write({"trunkline.yaml": both, "apps/blog.yaml": blog}).commit("two")
    shop.write({"web/all.yaml": "# none", "blog/all.yaml": stream(config_map("blog"))}).commit()
    every, some = (
        typed("plan", "HEAD~1..HEAD", "-o", "json", *words).json["components"]
        for words in ((), ("--cluster", "us"))
    )
    assert [one["id"] for one in every] == ["blog", "web"]
    assert [one["id"] for one in some] == ["blog"]
    said = typed("plan", "HEAD~1..HEAD", "--cluster", "moon")
    assert (said.code, "no cluster is called 'moon'; known: eu, us" in said.err) == (1, True)


def test_a_range_says_its_commits_itself(typed, shop) -> None:
    said = typed("plan", "HEAD..HEAD", "--revision", "HEAD")
    assert said.code == 2
    assert "BASE..HEAD says which commits" in said.err


def test_an_application_under_another_name_is_the_same(typed, shop) -> None:
    shop.write({"apps/web.yaml": application("frontend", "web")}).commit()
    plan = typed("plan", "HEAD~1..HEAD", "-o", "json").json
    assert plan["components"] == []
    (quiet,) = plan["unchanged"]
    assert (quiet["id"], quiet["was"]) == ("frontend", ["was called web"])
    assert typed("plan", "HEAD~1..HEAD").out.startswith(
        "→ frontend in eu  was called web; nothing changes\n"
    )


def test_a_moved_path_is_told_with_what_else_changed(typed, shop) -> None:
    shop.git("mv", "web", "frontend")
    shop.write({"apps/web.yaml": application("web", "frontend")})
    shop.write({"frontend/all.yaml": stream(deployment("web", replicas=3), config_map("more"))})
    shop.commit()
    out = typed("plan", "HEAD~1..HEAD").out
    assert "  → its source was web, is frontend\n" in out
    assert "+  replicas: 3" in out


def test_a_new_name_and_a_new_path_at_once(typed, shop) -> None:
    shop.git("mv", "web", "frontend")
    shop.remove("apps/web.yaml")
    shop.write({"apps/frontend.yaml": application("frontend", "frontend")}).commit()
    (quiet,) = typed("plan", "HEAD~1..HEAD", "-o", "json").json["unchanged"]
    assert quiet["was"] == ["was called web", "its source was web, is frontend"]


def test_another_namespace_is_no_rename(typed, shop) -> None:
    shop.write({"apps/web.yaml": application("frontend", "web", namespace="other")}).commit()
    said = typed("plan", "HEAD~1..HEAD", "-o", "json").json
    assert said["summary"]["create"] == 2 and said["unchanged"] == []
    assert [one["rule"] for one in said["findings"]] == ["component-orphaned"]


@pytest.mark.parametrize("finalizer", [(), (FINALIZER,)], ids=["without", "with"])
def test_what_a_renamed_application_leaves_goes_only_with_its_finalizer(
    typed, shop, finalizer
) -> None:
    """Its directory is the same, its files are not: one object is gone from the new one."""
    shop.write({"apps/web.yaml": application("web", "web", *finalizer)}).commit()
    shop.write({"apps/web.yaml": application("frontend", "web", *finalizer)})
    shop.write({"web/all.yaml": stream(deployment("web"))}).commit()
    said = typed("plan", "HEAD~1..HEAD", "-o", "json").json
    assert said["summary"]["delete"] == len(finalizer)
    assert len(said["findings"]) == 1 - len(finalizer)


def test_a_renamed_object_is_still_one_delete_and_one_create(typed, shop) -> None:
    shop.write({"web/all.yaml": stream(deployment("web"), config_map("options", DATA))}).commit()
    plan = typed("plan", "HEAD~1..HEAD", "-o", "json").json
    assert {one["action"] for one in plan["components"][0]["changes"]} == {"create", "delete"}
    assert plan["summary"]["moved"] == 1
    assert "→ ConfigMap shop/options  was shop/settings" in typed("plan", "HEAD~1..HEAD").out


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}

# The Application that had the objects: it stays, or goes with its objects or without them.
GIVER = {
    "stays": (application("web", "web"), True),
    "goes": (application("web", "web", FINALIZER), False),
    "goes without its finalizer": (application("web", "web"), False),
}


@pytest.mark.parametrize("how", GIVER)
def test_what_goes_over_to_another_application_stays(typed, shop, how: str) -> None:
    """As `sync` does it: the volume is not deleted, whoever has it in Git."""
    giver, stays = GIVER[how]
    had, settings = deployment("web"), config_map("settings", DATA)
    shop.write({"apps/web.yaml": giver, "web/all.yaml": stream(had, CLAIM, settings)}).commit()
    shop.write({"apps/db.yaml": application("db", "db")})
    if stays:
        shop.write({"web/all.yaml": stream(had)})
    else:
        shop.remove("apps/web.yaml")
    changed = config_map("settings", {**DATA, "key0": "other"})
    shop.write({"db/all.yaml": stream(CLAIM, changed, *([] if stays else [had]))}).commit()
    said = typed("plan", "HEAD~1..HEAD")
    assert "~ PersistentVolumeClaim shop/data  taken over from web: it stays as it is" in said.out
    assert "~ ConfigMap shop/settings  taken over from web: it stays\n" in said.out
    assert '\n      -  key0: "0"\n      +  key0: other\n' in said.out
    assert f"\n{2 if stays else 3} update: 1 component in 1 cluster" in said.out
    assert "without the finalizer" not in said.out


@pytest.mark.parametrize("how", GIVER)
def test_what_another_application_renders_too_stays(typed, shop, how: str) -> None:
    """Nothing of the other one changed: as `sync` does it all the same."""
    giver, stays = GIVER[how]
    had, settings = deployment("web"), config_map("settings", DATA)
    shop.write({"apps/web.yaml": giver, "web/all.yaml": stream(had, CLAIM, settings)})
    shop.write({"apps/db.yaml": application("db", "db"), "db/all.yaml": stream(CLAIM)}).commit()
    if stays:
        shop.write({"web/all.yaml": stream(had)})
    else:
        shop.remove("apps/web.yaml")
    shop.commit()
    out = typed("plan", "HEAD~1..HEAD").out
    assert "PersistentVolumeClaim shop/data stays: db wants it now" in out
    assert "- PersistentVolumeClaim" not in out
    assert ("- ConfigMap shop/settings" in out) == (how != "goes without its finalizer")
    assert ("2 of its objects stay in eu" in out) == (how == "goes without its finalizer")


def test_what_others_live_in_stays(typed, shop) -> None:
    """A namespace is not dropped from under an Application that nobody touched."""
    homes = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in ("shop", "made", "empty")
    ]
    shop.write({"apps/web.yaml": application("web", "web", namespace="web")})
    shop.write({"web/all.yaml": stream(*homes)})
    shop.write({"apps/db.yaml": application("db", "db"), "db/all.yaml": stream(CLAIM)})
    asks = application("jobs", "jobs", namespace="made")
    shop.write({"apps/jobs.yaml": asks + "  syncPolicy: {syncOptions: [CreateNamespace=true]}\n"})
    shop.write({"jobs/none.yaml": ""}).commit()
    shop.write({"web/all.yaml": stream(deployment("web"))}).commit()
    out = typed("plan", "HEAD~1..HEAD").out
    assert "Namespace shop stays: db has objects in it" in out
    assert "Namespace made stays: CreateNamespace=true of jobs asks for it" in out
    assert "- Namespace empty" in out
    assert "1 delete, 1 create" in out


STAYS = {
    "prune": ({"argocd.argoproj.io/sync-options": "Prune=false"}, True, "Prune=false"),
    "confirm": ({"argocd.argoproj.io/sync-options": "Prune=confirm"}, True, "Prune=confirm"),
    "helm": ({"helm.sh/resource-policy": "keep"}, True, "resource-policy: keep"),
    "flux": ({"kustomize.toolkit.fluxcd.io/prune": "disabled"}, True, "prune: disabled"),
    "delete": ({"argocd.argoproj.io/sync-options": "Delete=false"}, False, "Delete=false"),
}


@pytest.mark.parametrize("how", STAYS)
def test_what_says_itself_that_it_stays_is_not_planned_to_go(typed, shop, how: str) -> None:
    annotations, application_stays, said = STAYS[how]
    data = {**CLAIM, "metadata": {**CLAIM["metadata"], "annotations": annotations}}
    shop.write(
        {
            "apps/web.yaml": application("web", "web", FINALIZER),
            "web/all.yaml": stream(config_map("a"), config_map("goes"), data),
        }
    ).commit()
    shop.write({"web/all.yaml": stream(config_map("a"))})
    if not application_stays:
        shop.remove("apps/web.yaml")
    shop.commit()
    plan = typed("plan", "HEAD~1..HEAD")
    assert "- ConfigMap shop/goes" in plan.out
    assert "- PersistentVolumeClaim" not in plan.out
    assert "PersistentVolumeClaim shop/data stays: " in plan.out and said in plan.out


def test_a_hook_that_is_gone_runs_no_more(typed, shop) -> None:
    shop.write({"web/all.yaml": stream(config_map("a"), job("migrate", hook="PreSync"))}).commit()
    shop.write({"web/all.yaml": stream(config_map("a"))}).commit()
    out = typed("plan", "HEAD~1..HEAD").out
    assert "- Job.batch shop/migrate  a hook: it runs no more, and what is there of it stays" in out


KUSTOMIZATION = """\
configMapGenerator: [{name: settings, literals: [color=%s, size=3]}]
resources: [web.yaml]
"""


def test_a_generated_config_map_is_one_changed_object(typed, repo) -> None:
    reads = deployment("web")
    pod = reads["spec"]["template"]["spec"]
    pod["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    repo.write(
        {
            "trunkline.yaml": SETTINGS,
            "apps/web.yaml": application("web", "web"),
            "web/web.yaml": stream(reads),
            "web/kustomization.yaml": KUSTOMIZATION % "red",
        }
    ).commit("begin")
    repo.write({"web/kustomization.yaml": KUSTOMIZATION % "blue"}).commit("recolour")
    out = typed("plan", "HEAD~1..HEAD").out
    assert "-  color: red\n" in out and "+  color: blue\n" in out
    assert "its name follows its content: was settings-" in out
    assert "Deployment.apps shop/web  uses the new settings-" in out
    assert "configMapRef" not in out
    assert "2 update: 1 component" in out


def test_other_spellings_are_counted_and_exit_as_no_change(typed, shop) -> None:
    one, other = deployment("web"), deployment("web")
    one["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "1000m"}}
    other["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": 1}}
    shop.write({"web/all.yaml": stream(one)}).commit()
    shop.write({"web/all.yaml": stream(other)}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--exit-code")
    assert said.code == 0
    assert "= web in eu  1 field spelled otherwise; nothing changes\n" in said.out


def test_what_may_move_to_one_that_cannot_be_rendered_is_said_to_stay(typed, shop) -> None:
    shop.write({"web/all.yaml": stream(deployment("web"))})
    shop.write({"apps/new.yaml": application("new", "new")})
    shop.write({"new/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: [never ended\n"})
    shop.commit()
    out = typed("plan", "HEAD~1..HEAD").out
    assert "- ConfigMap shop/settings" in out
    assert "what goes from eu stays there until new can be rendered, which may want it" in out


TEST = """\
apiVersion: v1
kind: Pod
metadata: {name: "test-{{ randAlphaNum 5 }}", annotations: {helm.sh/hook: test}}
spec: {containers: [{name: test, image: registry.test/test:VERSION}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: first, annotations: {helm.sh/hook: pre-install}}
data: {version: VERSION}
"""


def test_helms_tests_are_no_part_of_a_plan_and_other_hooks_say_when_they_run(typed, shop) -> None:
    chart = {"chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n"}
    shop.write({"apps/chart.yaml": application("chart", "chart"), **chart})
    for version in ("'1'", "'2'"):
        shop.write({"chart/templates/all.yaml": TEST.replace("VERSION", version)}).commit()
    new = typed("plan", "HEAD~2..HEAD~1")
    assert "+ ConfigMap shop/first  a hook: it runs at PreSync\n" in new.out
    later = typed("plan", "HEAD~1..HEAD")
    assert "~ ConfigMap shop/first  a hook: it runs at an installation only\n" in later.out
    for said in (new, later):
        assert "Pod" not in said.out + said.err
