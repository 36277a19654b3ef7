#!/bin/sh
# bootstrap -- a custom runtime in plain shell: it asks the Lambda Runtime API for an event, handles it, and posts the response.
#
# Try it:  redrive serve --function orders=exec:./bootstrap.sh
#
# A record whose body contains "poison" is reported as failed, so that only it comes back. Needs curl and sed.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

# The response to the event on standard input. The ids of failed records, by splitting the JSON at each record's id.
handle() {
    failures=$(sed 's/{"messageId":"/\n&/g' | sed -n '/"body":"[^"]*poison/s/^{"messageId":"\([^"]*\)".*/{"itemIdentifier":"\1"}/p' | paste -s -d ,)
    echo "{\"batchItemFailures\":[$failures]}"
}

while event=$(curl -sS -D "$headers" "$api/invocation/next"); do
    id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: *\([^[:cntrl:]]*\).*/\1/Ip' "$headers")
    [ -n "$id" ] || exit 1
    printf '%s' "$event" | handle | curl -sS -o /dev/null --data-binary @- "$api/invocation/$id/response"
done
