# What the three handlers beside this file share: the event's records, one a line, without a JSON parser. It knows that redrive writes
# a record's id first; a real handler would use jq.
records() {
    sed 's/{"messageId":"/\n&/g' | grep '^{"messageId"'
}

# field NAME RECORD
field() {
    printf '%s' "$2" | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"
}

# number NAME RECORD -- from the order, which is JSON inside JSON
number() {
    printf '%s' "$2" | sed -n "s/.*\\\\\"$1\\\\\":\\([0-9]*\\).*/\\1/p"
}

# An order is bad if it has no quantity, or as long as the stock service is away.
is_bad() {
    quantity=$(number quantity "$1")
    recovers=$(number recoversOnAttempt "$1")
    [ "${quantity:-0}" -le 0 ] || [ "$(field ApproximateReceiveCount "$1")" -lt "${recovers:-1}" ]
}
