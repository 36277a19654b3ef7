#!/bin/sh
# bootstrap -- a custom runtime in plain shell: it makes any program a Lambda handler. Needs curl.
#
#     redrive serve --function orders='exec:./bootstrap.sh shell/report.sh'
#
# The program gets the event on standard input. What it writes to standard output is the response; if its status is not 0, the invocation
# is an error that carries the last line of its standard error.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 0' TERM

while curl -sS -D "$work/headers" -o "$work/event" "$api/invocation/next"; do
    id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: *\([^[:cntrl:]]*\).*/\1/p' "$work/headers")
    [ -n "$id" ] || exit 1
    if "$@" <"$work/event" >"$work/response" 2>"$work/log"; then
        kind=response
    else
        kind=error
        message=$(tail -n 1 "$work/log" | sed 's/["\\[:cntrl:]]//g')
        printf '{"errorType":"Error","errorMessage":"%s"}' "$message" >"$work/response"
    fi
    cat "$work/log" >&2
    curl -sS -o "$work/answer" --data-binary "@$work/response" "$api/invocation/$id/$kind"
done
