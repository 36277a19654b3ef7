#!/bin/sh
# Only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"].
. "$(dirname "$0")/records.sh"
failures=$(records | while read -r record; do
    is_bad "$record" && printf '{"itemIdentifier":"%s"}\n' "$(field messageId "$record")"
done | paste -s -d ,)
echo "{\"batchItemFailures\":[$failures]}"
