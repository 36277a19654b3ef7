// mutate -- what an instrumented source asks at every place that may be broken.
//
// tests/mutate/instrument.py writes copies of the sources in which an expression is a choice between
// itself and its mutants: `(mutate_is(7) ? (a) <= (b) : (a) < (b))`. One build holds them all, and
// one number in the environment says which of them is true.
#ifndef TESTS_MUTATE_MUTATE_H
#define TESTS_MUTATE_MUTATE_H

extern unsigned mutate_active;        // of the mutant that is true; none has this number: none is
extern unsigned char *mutate_reached; // a byte for each number: 1 if its place was passed

// Reads REDRIVE_MUTANT, and REDRIVE_MUTANTS_REACHED: the file that collects what is passed. Called
// before main() by itself and, for the tables, by whoever comes first.
void mutate_start(void);

// True if this mutant is the one. Notes that somebody asked.
static inline int mutate_is(unsigned number)
{
    mutate_reached[number] = 1;
    return mutate_active == number;
}

#endif
