// main -- finds the command that was typed and runs it.
//
// Exit statuses, everywhere: 0 done; 1 it was not so, or could not be done; 2 a typing error; 3 the
// machine does not let it (a database, a port, memory).
#include "cli/command.h"

#include <signal.h>

int main(int argument_count, char **arguments)
{
    // A reader that goes away (redrive queues | head -1) is told by the write's error.
    signal(SIGPIPE, SIG_IGN);
    return command_run(argument_count - 1, arguments + 1);
}
