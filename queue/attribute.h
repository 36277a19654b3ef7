// attribute -- message attributes as one packed run of bytes, and their digest. The form in which
// they cross rooms, lie in the journal and are counted. Whoever packs has checked them (S-153 to
// S-161); this file only keeps them.
#ifndef QUEUE_ATTRIBUTE_H
#define QUEUE_ATTRIBUTE_H

#include "queue/base/buffer.h"
#include "queue/base/digest.h"
#include "queue/base/text.h"

#define ATTRIBUTES_MAX 10 // S-153

struct message_attribute {
    struct text name;
    struct text data_type; // with its custom suffix: "Number.int"
    struct text value;     // the text sent, or the decoded bytes of a Binary
};

// True for Binary and Binary.*: value holds bytes, not text.
bool attribute_is_binary(const struct message_attribute *attribute);
// Sorts by name in byte order (S-147).
void attributes_sort(struct message_attribute *attributes, size_t count);
// MD5OfMessageAttributes (S-146) over attributes in ascending order of name; count at least 1.
void attributes_digest_hex(const struct message_attribute *attributes, size_t count,
                           char ret_hex[MD5_HEX_BYTES]);
// Bytes of names, types and values (S-151).
size_t attributes_size_bytes(const struct message_attribute *attributes, size_t count);
// Appends the packed form; nothing at all for count 0.
void attributes_pack(struct buffer *buffer, const struct message_attribute *attributes,
                     size_t count);
// True if the bytes are what attributes_pack writes, as far as their lengths say.
bool attributes_are_packed(struct text packed);
// Reads the packed form (asserted) into ret_attributes (room for ATTRIBUTES_MAX); views into packed.
// Returns their count.
size_t attributes_unpack(struct text packed,
                         struct message_attribute ret_attributes[ATTRIBUTES_MAX]);

#endif
