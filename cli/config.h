// config -- what a user declares at start in a file: serve and exec take it by --config.
//
//     config_read     the file; its functions go into the options          before emulator_new()
//     config_create   its queues and mappings come into being              after it, before anybody is told that redrive is ready
//
// A config is a scenario without steps, or a SAM or CloudFormation template; docs/config.md is its manual.
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "emulator/emulator.h"

#define CONFIG_HELP                                                              \
    "  --config FILE            queues, functions and mappings that are there\n" \
    "                           from the start: YAML, JSON or a template\n"

struct config;

// NULL after a usage error was told. The options must live as long as the config; a --function of theirs runs a function of the file
// instead of what the file says, and a --set wins over the file.
struct config *config_read(const char *file, struct options *options);
struct config *config_free(struct config *config);
DEFINE_CLEANUP(config_free, struct config *)
// Why emulator_new() refused, in the words of the file if it is about the file. config may be NULL.
struct text config_reason(struct config *config, struct text reason);
// Makes what the file declares, and says so, a line each, on standard error unless the options are quiet. False after it was told.
// config may be NULL.
bool config_create(struct config *config, struct emulator *emulator);

#endif
