// sqs_message_attribute -- message attributes from the wire, checked, into the engine's form, and
// which of them a receive selects.
#ifndef EMULATOR_API_SQS_MESSAGE_ATTRIBUTE_H
#define EMULATOR_API_SQS_MESSAGE_ATTRIBUTE_H

#include "emulator/api/sqs_shapes.h"
#include "emulator/wire/fault.h"
#include "queue/attribute.h"

// What was sent, in ascending order of name, each name once (the last one given).
struct checked_attributes {
    struct message_attribute items[ATTRIBUTES_MAX];
    size_t count;
};

// Checks a map of attribute_value by S-153 to S-161. Texts stay where they are.
struct fault message_attributes_check(struct arena *arena, const struct structure_list *attributes,
                                      struct checked_attributes *ret_checked);
// Checks MessageSystemAttributes (S-162): AWSTraceHeader alone. ret_checked holds it, or nothing.
struct fault message_system_attributes_check(struct arena *arena,
                                             const struct structure_list *attributes,
                                             struct checked_attributes *ret_checked);
// Bytes of names, types and values of what was sent, valid or not (S-67, S-151).
size_t message_attributes_size_bytes(const struct structure_list *attributes);
// MD5OfMessageAttributes in the arena; bytes NULL if there are none (S-6).
struct text message_attributes_md5(struct arena *arena, const struct message_attribute *attributes,
                                   size_t count);
// True if a list of MessageAttributeNames selects this name (S-167).
bool message_attribute_is_selected(const struct text_list *names, struct text name);

#endif
