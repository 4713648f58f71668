"""Resources whose end destroys data: the ones of the large clouds, and what users add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.plan.values import ResourceChange, UnitPlan, Verb
from trunkline.core.infra.seen_state import is_shared
from trunkline.core.infra.written import version_findings

# Patterns of resource types. A row says what is lost.
DATA: dict[str, str] = {
    "aws_db_instance": "a database",
    "aws_rds_cluster*": "a database",
    "aws_docdb_cluster*": "a database",
    "aws_neptune_cluster*": "a database",
    "aws_redshift_cluster": "a warehouse",
    "aws_redshiftserverless_namespace": "a warehouse",
    "aws_dynamodb_table": "a table",
    "aws_elasticache_*": "a cache with what it holds",
    "aws_memorydb_cluster": "a database",
    "aws_opensearch_domain": "an index",
    "aws_elasticsearch_domain": "an index",
    "aws_s3_bucket": "a bucket",
    "aws_s3_directory_bucket": "a bucket",
    "aws_efs_file_system": "a file system",
    "aws_fsx_*_file_system": "a file system",
    "aws_ebs_volume": "a disk",
    "aws_ebs_snapshot": "a snapshot",
    "aws_db_snapshot": "a snapshot",
    "aws_backup_vault": "backups",
    "aws_kms_key": "a key, and what it encrypts",
    "aws_secretsmanager_secret": "a secret",
    "aws_msk_cluster": "streams",
    "aws_kinesis_stream": "a stream",
    "aws_sqs_queue": "a queue with its messages",
    "aws_ecr_repository": "images",
    "aws_cloudwatch_log_group": "logs",
    "aws_cognito_user_pool": "accounts of users",
    "google_sql_database*": "a database",
    "google_alloydb_cluster": "a database",
    "google_spanner_*": "a database",
    "google_bigtable_*": "a database",
    "google_firestore_database": "a database",
    "google_bigquery_dataset": "a warehouse",
    "google_bigquery_table": "a table",
    "google_storage_bucket": "a bucket",
    "google_filestore_instance": "a file system",
    "google_compute_disk": "a disk",
    "google_redis_*": "a cache with what it holds",
    "google_pubsub_*": "messages",
    "google_kms_crypto_key": "a key, and what it encrypts",
    "google_secret_manager_secret": "a secret",
    "google_artifact_registry_repository": "images",
    "azurerm_*_database": "a database",
    "azurerm_mssql_*": "a database",
    "azurerm_mysql_flexible_server": "a database",
    "azurerm_postgresql_*server": "a database",
    "azurerm_cosmosdb_*": "a database",
    "azurerm_storage_account": "a storage account",
    "azurerm_storage_container": "a bucket",
    "azurerm_storage_share": "a file system",
    "azurerm_managed_disk": "a disk",
    "azurerm_key_vault": "keys and secrets",
    "azurerm_key_vault_key": "a key, and what it encrypts",
    "azurerm_eventhub*": "streams",
    "azurerm_container_registry": "images",
    "kubernetes_persistent_volume*": "a volume",
    "kubernetes_namespace*": "a namespace with all that lives in it",
    "practice_database": "a database",
    "practice_bucket": "a bucket",
}

_ENDS = (Verb.DELETE, Verb.REPLACE)


def lost(change: ResourceChange, more: Iterable[str] = ()) -> str:
    """What data a change destroys, "" for none; `more` are patterns of the settings."""
    if change.verb not in _ENDS:
        return ""
    if any(fnmatchcase(change.type, one) for one in more):
        return "data"
    return next((said for kind, said in DATA.items() if fnmatchcase(change.type, kind)), "")


def data_findings(plan: UnitPlan, more: Iterable[str] = ()) -> Iterator[Finding]:
    """A warning for each resource whose data would be gone."""
    patterns = tuple(more)
    for change in plan.changes:
        if what := lost(change, patterns):
            verb = "deletes" if change.verb is Verb.DELETE else "replaces"
            yield Finding(
                "infra-data",
                f"it {verb} {change.address}: {what} is destroyed",
                severity=Severity.WARNING,
                component=plan.unit,
                remedy="prevent_destroy, a moved block or a removed block keeps it; "
                "is there a backup?",
            )


_NEWEST_STATE = (
    "bring the newest state back (trunkline infra state restore, or the versions of its bucket) "
    "and plan again; where it is meant so, trunkline infra approve PLAN"
)
_OWN_STATE = (
    "give it a state of its own: another place in its backend; or remove its old state there"
)


def state_findings(plan: UnitPlan) -> Iterator[Finding]:
    """A warning where no backend keeps the state, so that the plan is not applied; where a newer
    program wrote it; and where it can hardly be the unit's own, so that somebody has to approve it.
    """
    if plan.doubt:
        yield Finding(
            "infra-state",
            f"{plan.doubt}; it is applied only after an approval",
            severity=Severity.WARNING,
            component=plan.unit,
            remedy=_OWN_STATE if is_shared(plan.doubt) else _NEWEST_STATE,
        )
    yield from version_findings(plan.unit, plan.written, plan.program)
    if not plan.keeps_state:
        yield Finding(
            "infra-state",
            "no backend keeps its state, so that it is not applied",
            severity=Severity.WARNING,
            component=plan.unit,
            remedy="name a backend in its code; trunkline infra backend serves one",
        )
