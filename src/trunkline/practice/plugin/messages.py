"""The messages of the plugin protocol, version 6, as far as this provider speaks it.

https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol
"""

from __future__ import annotations

from trunkline.practice.plugin.wire import Table, by_name, each

ERROR, WARNING = 1, 2
LIST = 2

DYNAMIC: Table = {1: ("msgpack", "bytes"), 2: ("json", "bytes")}
STEP: Table = {
    1: ("attribute_name", "string"),
    2: ("element_key_string", "string"),
    3: ("element_key_int", "int"),
}
PATH: Table = {1: ("steps", each(STEP))}
DIAGNOSTIC: Table = {
    1: ("severity", "int"),
    2: ("summary", "string"),
    3: ("detail", "string"),
    4: ("attribute", PATH),
}
RAW_STATE: Table = {1: ("json", "bytes")}

ATTRIBUTE: Table = {
    1: ("name", "string"),
    2: ("type", "bytes"),
    3: ("description", "string"),
    4: ("required", "bool"),
    5: ("optional", "bool"),
    6: ("computed", "bool"),
    7: ("sensitive", "bool"),
}
_INNER_BLOCK: Table = {2: ("attributes", each(ATTRIBUTE)), 4: ("description", "string")}
NESTED: Table = {1: ("type_name", "string"), 2: ("block", _INNER_BLOCK), 3: ("nesting", "int")}
BLOCK: Table = {**_INNER_BLOCK, 3: ("block_types", each(NESTED))}
SCHEMA: Table = {1: ("version", "int"), 2: ("block", BLOCK)}
CAPABILITIES: Table = {1: ("plan_destroy", "bool"), 2: ("get_provider_schema_optional", "bool")}

DIAGNOSTICS = each(DIAGNOSTIC)
NOTHING: Table = {}

IMPORTED: Table = {1: ("type_name", "string"), 2: ("state", DYNAMIC), 3: ("private", "bytes")}

# call → what is asked, what is answered
CALLS: dict[str, tuple[Table, Table]] = {
    "GetProviderSchema": (
        NOTHING,
        {
            1: ("provider", SCHEMA),
            2: ("resource_schemas", by_name(SCHEMA)),
            3: ("data_source_schemas", by_name(SCHEMA)),
            4: ("diagnostics", DIAGNOSTICS),
            6: ("server_capabilities", CAPABILITIES),
        },
    ),
    "ValidateProviderConfig": ({1: ("config", DYNAMIC)}, {2: ("diagnostics", DIAGNOSTICS)}),
    "ValidateResourceConfig": (
        {1: ("type_name", "string"), 2: ("config", DYNAMIC)},
        {1: ("diagnostics", DIAGNOSTICS)},
    ),
    "ValidateDataResourceConfig": (
        {1: ("type_name", "string"), 2: ("config", DYNAMIC)},
        {1: ("diagnostics", DIAGNOSTICS)},
    ),
    "UpgradeResourceState": (
        {1: ("type_name", "string"), 2: ("version", "int"), 3: ("raw_state", RAW_STATE)},
        {1: ("upgraded_state", DYNAMIC), 2: ("diagnostics", DIAGNOSTICS)},
    ),
    "ConfigureProvider": (
        {1: ("terraform_version", "string"), 2: ("config", DYNAMIC)},
        {1: ("diagnostics", DIAGNOSTICS)},
    ),
    "ReadResource": (
        {1: ("type_name", "string"), 2: ("current_state", DYNAMIC), 3: ("private", "bytes")},
        {1: ("new_state", DYNAMIC), 2: ("diagnostics", DIAGNOSTICS), 3: ("private", "bytes")},
    ),
    "PlanResourceChange": (
        {
            1: ("type_name", "string"),
            2: ("prior_state", DYNAMIC),
            3: ("proposed_new_state", DYNAMIC),
            4: ("config", DYNAMIC),
            5: ("prior_private", "bytes"),
        },
        {
            1: ("planned_state", DYNAMIC),
            2: ("requires_replace", each(PATH)),
            3: ("planned_private", "bytes"),
            4: ("diagnostics", DIAGNOSTICS),
        },
    ),
    "ApplyResourceChange": (
        {
            1: ("type_name", "string"),
            2: ("prior_state", DYNAMIC),
            3: ("planned_state", DYNAMIC),
            4: ("config", DYNAMIC),
        },
        {1: ("new_state", DYNAMIC), 2: ("private", "bytes"), 3: ("diagnostics", DIAGNOSTICS)},
    ),
    "ImportResourceState": (
        {1: ("type_name", "string"), 2: ("id", "string")},
        {1: ("imported_resources", each(IMPORTED)), 2: ("diagnostics", DIAGNOSTICS)},
    ),
    "ReadDataSource": (
        {1: ("type_name", "string"), 2: ("config", DYNAMIC)},
        {1: ("state", DYNAMIC), 2: ("diagnostics", DIAGNOSTICS)},
    ),
    "GetFunctions": (NOTHING, {2: ("diagnostics", DIAGNOSTICS)}),
    "StopProvider": (NOTHING, {1: ("Error", "string")}),
}
