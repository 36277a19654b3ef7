#!/bin/sh
# Good orders are deleted one by one, so only bad ones come back.
. "$(dirname "$0")/records.sh"
records | {
    failed=0
    while read -r record; do
        if is_bad "$record"; then
            failed=$((failed + 1))
            continue
        fi
        queue=$(field eventSourceARN "$record")
        curl -sS -f -o /dev/null "$AWS_ENDPOINT_URL/" -H 'X-Amz-Target: AmazonSQS.DeleteMessage' \
            -H 'Content-Type: application/x-amz-json-1.0' \
            -d "{\"QueueUrl\":\"$AWS_ENDPOINT_URL/000000000000/${queue##*:}\",\"ReceiptHandle\":\"$(field receiptHandle "$record")\"}"
    done
    echo "$failed orders failed" >&2
    [ "$failed" -eq 0 ]
}
