// engine_case -- the frame of a test that needs a world: one macro per test, a world named `world`
// that is freed at its end.
#ifndef TESTS_SUPPORT_ENGINE_CASE_H
#define TESTS_SUPPORT_ENGINE_CASE_H

#include "tests/support/check_main.h"
#include "tests/support/engine_world.h"

DEFINE_DEINIT_CLEANUP(world_deinit, struct engine_world)

// A world that stands at WORLD_START_MS.
#define WORLD(world)                                 \
    cleanup(world_deinit) struct engine_world world; \
    world_init(&world, 1, NULL)

#define ck_assert_counts(world, queue, counts) \
    ck_assert_str_eq(world_counts(&(world), (queue)), (counts))

#endif
