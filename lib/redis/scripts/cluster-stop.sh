#!/bin/sh
# Before the server stops: where it is a master, the replica that has most takes its place first, which has writes held back
# until that has them all. Where that does not work out within seconds it stops all the same, and a replica is elected.
set -u
secrets=${SECRETS_DIRECTORY:-/secrets}
self=${ADDRESS:-127.0.0.1}:${PORT:-6379}

ask() { # host:port, a command
  at=$1
  shift
  # shellcheck disable=SC2086 # several words
  timeout 3 "$CLI" -h "${at%:*}" -p "${at##*:}" ${TLS_ARGS:-} "$@" </dev/null 2>/dev/null | tr -d '\r'
}

look() {
  REDISCLI_AUTH=none ask "$1" --user probe "$2" "$3"
}

say() {
  echo "{\"stop\":\"$1\",\"reason\":\"$2\"}"
}

nodes=$(look "$self" CLUSTER NODES)
me=$(echo "$nodes" | awk '$3 ~ /myself/ && $3 ~ /master/ && $9 != "" { print $1 }')
[ -n "$me" ] || exit 0
best=$(
  echo "$nodes" | awk -v me="$me" '$4 == me && $8 == "connected" && $3 !~ /fail|noaddr/ { sub(/@.*/, "", $2); print $2 }' |
    while read -r at; do
      look "$at" INFO replication | awk -F : -v at="$at" '
        $1 == "master_link_status" && $2 == "up" { linked = 1 }
        $1 == "slave_repl_offset" { offset = $2 }
        END { if (linked) print offset, at }
      '
    done | sort -n | tail -n 1 | cut -d ' ' -f 2
)
[ -n "$best" ] || exit 0

for file in password previous-password; do
  [ -f "$secrets/steward/$file" ] || continue
  said=$(REDISCLI_AUTH=$(cat "$secrets/steward/$file") ask "$best" --user steward CLUSTER FAILOVER)
  [ "$said" != OK ] || break
done
if [ "${said:-}" != OK ]; then
  say nothing "$best does not take its place: ${said:-there is no password}"
  exit 0
fi
tries=0
while [ "$tries" -lt 40 ]; do
  if look "$self" INFO replication | grep -qx role:slave; then
    say 'handed over' "$best is the master"
    exit 0
  fi
  tries=$((tries + 1))
  sleep 0.2
done
say nothing "$best has not taken its place in time"
