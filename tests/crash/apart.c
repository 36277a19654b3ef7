// apart -- see the header.
#include "tests/crash/apart.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void apart_deinit(struct apart *apart)
{
    buffer_deinit(&apart->said);
}

void apart_step(int steps)
{
    if (steps >= 0 && write(steps, "x", 1) != 1)
        _exit(EXIT_FAILURE);
}

void apart_run(void (*run)(void *context, int steps), void *context, struct apart *ret_apart)
{
    int steps[2];
    // A file: a pipe would fill up while the other is read.
    int said = memfd_create("said", MFD_CLOEXEC);
    if (pipe(steps) != 0 || said < 0)
        abort();
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        close(steps[0]);
        dup2(said, STDERR_FILENO);
        run(context, steps[1]);
        _exit(EXIT_SUCCESS);
    }
    close(steps[1]);
    *ret_apart = (struct apart){0};
    char bytes[256];
    ssize_t got;
    while ((got = read(steps[0], bytes, sizeof(bytes))) > 0)
        ret_apart->steps += (size_t)got;
    close(steps[0]);
    waitpid(child, &ret_apart->status, 0);
    off_t at = 0;
    while ((got = pread(said, buffer_reserve(&ret_apart->said, 4096), 4096, at)) > 0) {
        ret_apart->said.length += (size_t)got;
        at += got;
    }
    close(said);
}

bool apart_exited(const struct apart *apart, int status)
{
    return WIFEXITED(apart->status) && WEXITSTATUS(apart->status) == status;
}

bool apart_said_one_sentence(const struct apart *apart)
{
    size_t end;
    struct text said = text_from(apart->said.bytes, apart->said.length);
    return text_starts_with(said, TEXT("redrive: ")) && text_find(said, TEXT("\n"), &end) &&
           end == said.length - 1;
}

void apart_folder(char path[64])
{
    strcpy(path, "/dev/shm/redrive-apart-XXXXXX");
    if (mkdtemp(path) != NULL)
        return;
    strcpy(path, "/tmp/redrive-apart-XXXXXX");
    if (mkdtemp(path) == NULL)
        abort();
}

void apart_clear(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != NULL)
        closedir(directory);
}
