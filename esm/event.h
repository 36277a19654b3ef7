// event -- a batch of deliveries as the JSON that the function receives (L-90 to L-102).
#ifndef ESM_EVENT_H
#define ESM_EVENT_H

#include "queue/base/buffer.h"
#include "queue/engine.h"

#define EVENT_BYTES_MAX 6291456 // L-104, L-105

// {"Records":[ before the first, ]} after the last record.
void event_begin(struct buffer *buffer);
// Appends one record, with a comma before it unless it is the first. Numbers among message
// attributes are normalised and the digest is over what is delivered (L-98, L-99);
// md5OfMessageAttributes is absent without attributes.
void event_append_record(struct buffer *buffer, const struct delivery *delivery,
                         struct text queue_arn, struct text region, bool fifo);
void event_end(struct buffer *buffer);
// A Number as Lambda delivers it: "0012.3400" -> "12.34". Appends; text that is no number goes
// through unchanged.
void number_append_normalised(struct buffer *buffer, struct text number);

#endif
