#!/bin/sh
# Ready means: answers queries, and as a replica is not too far behind.
set -eu
pg_isready --quiet --timeout=2
if [ "$(psql -Atc 'select pg_is_in_recovery()')" = t ]; then
  lag=$(psql -Atc "select coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0)::int")
  [ "$lag" -lt 30 ]
fi
