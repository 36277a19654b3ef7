// chart_svg -- the charts as pictures: what a curve is stands at its end, what an axis is stands beside it.
//
//      title
//      upwards
//      100 |            .....mark
//          |        ___/--- no DLQ
//        0 |_______/_______ DLQ
//          0 s  30 min ... 2 h
//              across
//
// Coordinates are those of a picture of 500 units across, which is scaled to its column; they have one digit behind the point, so
// that equal figures give equal bytes. Names that would lie on each other are moved apart, and keep their order.
#include "cli/chart.h"
#include "cli/xml.h"
#include "emulator/emulator.h"

#include <assert.h>
#include <string.h>

#define WIDTH 500
#define HEIGHT 350
#define LEFT 44.0
#define RIGHT 410.0
#define TOP 76.0
#define BOTTOM 296.0
#define NAME_GAP 17.0
#define BAR_LEFT 110.0
#define BAR_ROOM 304.0
#define BAR_STEP 30.0
#define TICKS_MAX 6

static const char *tone_class(enum tone tone)
{
    switch (tone) {
    case TONE_GOOD:
        return "good";
    case TONE_BAD:
        return "bad";
    case TONE_WARN:
        return "warn";
    case TONE_FAINT:
        return "second";
    case TONE_PLAIN:
    case TONE_STRONG:
        return "ink";
    }
    return "ink";
}

static const char *tone_dashes(enum tone tone)
{
    return tone == TONE_WARN    ? " stroke-dasharray=\"9 5\""
           : tone == TONE_FAINT ? " stroke-dasharray=\"2 5\""
                                : "";
}

static void append_text(struct buffer *buffer, double x, double y, const char *kind,
                        const char *anchor, struct text words)
{
    buffer_print(buffer, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x, y, kind,
                 anchor);
    xml_append(buffer, words);
    buffer_append(buffer, TEXT("</text>\n"));
}

static void append_line(struct buffer *buffer, const char *kind, double x1, double y1, double x2,
                        double y2)
{
    buffer_print(buffer, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                 kind, x1, y1, x2, y2);
}

static void begin_picture(struct buffer *buffer, const char *id, double height, const char *title,
                          struct text says)
{
    buffer_print(buffer,
                 "<figure>\n<svg viewBox=\"0 0 %d %.0f\" role=\"img\" "
                 "aria-labelledby=\"%s-title %s-says\">\n<title id=\"%s-title\">",
                 WIDTH, height, id, id, id);
    xml_append(buffer, text_of(title));
    buffer_print(buffer, "</title>\n<desc id=\"%s-says\">", id);
    xml_append(buffer, says.length > 0 ? says : text_of(title));
    buffer_append(buffer, TEXT("</desc>\n"));
    append_text(buffer, 0, 18, "title", "start", text_of(title));
}

static void end_picture(struct buffer *buffer, struct text says)
{
    buffer_append(buffer, TEXT("</svg>\n"));
    if (says.length > 0) {
        buffer_append(buffer, TEXT("<figcaption>"));
        xml_append(buffer, says);
        buffer_append(buffer, TEXT("</figcaption>\n"));
    }
    buffer_append(buffer, TEXT("</figure>\n"));
}

// ---- axes ----

// 1, 2 or 5 times a power of ten, so that there are four to ten of them.
static double step_of(double most)
{
    double step = 1e-3;
    static const double factors[] = {2, 2.5, 2};
    for (size_t i = 0; most / step > TICKS_MAX; i++)
        step *= factors[i % 3];
    return step;
}

static double place_of(const struct chart *chart, double value)
{
    double share = value / chart->values_max;
    share = share > 1 ? 1 : share;
    return BOTTOM - share * (BOTTOM - TOP);
}

static void append_axes(struct buffer *buffer, const struct chart *chart, struct arena *arena)
{
    double step = step_of(chart->values_max);
    append_text(buffer, 0, 42, "faint", "start", text_of(chart->upwards));
    for (int i = 0; (double)i * step <= chart->values_max * 1.0001; i++) {
        double y = place_of(chart, (double)i * step);
        append_line(buffer, i == 0 ? "axis" : "grid", LEFT, y, RIGHT, y);
        append_text(buffer, LEFT - 7, y + 4.5, "faint", "end",
                    arena_print(arena, "%.10g", (double)i * step));
    }
    for (int i = 0; i <= 4; i++) {
        double x = LEFT + (RIGHT - LEFT) * i / 4;
        append_line(buffer, "axis", x, BOTTOM, x, BOTTOM + 5);
        append_text(buffer, x, BOTTOM + 20, "faint", "middle",
                    i == 0 ? TEXT("0")
                           : duration_format(arena, chart->span_ms * i / 4 / 1000 * 1000));
    }
    append_text(buffer, (LEFT + RIGHT) / 2, BOTTOM + 42, "faint", "middle", text_of(chart->across));
}

