// snowball_alarms -- what the findings of a variant say: when poison led, when the queue stood still, and which of the usual alarms
// would have told somebody, and when.
//
// An alarm looks at one stretch, as CloudWatch looks at a period. Thresholds are the customary ones; where AWS advises none, one that
// a healthy queue of this demo never touches.
#include "cli/snowball.h"

#define OLDEST_SECONDS 300

double snowball_share(const cJSON *stretch)
{
    double good = (double)tree_integer(stretch, "good");
    double poison = (double)tree_integer(stretch, "poison");
    return good + poison > 0 ? poison / (good + poison) : -1;
}

int64_t snowball_outnumbered_seconds(const cJSON *findings)
{
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        if (snowball_share(stretch) > 0.5)
            return tree_integer(stretch, "seconds");
    }
    return 0;
}

int64_t snowball_stalled_seconds(const cJSON *findings)
{
    int64_t deleted = 0;
    int64_t since = 0;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        bool stands = tree_integer(stretch, "deleted") == deleted;
        deleted = tree_integer(stretch, "deleted");
        if (!stands)
            since = 0;
        else if (since == 0)
            since = tree_integer(stretch, "seconds");
    }
    return since;
}

double snowball_share_after(const cJSON *findings, int64_t after_ms)
{
    double good = 0;
    double poison = 0;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        if (tree_integer(stretch, "seconds") * 1000 <= after_ms)
            continue;
        good += (double)tree_integer(stretch, "good");
        poison += (double)tree_integer(stretch, "poison");
    }
    return good + poison > 0 ? poison / (good + poison) : -1;
}

const cJSON *snowball_last(const cJSON *findings)
{
    const cJSON *stretches = tree_member(findings, "stretches");
    return cJSON_GetArrayItem(stretches, cJSON_GetArraySize(stretches) - 1);
}

double snowball_neighbour(const cJSON *stretch, const char *name)
{
    const cJSON *member = tree_member(tree_member(stretch, "neighbour"), name);
    return cJSON_IsNumber(member) ? cJSON_GetNumberValue(member) : -1;
}

// ---- alarms ----

static int64_t grown(const cJSON *stretch, const cJSON *before, const char *name)
{
    return tree_integer(stretch, name) - tree_integer(before, name);
}

static bool errors_rise(const struct snowball_wishes *wishes, const cJSON *stretch,
                        const cJSON *before)
{
    (void)wishes;
    return grown(stretch, before, "errors") > 0;
}

static bool oldest_is_old(const struct snowball_wishes *wishes, const cJSON *stretch,
                          const cJSON *before)
{
    (void)wishes;
    (void)before;
    return tree_integer(stretch, "oldestSeconds") > OLDEST_SECONDS;
}

static bool throttles_rise(const struct snowball_wishes *wishes, const cJSON *stretch,
                           const cJSON *before)
{
    (void)wishes;
    return grown(stretch, before, "throttles") > 0;
}

static bool in_flight_is_half(const struct snowball_wishes *wishes, const cJSON *stretch,
                              const cJSON *before)
{
    (void)before;
    return 2 * tree_integer(stretch, "inFlight") > wishes->in_flight_max;
}

static bool receives_repeat(const struct snowball_wishes *wishes, const cJSON *stretch,
                            const cJSON *before)
{
    (void)wishes;
    int64_t received = grown(stretch, before, "received");
    return 10 * (received - grown(stretch, before, "deleted")) > received;
}

static bool neighbour_is_throttled(const struct snowball_wishes *wishes, const cJSON *stretch,
                                   const cJSON *before)
{
    (void)wishes;
    double throttles = snowball_neighbour(stretch, "throttles");
    double earlier = before == NULL ? 0 : snowball_neighbour(before, "throttles");
    return throttles > earlier;
}

const struct snowball_alarm snowball_alarms[] = {
    {"receivedMinusDeleted", "NumberOfMessagesReceived minus NumberOfMessagesDeleted",
     "above a tenth of what was received", receives_repeat},
    {"inFlight", "ApproximateNumberOfMessagesNotVisible", "above half of the limit",
     in_flight_is_half},
    {"oldest", "ApproximateAgeOfOldestMessage", "above 5 minutes", oldest_is_old},
    {"errors", "Errors of the function", "above 0", errors_rise},
    {"throttles", "Throttles of the function", "above 0", throttles_rise},
    {"neighbourThrottles", "Throttles of its neighbour", "above 0", neighbour_is_throttled},
    {NULL, NULL, NULL, NULL},
};

int64_t snowball_alarm_seconds(const struct snowball_wishes *wishes,
                               const struct snowball_alarm *alarm, const cJSON *findings)
{
    const cJSON *before = NULL;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        if (alarm->rings(wishes, stretch, before))
            return tree_integer(stretch, "seconds");
        before = stretch;
    }
    return 0;
}
