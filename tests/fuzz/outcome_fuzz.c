// outcome_fuzz -- whatever a function answers, the outcome is one that L-157 knows and fits what it says. The first byte: how the
// invocation ended, whether reporting is on, and the disputed row 15; then the response.
#include "esm/outcome.h"
#include "tests/fuzz/target.h"

#include <assert.h>

static const struct text ids[] = {TEXT("11111111-1111-4111-8111-111111111111"),
                                  TEXT("22222222-2222-4222-8222-222222222222"),
                                  TEXT("11111111-1111-4111-8111-111111111111")};
#define IDS (sizeof(ids) / sizeof(ids[0]))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    struct outcome_input input = {
        .report_failures = (bytes[0] & 1) != 0,
        .empty_item_succeeds = (bytes[0] & 2) != 0,
        .ids = ids,
        .count = IDS,
        .end = (enum invocation_end)((bytes[0] >> 2) % (INVOCATION_REFUSED + 1)),
        .response = text_from((const char *)bytes + 1, length - 1),
    };
    bool kept[IDS] = {false};
    struct outcome outcome = outcome_decide(&input, kept);
    size_t kept_count = 0;
    for (size_t i = 0; i < IDS; i++)
        kept_count += kept[i];
    assert(outcome_kind_text(outcome.kind).length > 0);
    assert(outcome_reason_text(outcome.reason).length > 0);
    assert(outcome_reason_name(outcome.reason).length > 0);
    assert(kept[0] == kept[2]); // one message, twice in the batch (L-103)
    assert(outcome.reported <= IDS - 1);
    switch (outcome.kind) {
    case OUTCOME_DELETE_ALL:
        assert(kept_count == 0 && input.end == INVOCATION_RESPONDED);
        break;
    case OUTCOME_PARTIAL:
        assert(input.report_failures && input.end == INVOCATION_RESPONDED);
        assert(kept_count > 0 && outcome.reported > 0);
        break;
    case OUTCOME_KEEP_ALL:
    case OUTCOME_RETRY_IN_LEASE:
    case OUTCOME_KEEP_AND_STOP:
        assert(kept_count == IDS);
        assert(input.report_failures || input.end != INVOCATION_RESPONDED);
        break;
    }
    return 0;
}
