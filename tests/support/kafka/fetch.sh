#!/bin/sh
# Brings a Kafka broker into a folder: its jars from Maven Central, each checked against jars.sha256.
#
# usage: fetch.sh FOLDER
#
# Does nothing where the folder is there. Ends within a minute; the status is 1 if it can not be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
[ -d "$folder" ] && exit 0
mkdir -p "$(dirname "$folder")"
part=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$part"' EXIT
chmod 755 "$part"
awk -v folder="$part" '{ n = split($2, p, "/")
  printf "url = \"https://repo1.maven.org/maven2/%s\"\noutput = \"%s/%s\"\n", $2, folder, p[n] }' \
  "$here/jars.sha256" > "$part/urls"
curl --fail --silent --show-error --location --no-progress-meter --parallel --parallel-max 6 \
  --connect-timeout 5 --max-time 60 --config "$part/urls"
rm "$part/urls"
sed 's#  .*/#  #' "$here/jars.sha256" > "$part/sums"
(cd "$part" && sha256sum --check --quiet --strict sums)
rm "$part/sums"
# Somebody else may have been faster.
mv -T "$part" "$folder" 2> /dev/null || [ -d "$folder" ]
