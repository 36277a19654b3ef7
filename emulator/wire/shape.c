// shape -- the two questions about a member that do not depend on the protocol: was it given, and
// is there anything to write?
#include "emulator/wire/shape.h"

bool member_is_given(const void *structure, const struct wire_member *member)
{
    const void *value = member_of(structure, member);
    switch (member->kind) {
    case WIRE_TEXT:
    case WIRE_BLOB:
        return ((const struct text *)value)->length > 0;
    case WIRE_INTEGER:
        return ((const struct wire_integer *)value)->present;
    case WIRE_BOOLEAN:
        return true;
    case WIRE_TEXT_LIST:
    case WIRE_BLOB_LIST:
        return ((const struct text_list *)value)->present;
    case WIRE_TEXT_MAP:
        return ((const struct pair_list *)value)->present;
    case WIRE_STRUCTURE_LIST:
    case WIRE_STRUCTURE_MAP:
        return ((const struct structure_list *)value)->present;
    }
    return false;
}

bool member_has_content(const void *structure, const struct wire_member *member)
{
    const void *value = member_of(structure, member);
    switch (member->kind) {
    case WIRE_TEXT:
    case WIRE_BLOB:
        return ((const struct text *)value)->bytes != NULL;
    case WIRE_INTEGER:
        return ((const struct wire_integer *)value)->present;
    case WIRE_BOOLEAN:
        return true;
    case WIRE_TEXT_LIST:
    case WIRE_BLOB_LIST:
        return ((const struct text_list *)value)->count > 0;
    case WIRE_TEXT_MAP:
        return ((const struct pair_list *)value)->count > 0;
    case WIRE_STRUCTURE_LIST:
    case WIRE_STRUCTURE_MAP:
        return ((const struct structure_list *)value)->count > 0;
    }
    return false;
}
