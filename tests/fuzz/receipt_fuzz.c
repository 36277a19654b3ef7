// receipt_fuzz -- what reads as a receipt is exactly what receipt_write makes of it.
#include "queue/receipt.h"
#include "tests/fuzz/target.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct receipt receipt = {0};
    struct text handle = text_from((const char *)bytes, length);
    char written[RECEIPT_TEXT_BYTES];
    if (receipt_read(handle, &receipt)) {
        receipt_write(&receipt, written);
        assert(text_equal(text_from(written, sizeof(written)), handle));
    }
    if (length < sizeof(uint64_t) * 2 + sizeof(uint32_t))
        return 0;
    struct receipt read = {0};
    memcpy(&receipt.queue, bytes, sizeof(uint64_t));
    memcpy(&receipt.row, bytes + sizeof(uint64_t), sizeof(uint64_t));
    memcpy(&receipt.receive, bytes + 2 * sizeof(uint64_t), sizeof(uint32_t));
    receipt.queue &= 0xffffffff;
    receipt_write(&receipt, written);
    bool is_read = receipt_read(text_from(written, sizeof(written)), &read);
    assert(is_read && read.queue == receipt.queue && read.row == receipt.row &&
           read.receive == receipt.receive);
    (void)is_read;
    return 0;
}
