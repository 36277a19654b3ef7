// journal_attribute -- the settings of a queue as rows of name and value, both ways.
#ifndef QUEUE_JOURNAL_ATTRIBUTE_H
#define QUEUE_JOURNAL_ATTRIBUTE_H

#include "queue/journal_database.h"
#include "queue/settings.h"

// Writes every setting of a queue that has no rows yet.
void journal_attributes_write(struct database *database, uint64_t queue,
                              const struct queue_settings *settings);
// Puts one row back into settings that settings_init made; texts are copied to the arena. A name
// that this redrive does not know is passed over. False when the value cannot be one.
__attribute__((warn_unused_result)) bool journal_attribute_read(struct arena *arena,
                                                                struct text name, struct text value,
                                                                struct queue_settings *settings);

#endif
