"""Health: a pure function of one live object, by group and kind (`table`).

Statuses and their meaning are Argo CD's, so that people who know it read them without thinking.
"""

from trunkline.core.health.counted import uncounted
from trunkline.core.health.status import Health, HealthStatus, Rule, worst
from trunkline.core.health.table import RULES, being_deleted, health_of

__all__ = [
    "RULES",
    "Health",
    "HealthStatus",
    "Rule",
    "being_deleted",
    "health_of",
    "uncounted",
    "worst",
]
