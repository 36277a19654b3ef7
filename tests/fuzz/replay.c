// replay -- runs a fuzz target over every file of its corpus, as one TAP test a file.
//
// A target that finds something aborts, and then the plan, which stands at the end, is missing: the
// run has failed, and the line before says at which file.
#include "queue/base/buffer.h"
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static void file_close(FILE *file)
{
    fclose(file);
}
DEFINE_CLEANUP(file_close, FILE *)

// Appends what the file holds. False if it cannot be opened.
static bool read_file(const char *path, struct buffer *buffer)
{
    cleanup(file_close) FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t got;
    while ((got = fread(buffer_reserve(buffer, 65536), 1, 65536, file)) > 0)
        buffer->length += got;
    return true;
}

// A copy of exactly the bytes, so that the sanitizer sees a look beyond the last one.
static bool replay_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    cleanup(buffer_deinit) struct buffer buffer = {0};
    if (!read_file(path, &buffer))
        return false;
    cleanup_free uint8_t *exact = allocate(buffer.length);
    if (buffer.length > 0)
        memcpy(exact, buffer.bytes, buffer.length);
    LLVMFuzzerTestOneInput(exact, buffer.length);
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 2) {
        fputs("replay: name the folder of the corpus\n", stderr);
        return 2;
    }
    // The empty input belongs to every corpus.
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    puts("ok 1 - empty input");

    struct dirent **entries = NULL;
    int count = scandir(arguments[1], &entries, is_visible, alphasort);
    int failed_count = 0;
    for (int i = 0; i < count; i++) {
        printf("# %s\n", entries[i]->d_name);
        fflush(stdout);
        bool replayed = replay_file(arguments[1], entries[i]->d_name);
        failed_count += !replayed;
        printf("%s %d - %s\n", replayed ? "ok" : "not ok", i + 2, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    printf("1..%d\n", count > 0 ? count + 1 : 1);
    return failed_count > 0;
}
