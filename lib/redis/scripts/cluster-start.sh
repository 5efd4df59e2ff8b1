#!/bin/sh
# Starts the server as its gate has prepared it. Gates do not run again when a container is restarted in its pod, so that one
# which was a master asks the other nodes by itself: a replica may have more than it has, and takes its place first.
set -u
umask 077
data=${DATA_DIRECTORY:-/data}
run=${RUN_DIRECTORY:-/run/redis}
# As process 1 it would not hear SIGTERM otherwise, and would start a server that is to go.
trap 'exit 143' TERM

say() {
  echo "{\"start\":\"$1\",\"reason\":\"$2\"}"
}

# Of what another node says (CLUSTER NODES): its newest epoch, whether it knows this node, and as a master that has slots, how
# many masters have slots, how many of them it reaches beside this one, and which replicas of this one.
read_view() {
  awk -v me="$me" '
    $8 == "" { next }
    { slots = 0; for (i = 9; i <= NF; i++) if ($i !~ /^\[/) slots = 1 }
    { there = $3 ~ /myself/ || ($8 == "connected" && $3 !~ /fail|noaddr|handshake/) }
    $7 > epoch { epoch = $7 }
    slots { masters++ }
    slots && there && $1 != me { reached++ }
    $1 == me { known = 1; still = slots && $3 ~ /master/ }
    there && $4 == me { split($2, at, ","); replicas = replicas " " (at[2] == "" ? $1 : at[2]) }
    END { if (masters) print epoch + 0, known + 0, still + 0, masters + 0, reached + 0, replicas }
  '
}

# Asks all nodes that this one knew, at once.
ask_nodes() {
  awk '$8 != "" && $3 !~ /myself|noaddr/ { sub(/@.*/, "", $2); print $2 }' "$data/nodes.conf" | {
    while read -r at; do
      # shellcheck disable=SC2086 # several words
      REDISCLI_AUTH=none timeout 3 "$CLI" -h "${at%:*}" -p "${at##*:}" ${TLS_ARGS:-} --user probe CLUSTER NODES \
        </dev/null 2>/dev/null | read_view &
    done
    wait
  }
}

# Why it has to wait; nothing where it need not. Decides as the gate does (lib/redis/gate/cluster/decide-node.ts).
why_wait() {
  ask_nodes | sort -n | awk -v kept="$kept" '
    # The last one is the newest of those that know this node.
    $2 { known = 1; still = $3 }
    $4 > masters { masters = $4 }
    $5 > reached { reached = $5 }
    { for (i = 6; i <= NF; i++) replicas[$i] }
    END {
      for (each in replicas) names = names " " each
      if (!known || !still || names == "") exit
      if (reached > masters / 2) print "this takes its place as a master first:" names
      else if (!kept) print "the keys are in" names ", and " reached " of " masters " masters cannot elect it; if the others are lost, run CLUSTER FAILOVER TAKEOVER there"
    }
  '
}

come_back() {
  # Seconds; where nothing that is written outlives a crash, forever.
  patience=$(cat "$run/patience")
  kept=yes
  [ "$patience" = forever ] && kept=
  told=
  begun=$(date +%s)
  while why=$(why_wait) && [ -n "$why" ]; do
    [ "$why" = "$told" ] || say waits "$why"
    told=$why
    if [ -n "$kept" ] && [ $(($(date +%s) - begun)) -ge "$patience" ]; then
      say again "nothing has taken its place within $patience s"
      return
    fi
    sleep 1
  done
}

# This node, where it was a master that has slots.
me=$(awk '$3 ~ /myself/ && $3 ~ /master/ { for (i = 9; i <= NF; i++) if ($i !~ /^\[/) { print $1; exit } }' "$data/nodes.conf" 2>/dev/null)
if [ -e "$run/started" ] && [ -n "$me" ]; then
  : >"$run/waiting"
  come_back
  rm -f "$run/waiting"
fi
: >"$run/started"
exec "$SERVER" "$data/redis.conf"
