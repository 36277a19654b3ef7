// dashboard -- the page at /_redrive/, written into a C array by the build (embed.py): one page with its style and its script in it,
// which asks nobody but /_redrive/api/.
#ifndef EMULATOR_WEB_DASHBOARD_H
#define EMULATOR_WEB_DASHBOARD_H

#include <stddef.h>

extern const unsigned char dashboard_page[];
extern const size_t dashboard_page_bytes;
// The Content-Security-Policy that goes with it: this style, this script, this host.
extern const char dashboard_policy[];

#endif
