"""Server-side apply: who owns which field, what a second apply does (KEP-555)."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from contract.objects import config_map, deployment, job, secret, service
from contract.place import Place, eventually
from trunkline.core.diff import proved
from trunkline.core.manifest import Manifest
from trunkline.edge.cluster.errors import ApiError, Conflict, Invalid


def owned_by(live: Manifest, manager: str, operation: str = "Apply") -> Any:
    """The tree of fields that a manager owns, None if it owns nothing."""
    for entry in live["metadata"].get("managedFields", ()):
        if entry["manager"] == manager and entry["operation"] == operation:
            return entry["fieldsV1"]
    return None


def version(live: Manifest) -> str:
    return str(live["metadata"]["resourceVersion"])


def path_of(place: Place, plural: str, name: str, group: str = "") -> str:
    root = f"/apis/{group}/v1" if group else "/api/v1"
    return f"{root}/namespaces/{place.namespace}/{plural}/{name}"


async def test_the_first_apply_creates(place: Place) -> None:
    made = await place.client.apply(config_map(place.namespace))
    assert owned_by(made, "trunkline") == {"f:data": {"f:a": {}}}
    (entry,) = made["metadata"]["managedFields"]
    assert (entry["apiVersion"], entry["fieldsType"]) == ("v1", "FieldsV1")


@pytest.mark.parametrize("make", [config_map, deployment, service, job], ids=lambda f: f.__name__)
async def test_the_same_apply_again_changes_nothing(place: Place, make: Any) -> None:
    manifest = make(place.namespace)
    if make is deployment:
        manifest["spec"]["replicas"] = 0
    if make is job:
        manifest["spec"]["suspend"] = True
    await place.client.apply(manifest)

    async def is_unchanged() -> bool:
        before = await settled(place, manifest)
        return version(await place.client.apply(manifest)) == version(before)

    if make in (deployment, job):
        # Its controller may write between the look and the apply.
        await eventually(is_unchanged, bool, "an apply changes nothing")
    else:
        assert await is_unchanged()
        assert await is_unchanged()


async def settled(place: Place, manifest: Manifest) -> Manifest:
    """The live object once its controller has written all it has to say."""
    if manifest["kind"] in ("Deployment", "Job"):

        def quiet(live: Manifest) -> bool:
            status = live.get("status") or {}
            return bool(status.get("conditions"))

        await eventually(lambda: place.live(manifest), quiet, "the controller has looked at it")
    return await place.live(manifest)


async def test_a_changed_field_is_changed(place: Place) -> None:
    first = await place.client.apply(config_map(place.namespace))
    second = await place.client.apply(config_map(place.namespace, data={"a": "2"}))
    assert second["data"] == {"a": "2"}
    assert version(second) != version(first)


async def test_a_removed_field_is_removed(place: Place) -> None:
    await place.client.apply(config_map(place.namespace, data={"a": "1", "b": "2"}))
    after = await place.client.apply(config_map(place.namespace))
    assert after["data"] == {"a": "1"}
    assert owned_by(after, "trunkline") == {"f:data": {"f:a": {}}}


async def test_a_removed_field_falls_back_to_its_default(place: Place) -> None:
    await place.client.apply(deployment(place.namespace, replicas=3))
    after = await place.client.apply(deployment(place.namespace, replicas=None))
    assert after["spec"]["replicas"] == 1


async def test_a_field_of_another_manager_stays(place: Place) -> None:
    await place.client.apply(config_map(place.namespace))
    path = path_of(place, "configmaps", "settings")
    await place.applied_by("other", path, config_map(place.namespace, data={"b": "2"}))
    after = await place.client.apply(config_map(place.namespace, data={"c": "3"}))
    assert after["data"] == {"b": "2", "c": "3"}
    assert owned_by(after, "other") == {"f:data": {"f:b": {}}}


async def test_a_shared_field_is_removed_by_the_last_owner(place: Place) -> None:
    path = path_of(place, "configmaps", "settings")
    both = config_map(place.namespace, data={"a": "1", "b": "2"})
    await place.client.apply(both)
    await place.applied_by("other", path, both)
    after = await place.client.apply(config_map(place.namespace))
    assert after["data"] == {"a": "1", "b": "2"}
    last = await place.applied_by("other", path, config_map(place.namespace))
    assert last.body["data"] == {"a": "1"}


async def test_a_conflict_names_the_owner(place: Place) -> None:
    path = path_of(place, "configmaps", "settings")
    await place.applied_by("other", path, config_map(place.namespace))
    with pytest.raises(Conflict, match="other") as caught:
        await place.client.apply(config_map(place.namespace, data={"a": "2"}), force=False)
    assert (caught.value.status, caught.value.reason) == (409, "Conflict")
    assert (await place.live(config_map(place.namespace)))["data"] == {"a": "1"}


async def test_the_same_value_is_no_conflict(place: Place) -> None:
    path = path_of(place, "configmaps", "settings")
    await place.applied_by("other", path, config_map(place.namespace))
    after = await place.client.apply(config_map(place.namespace), force=False)
    assert owned_by(after, "other") == owned_by(after, "trunkline") == {"f:data": {"f:a": {}}}


async def test_force_takes_the_field(place: Place) -> None:
    path = path_of(place, "configmaps", "settings")
    await place.applied_by("other", path, config_map(place.namespace, data={"a": "1", "b": "2"}))
    after = await place.client.apply(config_map(place.namespace, data={"a": "9"}), force=True)
    assert after["data"] == {"a": "9", "b": "2"}
    assert owned_by(after, "other") == {"f:data": {"f:b": {}}}
    assert owned_by(after, "trunkline") == {"f:data": {"f:a": {}}}


async def test_an_update_takes_fields_too(place: Place) -> None:
    """`kubectl edit`: the changed field belongs to the editor, the next apply takes it back."""
    await place.client.apply(config_map(place.namespace, data={"a": "1", "b": "2"}))
    path = path_of(place, "configmaps", "settings")
    edit = {"data": {"a": "edited"}}
    kind = "application/merge-patch+json"
    edited = await place.raw("PATCH", path, edit, kind=kind, fieldManager="hand")
    assert owned_by(edited.body, "hand", "Update") == {"f:data": {"f:a": {}}}
    assert owned_by(edited.body, "trunkline") == {"f:data": {"f:b": {}}}
    healed = await place.client.apply(config_map(place.namespace, data={"a": "1", "b": "2"}))
    assert healed["data"] == {"a": "1", "b": "2"}
    assert owned_by(healed, "hand", "Update") is None


async def test_metadata_is_owned_by_key(place: Place) -> None:
    manifest = config_map(
        place.namespace, labels={"team": "a"}, annotations={"trunkline.dev/note": "x"}
    )
    made = await place.client.apply(manifest)
    assert owned_by(made, "trunkline") == {
        "f:data": {"f:a": {}},
        "f:metadata": {
            "f:annotations": {"f:trunkline.dev/note": {}},
            "f:labels": {"f:team": {}},
        },
    }


async def test_list_items_are_matched_by_key(place: Place) -> None:
    """Containers by name, their ports by number and protocol, which the server defaults."""
    wanted = deployment(place.namespace, replicas=0)
    await place.client.apply(wanted)
    sidecar = copy.deepcopy(wanted)
    del sidecar["spec"]["replicas"]
    sidecar["spec"]["template"]["spec"]["containers"] = [{"name": "side", "image": "s:1"}]
    path = path_of(place, "deployments", "web", "apps")
    await place.applied_by("injector", path, sidecar)
    after = await place.client.apply(wanted)
    containers = after["spec"]["template"]["spec"]["containers"]
    assert sorted(one["name"] for one in containers) == ["main", "side"]
    fields = owned_by(after, "trunkline")["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert list(fields) == ['k:{"name":"main"}']
    (port,) = (key for key in fields['k:{"name":"main"}']["f:ports"] if key != ".")
    assert orjson.loads(port[2:]) == {"containerPort": 8080, "protocol": "TCP"}


async def test_an_atomic_list_is_replaced_whole(place: Place) -> None:
    wanted = deployment(place.namespace, replicas=0)
    container = wanted["spec"]["template"]["spec"]["containers"][0]
    container["args"] = ["--one", "--two"]
    await place.client.apply(wanted)
    container["args"] = ["--two"]
    after = await place.client.apply(wanted)
    main = after["spec"]["template"]["spec"]["containers"][0]
    assert main["args"] == ["--two"]
    fields = owned_by(after, "trunkline")["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert fields['k:{"name":"main"}']["f:args"] == {}


async def test_a_set_keeps_the_members_of_others(place: Place) -> None:
    path = path_of(place, "configmaps", "settings")
    theirs = config_map(place.namespace, data={}, finalizers=["example.com/theirs"])
    await place.applied_by("other", path, theirs)
    ours = config_map(place.namespace, finalizers=["example.com/ours"])
    both = await place.client.apply(ours)
    assert sorted(both["metadata"]["finalizers"]) == ["example.com/ours", "example.com/theirs"]
    after = await place.client.apply(config_map(place.namespace))
    assert after["metadata"]["finalizers"] == ["example.com/theirs"]
    await place.applied_by("other", path, config_map(place.namespace, data={}))


async def test_string_data_applied(place: Place) -> None:
    made = await place.client.apply(secret(place.namespace, stringData={"user": "ada"}))
    assert made["data"] == {"user": "YWRh"}


async def test_an_unknown_field_is_refused(place: Place) -> None:
    wrong = deployment(place.namespace)
    wrong["spec"]["replica"] = 2
    with pytest.raises(ApiError, match="replica"):
        await place.client.apply(wrong)


async def test_a_dry_run_changes_nothing(place: Place) -> None:
    made = await place.client.apply(config_map(place.namespace))
    answer = await place.client.apply(config_map(place.namespace, data={"a": "2"}), dry_run=True)
    assert answer["data"] == {"a": "2"}
    assert await place.live(made) == made


async def test_a_dry_run_creates_nothing(place: Place) -> None:
    answer = await place.client.apply(deployment(place.namespace), dry_run=True)
    assert answer["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    assert await place.client.get(place.ref(answer)) is None
    await place.client.create(config_map(place.namespace), dry_run=True)
    assert await place.client.get(place.ref(config_map(place.namespace))) is None


async def test_a_dry_run_is_refused_as_the_apply_would_be(place: Place) -> None:
    await place.client.apply(deployment(place.namespace, replicas=0))
    other = deployment(place.namespace)
    other["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    other["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    with pytest.raises(Invalid, match="immutable"):
        await place.client.apply(other, dry_run=True)


async def test_a_dry_run_that_changes_nothing_answers_the_live_object(place: Place) -> None:
    made = await place.client.apply(config_map(place.namespace))
    assert await place.client.apply(config_map(place.namespace), dry_run=True) == made


@pytest.mark.parametrize("make", [config_map, deployment, service, job], ids=lambda f: f.__name__)
async def test_what_was_applied_is_proved(place: Place, make: Any) -> None:
    """The differ's second step needs no request for an object that nobody touched."""
    manifest = make(place.namespace)
    manifest["metadata"]["labels"] = {"trunkline/managed-by": "contract"}
    await place.client.apply(manifest)
    assert proved(manifest, await place.live(manifest))
    changed = copy.deepcopy(manifest)
    changed["metadata"]["labels"] = {**changed["metadata"]["labels"], "new": "1"}
    assert not proved(changed, await place.live(manifest))


async def test_ownership_is_moved_by_a_patch(place: Place) -> None:
    """How an object of `kubectl apply` is taken over: what Git drops then is dropped here too."""
    path = path_of(place, "configmaps", "settings")
    theirs = config_map(place.namespace, data={"a": "1", "b": "2"})
    made = await place.raw(
        "POST", path.rpartition("/")[0], theirs, fieldManager="kubectl-client-side-apply"
    )
    (entry,) = made.body["metadata"]["managedFields"]
    ours = {**entry, "manager": "trunkline", "operation": "Apply"}
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version(made.body)},
        {"op": "replace", "path": "/metadata/managedFields", "value": [ours]},
    ]
    moved = await place.client.patch(
        place.ref(theirs), patch, content_type="application/json-patch+json"
    )
    assert owned_by(moved, "trunkline") == {"f:data": {".": {}, "f:a": {}, "f:b": {}}}
    after = await place.client.apply(config_map(place.namespace))
    assert after["data"] == {"a": "1"}
