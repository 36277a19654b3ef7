// form -- the parameters of a Query request: a form body, a query string, or both, decoded and put
// in order.
#ifndef EMULATOR_WIRE_FORM_H
#define EMULATOR_WIRE_FORM_H

#include "queue/base/arena.h"

#define FORM_PARAMETERS_MAX 10000

struct form_pair {
    struct text name;
    struct text value; // never NULL bytes
};

// Sorted by name, segment by segment at the dots, numbers by their value: so the parameters of one
// list, and of one element in it, stand together whatever order they came in (S-27). Of equal names
// the one that came last stands last.
struct form {
    const struct form_pair *pairs;
    size_t count;
};

// Reads body and query (either may be empty). Views into them where nothing had to be decoded, else
// copies in the arena. False when there are too many parameters, a percent sign without two hex
// digits, or bytes that are not UTF-8.
bool form_parse(struct arena *arena, struct text body, struct text query, struct form *ret_form);
// The value of the last parameter of this name; bytes NULL if there is none.
struct text form_find(const struct form *form, struct text name);
// Percent-decodes; plus_is_blank as in forms. False when it is malformed or gives what is not
// UTF-8.
bool percent_decode(struct arena *arena, struct text text, bool plus_is_blank,
                    struct text *ret_decoded);

#endif
