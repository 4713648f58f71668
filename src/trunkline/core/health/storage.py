"""Volumes and claims to them."""

from __future__ import annotations

from trunkline.core.health.fields import Fields, section, text
from trunkline.core.health.status import Health, degraded, healthy, progressing, unknown
from trunkline.core.manifest import Manifest, annotations_of

PROVISIONERS = (
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
)


def claim(manifest: Manifest) -> Health:
    """A PersistentVolumeClaim. One that no provisioner works on waits for its first pod
    (`WaitForFirstConsumer`), and would wait for ever if its pod waited for it: it is healthy."""
    phase = text(section(manifest, "status"), "phase")
    match phase:
        case "Bound":
            return healthy(text(section(manifest, "spec"), "volumeName"))
        case "Pending" | "":
            if any(name in annotations_of(manifest) for name in PROVISIONERS):
                return progressing("its volume is being provisioned")
            return healthy("waits for its first consumer")
        case "Lost":
            return degraded("its volume is lost")
    return unknown(f"the claim's phase is {phase}")


def volume(manifest: Manifest) -> Health:
    """A PersistentVolume."""
    status = section(manifest, "status")
    match text(status, "phase"):
        case "Available" | "Bound" | "Released":
            return healthy(text(status, "message"))
        case "Pending" | "":
            return progressing("the volume is not available yet")
        case "Failed":
            return degraded(_said(status) or "the volume could not be reclaimed")
        case phase:
            return unknown(f"the volume's phase is {phase}")


def attachment(manifest: Manifest) -> Health:
    """A VolumeAttachment."""
    status = section(manifest, "status")
    if error := text(section(status, "attachError"), "message"):
        return degraded(error)
    if status.get("attached") is True:
        return healthy()
    return progressing("the volume is not attached yet")


def _said(status: Fields) -> str:
    return text(status, "message") or text(status, "reason")
