#!/bin/sh
# Readiness: this node is in, reads what its master writes, and finds that the cluster serves. One that nobody has met yet is not
# ready; the others find it all the same, by a Service that publishes such pods, too.
set -u
# shellcheck disable=SC2086 # several words
says=$(printf '%s\n' PING 'INFO replication' 'CLUSTER INFO' |
  REDISCLI_AUTH=none timeout 4 "$CLI" -h "${ADDRESS:-127.0.0.1}" -p "${PORT:-6379}" ${TLS_ARGS:-} --user probe 2>/dev/null |
  tr -d '\r')

has() {
  printf '%s\n' "$says" | grep -qx "$1"
}
not_ready() {
  echo "$1"
  exit 1
}

has PONG || not_ready "it answers: $(printf '%s' "$says" | head -n 1)"
has role:master || has master_link_status:up || not_ready 'it is not connected to its master'
has cluster_state:ok || not_ready 'it finds that the cluster does not serve'
