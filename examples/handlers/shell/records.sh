# What the three handlers beside this file share: the event's records, one a line, without a JSON parser. It knows that redrive writes
# a record's id first; a real handler would use jq.
records() {
    sed 's/{"messageId":"/\n&/g' | grep '^{"messageId"'
}

# field NAME RECORD
field() {
    printf '%s' "$2" | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"
}

# An order is bad if it says so.
is_bad() {
    printf '%s' "$1" | grep -q '"body":"[^"]*poison'
}
