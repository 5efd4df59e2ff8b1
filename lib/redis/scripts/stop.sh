#!/bin/sh
# Before the server stops: where it is the master, and its replicas are in step, one of them takes its place first. Writes are
# held back meanwhile, so that none is acknowledged that the new master does not have. Where that cannot be, nothing is done:
# Sentinels replace the master once it is gone, and it waits for its replicas when it ends.
set -u
run=${RUN_DIRECTORY:-/run/redis}
secrets=${SECRETS_DIRECTORY:-/secrets}
[ -f "$run/start-settings" ] || exit 0
# shellcheck disable=SC1091 # the gate has written it
. "$run/start-settings"

ask() { # host:port, a command
  at=$1
  shift
  # shellcheck disable=SC2086 # several words
  timeout 3 "$CLI" -h "${at%:*}" -p "${at##*:}" ${TLS_ARGS:-} "$@" </dev/null 2>/dev/null
}

as_steward() { # host:port, a command
  for file in password previous-password; do
    [ -f "$secrets/steward/$file" ] || continue
    reply=$(REDISCLI_AUTH=$(cat "$secrets/steward/$file") ask "$1" --user steward PING)
    [ "$reply" = PONG ] || continue
    at=$1
    shift
    REDISCLI_AUTH=$(cat "$secrets/steward/$file") ask "$at" --user steward "$@"
    return
  done
}

# Lines end with a carriage return.
own_info() {
  REDISCLI_AUTH=none ask "$SELF" --user probe INFO replication | tr -d '\r'
}

say() {
  echo "{\"stop\":\"$1\",\"reason\":\"$2\"}"
}

# Replicas that any Sentinel could choose, and that are not in step here.
left_behind() {
  for sentinel in $SENTINELS; do
    ask "$sentinel" SENTINEL REPLICAS "$MASTER_NAME" | paste - - | tr '\t' ' ' | while read -r key value; do
      case $key in
        name) replica=$value ;;
        flags)
          case $value in
            *s_down* | *disconnected*) continue ;;
          esac
          echo "$info" | grep -q "ip=${replica%:*},port=${replica##*:},state=online" || echo "$replica"
          ;;
      esac
    done
  done | sort -u
}

in_step() { # offset
  echo "$info" | sed -n 's/^slave[0-9]*:.*state=online,offset=\([0-9]*\),.*/\1/p' | while read -r offset; do
    [ "$offset" -ge "$1" ] || echo behind
  done | grep -q behind && return 1
  return 0
}

# Sets which Sentinel replaces the master, and what the last one said.
failover_begins() {
  for chosen in $SENTINELS; do
    said=$(as_steward "$chosen" SENTINEL FAILOVER "$MASTER_NAME")
    case $said in OK | INPROG*) return 0 ;; esac
  done
  return 1
}

info=$(own_info)
case $info in *role:master*state=online*) ;; *) exit 0 ;; esac
behind=$(left_behind)
if [ -n "$behind" ]; then
  say nothing "not in step: $behind"
  exit 0
fi
if [ "$(as_steward "$SELF" CLIENT PAUSE 60000 WRITE)" != OK ]; then
  say nothing "writes cannot be held back"
  exit 0
fi
# What came before the pause is in this; pings come after it, and do not matter.
offset=$(own_info | sed -n 's/^master_repl_offset://p')
tries=0
while info=$(own_info) && ! in_step "$offset"; do
  tries=$((tries + 1))
  if [ "$tries" -ge 25 ]; then
    say nothing "replicas have not caught up"
    exit 0
  fi
  sleep 0.2
done
# A Sentinel that has heard little of a replica so far does not choose it yet.
until=$(($(date +%s) + 10))
while ! failover_begins; do
  if [ "$(date +%s)" -ge "$until" ]; then
    say nothing "no Sentinel replaces it: ${said:-none answers}"
    exit 0
  fi
  sleep 0.5
done
tries=0
while [ "$tries" -lt 60 ]; do
  master=$(ask "$chosen" SENTINEL GET-MASTER-ADDR-BY-NAME "$MASTER_NAME" | paste -s -d : -)
  if [ -n "$master" ] && [ "$master" != "$SELF" ]; then
    say "handed over" "$master is the master"
    # Sentinels would tell it later, and clients that are connected here have to look for the new one.
    as_steward "$SELF" REPLICAOF "${master%:*}" "${master##*:}" >/dev/null
    as_steward "$SELF" CLIENT KILL TYPE normal >/dev/null
    exit 0
  fi
  tries=$((tries + 1))
  sleep 0.3
done
say nothing "Sentinels have not replaced it in time"
