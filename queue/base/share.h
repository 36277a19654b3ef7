// share -- "5%", "0.05": parts of a whole, as people type them.
#ifndef QUEUE_BASE_SHARE_H
#define QUEUE_BASE_SHARE_H

#include <stdbool.h>

// A number from 0 to 1, or from 0 to 100 with a percent sign behind it. False if it is none.
bool share_parse(const char *text, double *ret_share);

#endif
