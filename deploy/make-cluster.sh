#!/bin/sh
# Join the servers of the profile `cluster` of docker-compose.yml, once: primaries with a replica each.
#
#   sh make-cluster.sh HOST:PORT...
#
# Servers that are joined already stay as they are, so it may run at every start. Ends with 0 when the cluster
# serves all slots, with 1 and one line when it does not within two minutes. Of the environment it takes
# AUTHORITY_FILE, PASSWORD_FILE (of the user `cluster`) and CLUSTER_CLI, the server's command line.
set -eu

cli=${CLUSTER_CLI:-valkey-cli}
authority=${AUTHORITY_FILE:-/run/secrets/authority}
REDISCLI_AUTH=$(cat "${PASSWORD_FILE:-/run/secrets/cluster}")
# Without colours.
export REDISCLI_AUTH TERM=dumb
[ $# -ge 6 ] || { echo "expected six servers or more, found $#" >&2; exit 1; }

ask() {
  at=$1
  shift
  "$cli" -h "${at%:*}" -p "${at##*:}" --tls --cacert "$authority" --user cluster --no-auth-warning "$@"
}

# What one server knows of the cluster: a number or word by its name.
known() {
  ask "$1" cluster info | tr -d '\r' | sed -n "s/^$2://p"
}

# Servers meet by address; a name would be refused.
addresses=""
for place in "$@"; do
  address=$(getent ahostsv4 "${place%:*}" | awk 'NR == 1 { print $1 }')
  [ -n "$address" ] || { echo "expected the address of ${place%:*}, found none" >&2; exit 1; }
  addresses="$addresses $address:${place##*:}"
done

nodes=$(known "$1" cluster_known_nodes)
case $nodes in
  "") echo "expected a server of a cluster at $1, found none" >&2; exit 1 ;;
  # shellcheck disable=SC2086  one argument each
  1) ask "$1" --cluster create $addresses --cluster-replicas 1 --cluster-yes ;;
  *) echo "$nodes servers are joined already" ;;
esac

waited=0
until [ "$(known "$1" cluster_state)" = ok ] && [ "$(known "$1" cluster_slots_ok)" = 16384 ]; do
  [ $waited -lt 120 ] || {
    echo "expected a cluster that serves 16384 slots, found $(known "$1" cluster_slots_ok) after $waited s" >&2
    exit 1
  }
  sleep 1
  waited=$((waited + 1))
done
echo "the cluster serves all slots"
