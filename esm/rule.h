// rule -- one alternative of a filter pattern's field: a string, a number, {"prefix":"a"} ...
// (L-195 to L-204).
#ifndef ESM_RULE_H
#define ESM_RULE_H

#include "queue/base/arena.h"

#include <cjson/cJSON.h>

enum rule_kind {
    RULE_STRING,
    RULE_STRING_IGNORING_CASE,
    RULE_PREFIX,
    RULE_PREFIX_IGNORING_CASE,
    RULE_SUFFIX,
    RULE_SUFFIX_IGNORING_CASE,
    RULE_WILDCARD,
    RULE_NUMBER,
    RULE_RANGE,
    RULE_CIDR,
    RULE_TRUE,
    RULE_FALSE,
    RULE_NULL,
    RULE_PRESENT,
    RULE_ABSENT, // matches no value, but the lack of one
    RULE_ANYTHING_BUT,
};

#define RULE_ADDRESS_BYTES 16

struct rule {
    enum rule_kind kind;
    struct text text;    // RULE_STRING ... RULE_SUFFIX_IGNORING_CASE
    struct text *pieces; // RULE_WILDCARD: what stands between the asterisks
    struct rule *others; // RULE_ANYTHING_BUT: none of these
    size_t count;        // of pieces or others
    double low, high;    // RULE_NUMBER: low; RULE_RANGE: both
    bool low_open, high_open;
    uint8_t address[RULE_ADDRESS_BYTES]; // RULE_CIDR
    size_t address_bytes;                // 4 or 16
    size_t mask_bits;
};

// Reads an item of a field's array: a scalar, or an object with one operator; its texts go into the
// arena. False: no such rule.
bool rule_parse(struct arena *arena, const cJSON *item, struct rule *ret_rule);
// Does this scalar of an event match? Never for RULE_ABSENT.
bool rule_matches(const struct rule *rule, const cJSON *scalar);
// 4 or 16 bytes of an IP address in its usual notation; 0: it is none.
size_t address_parse(struct text text, uint8_t ret_address[RULE_ADDRESS_BYTES]);

#endif
