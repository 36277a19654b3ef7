// receipt -- a self-describing receipt handle (S-170, S-173): which queue, which message, which
// receive, and a checksum, in the base64 alphabet and starting AQEB as Amazon's do. Tells garbage
// (404) from "gone" (200) and "other queue" without a look-up.
#ifndef QUEUE_RECEIPT_H
#define QUEUE_RECEIPT_H

#include "queue/base/text.h"

struct receipt {
    uint64_t queue;   // number of the queue that issued it
    uint64_t row;     // of the message
    uint32_t receive; // the message's reported receive count at this receive
};

#define RECEIPT_TEXT_BYTES 44

void receipt_write(const struct receipt *receipt, char ret_handle[RECEIPT_TEXT_BYTES]);
// False for anything receipt_write did not make.
bool receipt_read(struct text handle, struct receipt *ret_receipt);

#endif
