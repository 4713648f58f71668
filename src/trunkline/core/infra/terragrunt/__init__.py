"""What a Terragrunt unit depends on, read from its files alone.

Terragrunt is asked too (`engine/infra`); this finds what its answer leaves out: files that inputs
read, local modules with all that those read, and files that are only named. It follows includes
and `read_terragrunt_config`, and works out locals and the functions that paths are made with.
"""

from trunkline.core.infra.terragrunt.other_forms import other_forms
from trunkline.core.infra.terragrunt.stack import STACK_FILE, StackUnit, read_stack
from trunkline.core.infra.terragrunt.unit import UNIT_FILE, module_of, read_unit

__all__ = [
    "STACK_FILE",
    "UNIT_FILE",
    "StackUnit",
    "module_of",
    "other_forms",
    "read_stack",
    "read_unit",
]
