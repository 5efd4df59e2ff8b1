#!/bin/sh
# Readiness: the Sentinel answers, and knows a master.
# shellcheck disable=SC2086 # several words
masters=$(timeout 4 "$CLI" -h "${ADDRESS:-127.0.0.1}" -p "${PORT:-26379}" ${TLS_ARGS:-} SENTINEL MASTERS </dev/null 2>/dev/null)
case $masters in *config-epoch*) ;; *) exit 1 ;; esac
