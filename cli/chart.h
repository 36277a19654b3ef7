// chart -- curves and bars in a terminal: braille dots and blocks where they can be shown, plain ASCII where NO_COLOR is set or
// the locale is not UTF-8.
#ifndef CLI_CHART_H
#define CLI_CHART_H

#include "cli/table.h"

#define CHART_SERIES_MAX 8

struct chart_series {
    const char *name;
    const double *values; // one a point, from the left edge to the right one; below 0: none
    enum tone tone;
    char letter; // in ASCII
};

struct chart {
    const char *title;
    size_t point_count; // of every series
    double values_max;  // the top edge
    const char *unit;   // behind the numbers of the left edge
    size_t series_count;
    struct chart_series series[CHART_SERIES_MAX];
    struct text left; // words beneath the edges
    struct text right;
    double mark;           // a dotted line at this part of the width, 0 to 1; below 0: none
    struct text mark_text; // beneath it
    // What a picture says besides; the terminal leaves it out.
    const char *across;     // what the width is, "virtual time"
    const char *upwards;    // what the height is, with its unit
    int64_t span_ms;        // of the whole width
    double limit;           // a dashed line at this value; 0: none
    struct text limit_text; // above it
};

// False: nothing but ASCII.
bool chart_has_glyphs(void);
void chart_print(const struct chart *chart, const struct paper *paper, bool glyphs);
// Appends the chart as a figure with a picture in it: titled axes, names at the ends of the curves, and a sentence of what is to be
// seen beneath. id is a word that no other picture of the page has.
void chart_append_svg(struct buffer *buffer, const struct chart *chart, const char *id,
                      struct text says);

struct chart_bar {
    const char *name;
    double value;
    struct text value_text; // with its unit
    enum tone tone;
};
// The same for bars, one below the other; values_max is the longest that there may be. Nothing is written beneath if says is empty.
void chart_append_svg_bars(struct buffer *buffer, const char *title, const struct chart_bar *bars,
                           size_t count, double values_max, const char *id, struct text says);
// A bar of at most so many columns for a value of at most values_max; a value above 0 is never invisible.
void chart_append_bar(struct buffer *buffer, double value, double values_max, size_t columns,
                      bool glyphs);

#endif
