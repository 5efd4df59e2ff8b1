#!/bin/bash
# Liveness: the process answers. It says nothing about a quorum, so that a member which waits for others is left alone.

# ZooKeeper reloads a key store when its directory tells of a new file. A mounted Secret changes by exchanging a link,
# which it does not notice, so a renewed certificate is copied to where it watches.
umask 077
mounted=${TLS_MOUNTED:-/secrets/tls}
prepared=${TLS_PREPARED:-/run/zookeeper/tls}
if [[ -d $mounted && $mounted/tls.crt -nt $prepared/keystore.pem ]]; then
  { cat "$mounted/tls.key"; echo; cat "$mounted/tls.crt"; } >"$prepared/keystore.new" &&
    cat "$mounted/ca.crt" >"$prepared/ca.new" &&
    mv "$prepared/ca.new" "$prepared/ca.pem" && mv "$prepared/keystore.new" "$prepared/keystore.pem"
fi

exec 3<>"/dev/tcp/127.0.0.1/${CLIENT_PORT:-2181}" || exit 1
printf ruok >&3
read -r -t 4 answer <&3
[[ $answer == imok ]]
