#!/bin/sh
# One bad order, and the whole batch comes back.
. "$(dirname "$0")/records.sh"
records | while read -r record; do
    if is_bad "$record"; then
        echo "$(field messageId "$record") failed" >&2
        exit 1
    fi
done
