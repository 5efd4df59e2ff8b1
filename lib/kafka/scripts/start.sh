#!/bin/bash
# Formats the disks where the gate said so, then becomes the server.
set -eu
# As process 1 it would not hear SIGTERM otherwise, and would start a server that is to go.
trap 'exit 143' TERM
bin=${KAFKA_HOME:-/opt/kafka}/bin
run=${KAFKA_RUN:-/run/kafka}
export LOG_DIR=${LOG_DIR:-/tmp/kafka-logs}
# One space: where there is nothing in it, Kafka's script writes a log of every garbage collection.
export KAFKA_GC_LOG_OPTS=${KAFKA_GC_LOG_OPTS:- }

if [[ -e $run/format ]]; then
  mapfile -t arguments <"$run/format"
  if ! (
    # What is meant for the server: its heap, its agents and their ports.
    unset KAFKA_OPTS KAFKA_JMX_OPTS JMX_PORT KAFKA_LOG4J_OPTS KAFKA_JVM_PERFORMANCE_OPTS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS
    export KAFKA_HEAP_OPTS=-Xmx128m
    exec "$bin/kafka-storage.sh" format -c "$run/server.properties" "${arguments[@]}"
  ); then
    echo "formatting failed, and the server does not start: kafka-storage.sh format ${arguments[*]}" >&2
    exit 1
  fi
  # A container that starts again in this pod has nothing to format.
  rm -f "$run/format"
fi

exec "$bin/kafka-server-start.sh" "$run/server.properties"
