// follow -- points of the trace as they happen, for redrive trace --follow; and the words that it shares with the table.
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/client.h"
#include "cli/table.h"

// Prints the events of this path ("events?queue=orders") line by line until the emulator ends or points_max were told. The status of
// the command.
int follow_events(struct client *client, struct text path, size_t points_max, bool json);

// In story.c: how a kind is coloured, and why a point was told, with where the message went.
enum tone kind_tone(struct text kind);
struct text point_reason(struct arena *arena, const cJSON *point);

#endif