static void append_marks(struct buffer *buffer, const struct chart *chart)
{
    if (chart->limit > 0) {
        double y = place_of(chart, chart->limit);
        append_line(buffer, "limit", LEFT, y, RIGHT, y);
        append_text(buffer, LEFT + 6, y - 5, "faint halo", "start", chart->limit_text);
    }
    if (chart->mark < 0)
        return;
    double x = LEFT + chart->mark * (RIGHT - LEFT);
    append_line(buffer, "mark", x, TOP - 18, x, BOTTOM);
    bool right = chart->mark > 0.5;
    append_text(buffer, right ? x - 5 : x + 5, TOP - 10, "faint halo", right ? "end" : "start",
                chart->mark_text);
}

// ---- curves ----

static void append_curve(struct buffer *buffer, const struct chart *chart, size_t number)
{
    const struct chart_series *series = &chart->series[number];
    double across = chart->point_count > 1 ? (double)(chart->point_count - 1) : 1;
    bool begun = false;
    buffer_print(buffer, "<path class=\"curve %s\"%s d=\"", tone_class(series->tone),
                 tone_dashes(series->tone));
    for (size_t i = 0; i < chart->point_count; i++) {
        bool there = series->values[i] >= 0;
        if (there)
            buffer_print(buffer, "%c%.1f %.1f", begun ? 'L' : 'M',
                         LEFT + (double)i / across * (RIGHT - LEFT),
                         place_of(chart, series->values[i]));
        begun = there;
    }
    buffer_append(buffer, TEXT("\"/>\n"));
}

struct name {
    size_t series;
    double x, y;
};

// From top to bottom, by where the curves end.
static size_t place_names(const struct chart *chart, struct name names[CHART_SERIES_MAX])
{
    double across = chart->point_count > 1 ? (double)(chart->point_count - 1) : 1;
    size_t count = 0;
    for (size_t i = 0; i < chart->series_count; i++) {
        size_t last = chart->point_count;
        while (last > 0 && chart->series[i].values[last - 1] < 0)
            last--;
        if (last == 0)
            continue;
        struct name name = {i, LEFT + (double)(last - 1) / across * (RIGHT - LEFT) + 7,
                            place_of(chart, chart->series[i].values[last - 1]) + 5};
        size_t at = count++;
        for (; at > 0 && names[at - 1].y > name.y; at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    for (size_t i = 1; i < count; i++) {
        if (names[i].y < names[i - 1].y + NAME_GAP)
            names[i].y = names[i - 1].y + NAME_GAP;
    }
    // Those that were pushed below the axis push the others up again.
    double lowest = BOTTOM + 5;
    for (size_t i = count; i > 0; i--) {
        if (names[i - 1].y > lowest)
            names[i - 1].y = lowest;
        lowest = names[i - 1].y - NAME_GAP;
    }
    return count;
}

void chart_append_svg(struct buffer *buffer, const struct chart *chart, const char *id,
                      struct text says)
{
    assert(chart->point_count > 0 && chart->series_count <= CHART_SERIES_MAX);
    cleanup(arena_free) struct arena *arena = arena_new();
    struct name names[CHART_SERIES_MAX];
    begin_picture(buffer, id, HEIGHT, chart->title, says);
    append_axes(buffer, chart, arena);
    append_marks(buffer, chart);
    for (size_t i = 0; i < chart->series_count; i++)
        append_curve(buffer, chart, i);
    size_t count = place_names(chart, names);
    for (size_t i = 0; i < count; i++) {
        const struct chart_series *series = &chart->series[names[i].series];
        buffer_print(buffer, "<g class=\"%s\">", tone_class(series->tone));
        append_text(buffer, names[i].x, names[i].y, "name halo", "start", text_of(series->name));
        buffer_append(buffer, TEXT("</g>\n"));
    }
    end_picture(buffer, says);
}

// ---- bars ----

void chart_append_svg_bars(struct buffer *buffer, const char *title, const struct chart_bar *bars,
                           size_t count, double values_max, const char *id, struct text says)
{
    begin_picture(buffer, id, 40 + BAR_STEP * (double)count, title, says);
    for (size_t i = 0; i < count; i++) {
        double y = 34 + BAR_STEP * (double)i;
        double length = values_max > 0 ? bars[i].value / values_max * BAR_ROOM : 0;
        append_text(buffer, BAR_LEFT - 8, y + 16, "", "end", text_of(bars[i].name));
        buffer_print(buffer,
                     "<g class=\"%s\"><rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"20\"/></g>\n",
                     tone_class(bars[i].tone), BAR_LEFT, y,
                     length < 1 && bars[i].value > 0 ? 1 : length);
        append_text(buffer, BAR_LEFT + length + 7, y + 16, "", "start", bars[i].value_text);
    }
    end_picture(buffer, says);
}
