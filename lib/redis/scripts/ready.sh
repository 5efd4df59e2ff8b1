#!/bin/sh
# Readiness: a master that takes commands, or a replica that is connected to its master and has all of its data.
# shellcheck disable=SC2086 # several words
info=$(REDISCLI_AUTH=none timeout 4 "$CLI" -h "${ADDRESS:-127.0.0.1}" -p "${PORT:-6379}" ${TLS_ARGS:-} --user probe INFO everything </dev/null 2>/dev/null)
case $info in *loading:0*) ;; *) exit 1 ;; esac
case $info in
  *role:master*) ;;
  *master_link_status:up*master_sync_in_progress:0*) ;;
  *) exit 1 ;;
esac
