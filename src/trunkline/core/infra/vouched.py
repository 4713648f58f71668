"""What in HCL has no effect but the plan itself: it starts nothing, asks nobody, reads no file.

A list of what is harmless, not of what is dangerous: whatever a program learns to do tomorrow is
not on it. Sources: the functions and blocks of the OpenTofu language, of the Terraform language
and of Terragrunt's HCL, in their documentation.
"""

from __future__ import annotations

# Pure functions. `nonsensitive` is left out: it takes the mask off a value of the state. So is
# `templatestring`, whose text may be put together from anywhere.
FUNCTIONS = frozenset(
    "abs abspath alltrue anytrue base64decode base64encode base64gunzip base64gzip base64sha256 "
    "base64sha512 basename bcrypt can ceil chomp chunklist cidrcontains cidrhost cidrnetmask "
    "cidrsubnet cidrsubnets coalesce coalescelist compact concat contains convert csvdecode "
    "deep_merge dirname distinct element endswith ephemeralasnull flatten floor format formatdate "
    "formatlist indent index issensitive join jsondecode jsonencode keys length list log lookup "
    "lower map matchkeys max md5 merge min one parseint plantimestamp pow range regex regexall "
    "replace reverse rsadecrypt sensitive setintersection setproduct setsubtract setunion sha1 "
    "sha256 sha512 signum slice sort split startswith strcontains strrev substr sum "
    "textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist tomap "
    "tonumber toset tostring transpose trim trimprefix trimspace trimsuffix try type upper "
    "urldecode urlencode uuid uuidv5 values yamldecode yamlencode zipmap "
    # Those of types.
    "object optional set tuple".split()
)
# Terragrunt's: where it is, and what it is doing.
PLACES = frozenset(
    "constraint_check find_in_parent_folders get_default_retryable_errors "
    "get_original_terragrunt_dir "
    "get_parent_terragrunt_dir get_path_from_repo_root get_path_to_repo_root get_platform "
    "get_repo_root get_terraform_cli_args get_terraform_command "
    "get_terraform_commands_that_need_input get_terraform_commands_that_need_locking "
    "get_terraform_commands_that_need_parallelism get_terraform_commands_that_need_vars "
    "get_terragrunt_dir get_working_dir path_relative_from_include "
    "path_relative_to_include pathexpand".split()
)

# Blocks that are judged by what is in them alone; in a resource every other block is one too.
BLOCKS = frozenset(
    "check dependencies dynamic errors exclude feature import lifecycle locals moved output "
    "precondition postcondition removed retry ignore timeouts validation variable".split()
)
# Attributes of Terragrunt that make it run, write or ask for something.
ATTRIBUTES = frozenset(
    "terraform_binary download_dir generate remote_state iam_role iam_web_identity_token "
    "iam_assume_role_duration iam_assume_role_session_name".split()
)
# What providers run while they plan, by the blocks and attributes of their resources.
RUN_BY_RESOURCES = frozenset({"provisioner", "connection", "postrender", "exec"})
RUN_BY_ATTRIBUTES = frozenset({"binary_path"})
# Parts of the name of a provider's argument that names a file or a program.
TELLING = ("command", "config", "credential", "exec", "file", "path", "plugin")
# Parts of the name of one that says where a provider calls, with whatever credentials it finds on
# its machine: of a cloud's instance, say.
ADDRESSES = ("address", "domain", "endpoint", "host", "proxy", "server", "uri", "url")
