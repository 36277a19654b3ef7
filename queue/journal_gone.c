// journal_gone -- the messages that are deleted for everybody and still lie in the tables.
//
//   delete 7   delete 9   delete 8   ...   the 256th
//      |          |          |                 |
//      +----------+----------+--- the list ----+---> sorted, as ranges: DELETE ... BETWEEN 7 AND 9
//                                  |
//                  a column of meta, one page for all deletes of a commit
//
// To delete a row of one kilobyte costs SQLite more than to write it: pages merge with their
// neighbours, and each of them goes into the log. So a delete adds a number to a list that becomes
// durable with the row of meta, one page however many there are; and 256 of them leave the tables
// at once, where one walk over neighbours costs a fraction of 256 searches. Replay
// passes over what is on the list.
//
// A mark on each row was not taken: it writes a page for every message, which is what the list
// avoids.
#include "queue/journal_gone.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void gone_add(struct gone *gone, uint64_t row)
{
    assert(gone->count < GONE_ROWS_MAX);
    gone->rows[gone->count++] = row;
}

bool gone_is_full(const struct gone *gone)
{
    return gone->count == GONE_ROWS_MAX;
}

static int compare_rows(const void *left, const void *right)
{
    const uint64_t *first = left;
    const uint64_t *second = right;
    return *first < *second ? -1 : *first > *second;
}

void gone_sort(struct gone *gone)
{
    qsort(gone->rows, gone->count, sizeof gone->rows[0], compare_rows);
}

bool gone_contains(const struct gone *gone, uint64_t row)
{
    return bsearch(&row, gone->rows, gone->count, sizeof gone->rows[0], compare_rows) != NULL;
}

static void delete_range(struct database *database, enum statement statement, uint64_t first,
                         uint64_t last)
{
    sqlite3_stmt *prepared = database_statement(database, statement);
    sqlite3_bind_int64(prepared, 1, (int64_t)first);
    sqlite3_bind_int64(prepared, 2, (int64_t)last);
    database_run(database, prepared);
}

void gone_sweep(struct gone *gone, struct database *database)
{
    gone_sort(gone);
    for (size_t first = 0, after = 0; first < gone->count; first = after) {
        after = first + 1;
        while (after < gone->count && gone->rows[after] == gone->rows[after - 1] + 1)
            after++;
        delete_range(database, STATEMENT_SWEEP_MESSAGES, gone->rows[first], gone->rows[after - 1]);
        delete_range(database, STATEMENT_SWEEP_STATES, gone->rows[first], gone->rows[after - 1]);
    }
    gone->count = 0;
}

// As they lie in memory: every machine that redrive runs on has the low byte first.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a database moves between machines");

struct text gone_bytes(const struct gone *gone)
{
    return text_from((const char *)gone->rows, gone->count * sizeof gone->rows[0]);
}

bool gone_from_bytes(struct text bytes, struct gone *ret_gone)
{
    if (bytes.length % sizeof ret_gone->rows[0] != 0 || bytes.length > sizeof ret_gone->rows)
        return false;
    ret_gone->count = bytes.length / sizeof ret_gone->rows[0];
    if (bytes.length > 0)
        memcpy(ret_gone->rows, bytes.bytes, bytes.length);
    return true;
}
