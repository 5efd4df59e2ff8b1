#!/bin/sh
# Liveness: the process answers, whatever it says; it may be reading its data, or be without its master. One that has yet to
# be told by Sentinels as what to start is left alone.
[ -e "${RUN_DIRECTORY:-/run/redis}/waiting" ] && exit 0
# shellcheck disable=SC2086 # several words
reply=$(REDISCLI_AUTH=none timeout 8 "$CLI" -h "${ADDRESS:-127.0.0.1}" -p "${PORT:-6379}" ${TLS_ARGS:-} --user probe PING </dev/null 2>/dev/null)
[ -n "$reply" ]
