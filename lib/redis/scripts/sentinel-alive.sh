#!/bin/sh
# Liveness: the Sentinel answers.
# shellcheck disable=SC2086 # several words
reply=$(timeout 8 "$CLI" -h "${ADDRESS:-127.0.0.1}" -p "${PORT:-26379}" ${TLS_ARGS:-} PING </dev/null 2>/dev/null)
[ "$reply" = PONG ]
