#!/bin/sh
# Make what the deployed server and its users need, once: a password for each user of users.acl, the
# server's list of users with the hashes of these, a certificate authority and the server's certificate.
#
#   sh deploy/make-secrets.sh [DIRECTORY [NAME]...]
#
# DIRECTORY is deploy/secrets unless given; each NAME is a further name or address of the server in its
# certificate, beside redis, node-1 to node-6 of the cluster, localhost and 127.0.0.1. What is there already is
# kept: remove a password's file to make another, then run this once more and restart the server. Needs openssl.
set -eu
umask 077

here=$(dirname "$0")
to=${1:-$here/secrets}
[ $# -eq 0 ] || shift
mkdir -p "$to"
# Containers read single files of it as users of their own: the directory keeps everybody else out.
chmod 700 "$to"

names="DNS:redis,DNS:localhost,IP:127.0.0.1"
for number in 1 2 3 4 5 6; do names="$names,DNS:node-$number"; done
for name in "$@"; do
  case $name in *[!0-9.]*) names="$names,DNS:$name" ;; *) names="$names,IP:$name" ;; esac
done

joined=$(awk '/^(#|$)/ { next } /^ / { line = line $0; next } { if (line) print line; line = $0 }
  END { print line }' "$here/users.acl" | tr -s " ")
echo "$joined" | while IFS= read -r line; do
  user=$(echo "$line" | cut -d " " -f 2)
  case $user in default | health) echo "$line"; continue ;; esac
  [ -s "$to/$user.password" ] || openssl rand -hex 32 | tr -d '\n' > "$to/$user.password"
  hash=$(openssl dgst -sha256 -r < "$to/$user.password" | cut -d " " -f 1)
  echo "$line #$hash"
done > "$to/users.acl.new"
mv "$to/users.acl.new" "$to/users.acl"
# As whom servers of a cluster copy each other, as a part of their configuration.
printf 'masteruser replication\nmasterauth %s\n' "$(cat "$to/replication.password")" > "$to/replication.conf"

if [ ! -s "$to/server.key" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=exchange-ledger authority" -keyout "$to/ca.key" -out "$to/ca.crt" 2> /dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj "/CN=redis" -keyout "$to/server.key" -out "$to/server.csr" 2> /dev/null
  # Servers of a cluster are each other's clients, with the same certificate.
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$names" > "$to/server.ext"
  openssl x509 -req -in "$to/server.csr" -CA "$to/ca.crt" -CAkey "$to/ca.key" -CAcreateserial \
    -days 825 -extfile "$to/server.ext" -out "$to/server.crt" 2> /dev/null
  rm -f "$to/server.csr" "$to/server.ext" "$to/ca.srl"
fi

chmod 444 "$to"/*
chmod 400 "$to/ca.key"
echo "$to: $(ls "$to" | tr '\n' ' ')"
