#!/bin/sh
# Starts the server as its gate has prepared it. Gates do not run again when a container is restarted in its pod, so that one
# which comes back asks the Sentinels by itself: it may have lost what its replicas have, and must not take them with it.
set -u
umask 077
data=${DATA_DIRECTORY:-/data}
run=${RUN_DIRECTORY:-/run/redis}
secrets=${SECRETS_DIRECTORY:-/secrets}
conf=$data/redis.conf

say() {
  echo "{\"start\":\"$1\",\"reason\":\"$2\"}"
}

ask() { # host:port, a command
  at=$1
  shift
  # shellcheck disable=SC2086 # several words
  timeout 3 "$CLI" -h "${at%:*}" -p "${at##*:}" ${TLS_ARGS:-} "$@" </dev/null 2>/dev/null
}

# What a list of names and values has for a name, each time that it is there.
values_of() {
  sed -n "/^$1\$/{n;p;}"
}

# Asks all Sentinels: $named is the master that a majority names, $busy whether one of them is replacing it, $missed whether a
# majority misses it, $successors which servers could take its place, $known how many Sentinels know a master.
ask_sentinels() {
  named='' busy=no missed=no successors='' known=0 all=0 down=0 answers=''
  for each in $SENTINELS; do
    all=$((all + 1))
    master=$(ask "$each" SENTINEL GET-MASTER-ADDR-BY-NAME "$MASTER_NAME" | paste -s -d : -)
    case $master in *:*) ;; *) continue ;; esac
    known=$((known + 1))
    answers="$answers$master
"
    case $(ask "$each" SENTINEL MASTER "$MASTER_NAME" | values_of flags) in
      *failover_in_progress*) busy=yes ;;
      *s_down* | *o_down*) down=$((down + 1)) ;;
    esac
    replicas=$(ask "$each" SENTINEL REPLICAS "$MASTER_NAME")
    for replica in $(echo "$replicas" | values_of name); do
      case " $successors " in *" $replica "*) continue ;; esac
      successors="$successors $replica"
    done
  done
  [ $((down * 2)) -gt "$all" ] && missed=yes
  for each in $(echo "$answers" | sort -u); do
    [ $(($(echo "$answers" | grep -cxF "$each") * 2)) -gt "$all" ] && named=$each
  done
}

# What the servers that could take the master's place have: data, maybe data (as one does not answer), or nothing.
look_at_successors() {
  found=nothing
  for each in $successors; do
    info=$(REDISCLI_AUTH=none ask "$each" --user probe INFO everything)
    case $info in
      *role:*db[0-9]*:keys=* | *master_link_status:up*) found=data && return ;;
      *role:*) ;;
      *) found=maybe ;;
    esac
  done
}

keeps_log() {
  directory=$(sed -n 's/^appenddirname  *//p' "$conf" | tail -n 1 | tr -d '"')
  [ "$KEEPS_DATA" = yes ] && grep -qx 'appendonly "*yes"*' "$conf" &&
    ls "$data/${directory:-appendonlydir}"/*.manifest >/dev/null 2>&1
}

follow() { # host:port; nobody: as the master
  grep -v '^replicaof ' "$conf" >"$conf.new"
  if [ -n "$1" ]; then echo "replicaof ${1%:*} ${1##*:}" >>"$conf.new"; fi
  # Whoever has nothing yet must not be chosen as the master.
  if [ -n "$1" ] && [ "$KEEPS_DATA" = no ]; then echo 'replica-priority 0' >>"$conf.new"; fi
  mv "$conf.new" "$conf"
}

# Decides as the gate does (lib/redis/gate/replication/decide.ts), and gives once it is known as what to start.
come_back() {
  waited=0
  while :; do
    ask_sentinels
    look_at_successors
    if [ -n "$named" ] && [ "$named" != "$SELF" ]; then
      say again "Sentinels name $named as the master"
      follow "$named"
      return
    fi
    why="Sentinels name this server as the master, and may be about to replace it"
    if [ -z "$named" ]; then
      why="no majority of Sentinels names a master"
      # They wait for the first master themselves.
      if [ "$known" -eq 0 ] && [ "$FORMED" = no ] && [ "$waited" -ge 10 ]; then return; fi
      # Nobody can be made the master by so few, and what this one was, it has been all the time.
      if keeps_log && [ "$waited" -ge "$PATIENCE" ]; then return; fi
    elif [ "$busy" = no ]; then
      if [ "$found" = nothing ]; then break; fi
      if keeps_log && { [ "$missed" = no ] || [ "$waited" -ge "$PATIENCE" ]; }; then break; fi
      if [ "$KEEPS_DATA" = yes ] && [ "$waited" -ge "$PATIENCE" ]; then break; fi
    fi
    if [ $((waited % 30)) -eq 0 ]; then say waits "$why"; fi
    sleep 1
    waited=$((waited + 1))
  done
  say again "Sentinels name this server as the master"
  follow ''
}

# Whether this server has all that its master had when it was last connected: a copy that was broken off leaves nothing behind.
has_copy() {
  info=$(REDISCLI_AUTH=none ask "$SELF" --user probe INFO everything)
  case $info in
    *loading:1* | *master_sync_in_progress:1*) return 1 ;;
    *role:master* | *master_link_status:up* | *role:*db[0-9]*:keys=*) return 0 ;;
  esac
  return 1
}

# A replica that had nothing may be chosen as the master once it has everything. Its master may be lost right after that. The
# server has the number that this shell had.
raise_priority() {
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    has_copy || continue
    for file in password previous-password; do
      [ -f "$secrets/steward/$file" ] || continue
      password=$(cat "$secrets/steward/$file")
      case $(REDISCLI_AUTH=$password ask "$SELF" --user steward CONFIG SET replica-priority "$PRIORITY") in
        OK) return ;;
      esac
    done
  done
}

if [ -f "$run/start-settings" ]; then
  # shellcheck disable=SC1091 # the gate has written it
  . "$run/start-settings"
  if [ -e "$run/started" ]; then
    : >"$run/waiting"
    come_back
    rm -f "$run/waiting"
  fi
  : >"$run/started"
  if grep -q '^replica-priority 0$' "$conf" && [ "$PRIORITY" != 0 ]; then (raise_priority &); fi
fi
exec "$SERVER" "$conf"
