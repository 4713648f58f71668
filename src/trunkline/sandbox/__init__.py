"""Practice clusters: Kubernetes APIs in this process, over HTTP on loopback.

    async with Sandbox(["eu", "us"]) as box:
        box.write_kubeconfig(path)
        box.clusters["eu"].faults.throttle(3)

They behave as the real API server does in all that Trunkline relies on (the contract tests run
against both): server-side apply, watches, deletion, defaults, validation, controllers.
"""

from trunkline.sandbox.box import Sandbox
from trunkline.sandbox.cluster import PracticeCluster
from trunkline.sandbox.faults import Fault, Faults

__all__ = ["Fault", "Faults", "PracticeCluster", "Sandbox"]
