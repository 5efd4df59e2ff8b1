#!/bin/bash
# Readiness: the member serves, which a follower does only after it has caught up with a leader that has a quorum.
exec 3<>"/dev/tcp/127.0.0.1/${CLIENT_PORT:-2181}" || exit 1
printf srvr >&3
while read -r -t 4 line <&3; do
  [[ $line == Mode:* ]] && exit 0
done
exit 1
