// qualifier -- published versions and aliases of functions: names for a function, behind a colon. Every version runs what the function
// runs; what is kept is which numbers and names there are, and what they mean.
#ifndef ESM_QUALIFIER_H
#define ESM_QUALIFIER_H

#include "esm/json.h"

#define VERSIONS_MAX 1000 // of a function, like the next
#define ALIASES_MAX 1000

struct qualifiers;

struct qualifiers *qualifiers_new(void);
struct qualifiers *qualifiers_free(struct qualifiers *qualifiers);
DEFINE_CLEANUP(qualifiers_free, struct qualifiers *)

// Which version the qualifier means: "$LATEST" for the empty one and "$LATEST", "3" for version 3 and for an alias of it; the empty
// text if there is no such version or alias. Lives until the function's qualifiers change.
struct text qualifiers_version(const struct qualifiers *qualifiers, struct text function,
                               struct text qualifier);
// [{"Version":"1","Description":"..."}], ascending, and [{"Name":..,"FunctionVersion":..,"Description":..}], the one put last behind; NULL: none. They
// live until the function's qualifiers change.
const cJSON *qualifiers_versions(const struct qualifiers *qualifiers, struct text function);
const cJSON *qualifiers_aliases(const struct qualifiers *qualifiers, struct text function);
const cJSON *qualifiers_find_alias(const struct qualifiers *qualifiers, struct text function,
                                   struct text name);

// The number of a new version. If the fingerprint is that of the newest, nothing has changed since: its number once more. 0 if there
// are VERSIONS_MAX.
int64_t qualifiers_publish(struct qualifiers *qualifiers, struct text function,
                           struct text fingerprint, struct text description);
// Makes the alias, or gives it another version and description. False if there are ALIASES_MAX.
bool qualifiers_put_alias(struct qualifiers *qualifiers, struct text function, struct text name,
                          struct text version, struct text description);
// Nothing happens if there is none.
void qualifiers_drop_alias(struct qualifiers *qualifiers, struct text function, struct text name);
// No alias has this version.
void qualifiers_drop_version(struct qualifiers *qualifiers, struct text function,
                             struct text version);
// The function is gone.
void qualifiers_forget(struct qualifiers *qualifiers, struct text function);

// The function's qualifiers as one JSON text, and back; false if the text is none of these.
void qualifiers_append_record(const struct qualifiers *qualifiers, struct text function,
                              struct buffer *buffer);
__attribute__((warn_unused_result)) bool
qualifiers_restore(struct qualifiers *qualifiers, struct text function, struct text record);

#endif
