#!/bin/sh
# Builds the image and converts the sample folder with the Compose file; `make compose` runs it.
#
# Everything it starts and stores is taken away again. Needs Docker with its compose command.
set -eu
cd "${0%/*}/.."

folder=$(mktemp -d)
VALKEY_PASSWORD=$(od -A n -N 16 -t x1 /dev/urandom | tr -d ' \n')
OCRQUEUE_UID=$(id -u) OCRQUEUE_GID=$(id -g) OCRQUEUE_DATA=$folder COMPOSE_PROJECT_NAME=ocrqueue-samples
export VALKEY_PASSWORD OCRQUEUE_UID OCRQUEUE_GID OCRQUEUE_DATA COMPOSE_PROJECT_NAME

take_away() {
    code=$?
    [ "$code" -eq 0 ] || docker compose logs --tail 50 || true
    docker compose down --volumes --timeout 10 || true
    rm -rf "$folder"
    exit "$code"
}
trap take_away EXIT
trap 'exit 130' INT TERM

mkdir "$folder/in" "$folder/out"
cp -R samples/. "$folder/in"
docker compose build
docker compose up --detach --wait --wait-timeout 180
docker compose run --rm enqueue

echo "The Markdown:"
(cd "$folder/out" && find . -name '*.md' -not -path '*/.*' | sort)
grep -q "parish registers" "$folder/out/letter.md" || { echo "letter.md is not what it was" >&2; exit 1; }
