// tour -- the twelve orders of the tour, known to its client, which sends them, and to its teller, which knows what must become
// of them.
#ifndef CLI_TOUR_H
#define CLI_TOUR_H

#include <stdbool.h>
#include <stddef.h>

struct tour_order {
    const char *note; // what is special about it; NULL: nothing
    const char *body;
    bool poison;    // can never be processed
    int deliveries; // what must be seen
};

#define TOUR_ORDERS 12

extern const struct tour_order tour_orders[TOUR_ORDERS];

#endif
