// journal -- what outlives the process: rows by key, written as they change, read when a body is
// delivered and at replay.
//
// The engine keeps the index; the journal keeps the bytes. No query ever searches on the hot path.
// Everything written since the last commit becomes durable together at commit; nothing is
// acknowledged before (design: nothing is said before it is written). A journal that cannot be
// written or read ends the process: fail(). Two implementations: journal_sqlite (a file, or a
// private in-memory database) and journal_none (bodies in a map; for simulation, benches and
// demos). One conformance test runs on both.
#ifndef QUEUE_JOURNAL_H
#define QUEUE_JOURNAL_H

#include "queue/settings.h"

#include <sys/types.h>

struct journal_queue {
    uint64_t number; // from 1, never reused
    struct queue_key key;
    int64_t created_at_ms;
    int64_t modified_at_ms;
    struct queue_settings settings;
};

// What never changes while the message exists.
struct journal_message {
    uint64_t row;   // from 1, ascending, never reused; the message's number in receipts
    uint64_t queue; // number of the queue it was sent to
    uint8_t message_id[16];
    int64_t sent_at_ms; // SentTimestamp
    uint8_t body_md5[16];
    struct text sender_id;
    struct text trace_header;     // AWSTraceHeader; empty: none
    struct text group_id;         // empty: none
    struct text deduplication_id; // empty: none
    struct text attributes;       // packed, queue/attribute.h
    struct text body;
};

// What changes, in a table of its own so that a receive does not rewrite the body.
struct journal_state {
    uint64_t row;
    uint64_t queue; // number of the queue it is in now
    // FIFO sequence number and standard send order: place in the queue, strictly growing
    uint64_t sequence;
    int64_t enqueued_at_ms;       // what retention counts from (S-182)
    int64_t available_at_ms;      // end of the delay or of the lease
    int64_t received_at_ms;       // last receive, 0: never
    int64_t first_received_at_ms; // 0: never
    uint32_t receive_count;       // reported; goes on over a dead-letter move (S-202)
    uint32_t queue_receive_count; // in the present queue; compared with maxReceiveCount (S-209)
    uint8_t phase;                // enum message_phase of queue/message.h
    bool leased_outside;          // the lease is an outside client's, not a mapping's
    uint64_t dead_letter_source;  // number of the queue that it was dead-lettered from, 0: none
};

// A deduplication window (S-221).
struct journal_deduplication {
    uint64_t queue;
    struct text key; // deduplication id, or group and id, packed by queue/group.c
    int64_t until_ms;
    uint8_t message_id[16];
    uint64_t sequence;
};

// Called once per row by replay, queues first, then messages (each with its state), deduplications in
// the order in which they end, records. Texts live during the call only. Bodies and attributes of messages are not read (empty).
struct journal_visitor {
    void (*queue)(struct journal_visitor *visitor, const struct journal_queue *queue);
    void (*message)(struct journal_visitor *visitor, const struct journal_message *message,
                    const struct journal_state *state);
    void (*deduplication)(struct journal_visitor *visitor,
                          const struct journal_deduplication *deduplication);
    void (*record)(struct journal_visitor *visitor, struct text kind, struct text key,
                   struct text bytes);
};

struct journal {
    const char *name; // of the file, for sentences
    // Inserts or replaces a queue with its settings.
    void (*put_queue)(struct journal *journal, const struct journal_queue *queue);
    // Removes the queue, all messages in it, and its deduplications. Its number stays used.
    void (*delete_queue)(struct journal *journal, uint64_t queue);
    // Rows and sequences grow from insert to insert, a message's sequence and received_at_ms never
    // fall, and no message was sent or received later than the instant of the commit: rows may be
    // all that tells a later process of them.
    void (*insert_message)(struct journal *journal, const struct journal_message *message,
                           const struct journal_state *state);
    void (*put_state)(struct journal *journal, const struct journal_state *state);
    void (*delete_message)(struct journal *journal, uint64_t row);
    // The whole row; its texts live in the arena. The row exists (asserted).
    void (*read_message)(struct journal *journal, uint64_t row, struct arena *arena,
                         struct journal_message *ret_message);
    void (*put_deduplication)(struct journal *journal,
                              const struct journal_deduplication *deduplication);
    void (*delete_deduplication)(struct journal *journal, uint64_t queue, struct text key);
    // Opaque records of other rooms (functions, mappings, move tasks) in the same transaction.
    void (*put_record)(struct journal *journal, struct text kind, struct text key,
                       struct text bytes);
    void (*delete_record)(struct journal *journal, struct text kind, struct text key);
    // The next commit is one that was written to, if only with its now: time that was moved by hand
    // must not go back.
    void (*keep_now)(struct journal *journal);
    // Everything since the last commit, with now in it, becomes durable. Cheap when nothing was
    // written.
    void (*commit)(struct journal *journal, int64_t now_ms);
    // ret_now_ms: the instant of the last commit (0: a new journal); ret_queue_number, ret_row and
    // ret_sequence: the greatest ever used. Only on a journal that was just opened.
    void (*replay)(struct journal *journal, struct journal_visitor *visitor, int64_t *ret_now_ms,
                   uint64_t *ret_queue_number, uint64_t *ret_row, uint64_t *ret_sequence);
    // Bytes that the journal holds in memory for messages (journal_none) or its page cache; for
    // reports.
    size_t (*memory_bytes)(struct journal *journal);
    // Between turns: housekeeping that may take a moment (a RESTART checkpoint above 64 MiB of
    // WAL). May be NULL.
    void (*maintain)(struct journal *journal);
    // The instant of the last commit (0: a new journal), as replay says it, but before it: the
    // timeline starts no earlier. May be NULL: always new.
    int64_t (*last_at_ms)(const struct journal *journal);
    // The implementation of journal_free.
    void (*free)(struct journal *journal);
};

enum journal_sync {
    JOURNAL_SYNC_NORMAL,
    JOURNAL_SYNC_FULL
};

// Opens or creates the database file at path (NULL: a private in-memory database). WAL, prepared
// statements, an OFD write lock on "<path>.lock", a checkpointer thread for a file. False with one
// sentence in ret_reason (static or in the arena) when the file is in use by another process, is
// not a database, is damaged, is of a newer schema, or cannot be opened: status 3 for the caller.
bool journal_sqlite_open(const char *path, enum journal_sync sync, struct arena *arena,
                         struct journal **ret_journal, struct text *ret_reason);
// Keeps bodies in memory, commits nothing.
struct journal *journal_none_new(void);
// Takes NULL; returns NULL. What was not committed is lost, as by a kill.
struct journal *journal_free(struct journal *journal);
// For whoever reads back what redrive cannot have written: ends the process with a sentence that names
// the file and says what to do. format: what is wrong with it.
__attribute__((noreturn, format(printf, 2, 3))) void
journal_fail_damaged(const struct journal *journal, const char *format, ...);

#endif
