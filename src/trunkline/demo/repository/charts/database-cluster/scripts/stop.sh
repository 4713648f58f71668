#!/bin/sh
# A leader hands over before it goes; a replica simply goes.
set -eu
if [ "$(psql -Atc 'select pg_is_in_recovery()')" = f ]; then
  member switchover --timeout=45s
fi
pg_ctl stop --mode=fast --wait
