// checkpoint -- the one helper thread: it moves the write-ahead log into the database file while
// the loop goes on writing.
//
//   loop:    commit ... commit (1,000 pages) -> wake ... commit ...
//   thread:            sleeps                     copies pages, syncs the file, sleeps
//
// A checkpoint in the loop would stop every client for as long as the disk takes: it is the worst
// of all latencies. The thread shares nothing with the loop but this struct and what SQLite shares
// between the connections of one process: its connection is its own, and it asks for PASSIVE
// checkpoints, which wait for nobody. A PASSIVE one never makes a busy log begin anew; that is
// journal_sqlite's part, between turns. An error is left here for the loop to find at its next
// commit: only the loop may end the process.
#include "queue/checkpoint.h"

#include "queue/journal_database.h"

#include "queue/base/fail.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_WAIT_MS 10000

struct checkpoint {
    sqlite3 *handle; // the thread's, while it runs
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed; // wanted or stopping
    pthread_cond_t idle;    // no longer working
    bool wanted;            // under mutex
    bool working;           // under mutex
    bool stopping;          // under mutex
    char error[256];        // written once, before failed
    atomic_bool failed;
};

static void run_checkpoint(struct checkpoint *checkpoint)
{
    int result =
        sqlite3_wal_checkpoint_v2(checkpoint->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED)
        return;
    if (atomic_load(&checkpoint->failed))
        return;
    strncpy(checkpoint->error, sqlite3_errmsg(checkpoint->handle), sizeof checkpoint->error - 1);
    atomic_store(&checkpoint->failed, true);
}

static void *checkpoint_run(void *argument)
{
    struct checkpoint *checkpoint = argument;
    pthread_mutex_lock(&checkpoint->mutex);
    while (!checkpoint->stopping) {
        if (!checkpoint->wanted) {
            pthread_cond_wait(&checkpoint->changed, &checkpoint->mutex);
            continue;
        }
        checkpoint->wanted = false;
        checkpoint->working = true;
        pthread_mutex_unlock(&checkpoint->mutex);
        run_checkpoint(checkpoint);
        pthread_mutex_lock(&checkpoint->mutex);
        checkpoint->working = false;
        pthread_cond_signal(&checkpoint->idle);
    }
    pthread_mutex_unlock(&checkpoint->mutex);
    return NULL;
}

static void open_connection(struct checkpoint *checkpoint, const char *path)
{
    int result = sqlite3_open_v2(path, &checkpoint->handle,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, DATABASE_VFS);
    if (result == SQLITE_OK)
        result = sqlite3_wal_autocheckpoint(checkpoint->handle, 0);
    // A connection that has read nothing does not know that there is a log: SQLite 3.40 would
    // answer every checkpoint with success and do nothing.
    if (result == SQLITE_OK)
        result = sqlite3_exec(checkpoint->handle, "SELECT count(*) FROM sqlite_schema", NULL, NULL,
                              NULL);
    if (result != SQLITE_OK)
        fail("database %s cannot be opened a second time for checkpoints: %s; mend that or name "
             "another file with --db",
             path, sqlite3_errstr(result));
    sqlite3_busy_timeout(checkpoint->handle, BUSY_WAIT_MS);
}

struct checkpoint *checkpoint_new(const char *path)
{
    struct checkpoint *checkpoint = allocate(sizeof *checkpoint);
    open_connection(checkpoint, path);
    pthread_mutex_init(&checkpoint->mutex, NULL);
    pthread_cond_init(&checkpoint->changed, NULL);
    pthread_cond_init(&checkpoint->idle, NULL);
    // The loop reads its signals itself; the thread inherits a mask that takes none.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&checkpoint->thread, NULL, checkpoint_run, checkpoint);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        fail("the checkpointer of database %s cannot be started: %s", path, strerror(result));
    return checkpoint;
}

struct checkpoint *checkpoint_free(struct checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return NULL;
    pthread_mutex_lock(&checkpoint->mutex);
    checkpoint->stopping = true;
    pthread_cond_signal(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->mutex);
    pthread_join(checkpoint->thread, NULL);
    pthread_cond_destroy(&checkpoint->changed);
    pthread_cond_destroy(&checkpoint->idle);
    pthread_mutex_destroy(&checkpoint->mutex);
    sqlite3_close(checkpoint->handle);
    free(checkpoint);
    return NULL;
}

void checkpoint_wake(struct checkpoint *checkpoint)
{
    pthread_mutex_lock(&checkpoint->mutex);
    checkpoint->wanted = true;
    pthread_cond_signal(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->mutex);
}

void checkpoint_wait(struct checkpoint *checkpoint)
{
    pthread_mutex_lock(&checkpoint->mutex);
    checkpoint->wanted = false;
    while (checkpoint->working)
        pthread_cond_wait(&checkpoint->idle, &checkpoint->mutex);
    pthread_mutex_unlock(&checkpoint->mutex);
}

const char *checkpoint_error(struct checkpoint *checkpoint)
{
    return atomic_load(&checkpoint->failed) ? checkpoint->error : NULL;
}
