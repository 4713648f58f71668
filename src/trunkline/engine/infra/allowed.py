"""Whom units give their sensitive outputs, as the settings of a commit say it."""

from __future__ import annotations

from trunkline.core.infra.secret_outputs import Allowed
from trunkline.settings.values import InfraSettings


def allowed_of(settings: InfraSettings) -> Allowed:
    return Allowed(tuple((one.path, one.secrets_for) for one in settings.units if one.secrets_for))
