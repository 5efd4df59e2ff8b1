#!/bin/sh
# Starts a Sentinel as its gate has prepared it, or as it has written down itself before it was restarted in its pod.
umask 077
exec "$SERVER" "${DATA_DIRECTORY:-/data}/sentinel.conf" --sentinel
