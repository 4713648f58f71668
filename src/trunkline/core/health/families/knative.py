"""Knative and what follows its conditions: Tekton, KServe.

Their `Ready` and `Succeeded` are Unknown while something goes on; False is the end of it.
"""

from __future__ import annotations

from trunkline.core.health.declared import Conditions
from trunkline.core.health.status import Family

READY = Conditions("Ready", fatal=True, mends="RevisionMissing Deploying")

RUN = Conditions(
    "Succeeded",
    fatal=True,
    suspend="spec.status=PipelineRunPending spec.status=TaskRunPending",
)

RULES: Family = {
    "serving.knative.dev": {"*": READY},
    "eventing.knative.dev": {"*": READY},
    "messaging.knative.dev": {"*": READY},
    "sources.knative.dev": {"*": READY},
    "flows.knative.dev": {"*": READY},
    "*.internal.knative.dev": {"*": READY},
    "operator.knative.dev": {
        "*": Conditions("Ready", also="DependenciesInstalled InstallSucceeded")
    },
    "serving.kserve.io": {
        "InferenceService InferenceGraph LLMInferenceService": Conditions(
            "Ready", off="Stopped", mends="Deploying", fatal=True
        )
    },
    "tekton.dev": {
        "PipelineRun TaskRun CustomRun Run": RUN,
        "Pipeline Task ClusterTask StepAction": Conditions("", quiet=True),
    },
    "triggers.tekton.dev": {
        "EventListener": Conditions("", also="Available Deployment Service Ready"),
    },
    "operator.tekton.dev": {"*": Conditions("Ready", mends="Installing")},
}
