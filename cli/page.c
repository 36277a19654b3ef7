// page -- one head, one style, for every page that redrive writes into a file: reports of tests, demos.
//
// Colours have names, and the names have two values, so that nothing else knows of light and dark. Curves are told apart by their
// labels and dashes first, by colour last. No script: what can be folded is <details>. A style sheet beside the page was not taken,
// because a page that is sent to somebody travels alone.
#include "cli/page.h"

#include "cli/command.h"
#include "cli/xml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// clang-format off
static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
static const char style[] =
    "</title>\n<style>\n"
    ":root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --faint: #5d656e; --line: #d8dde2; --panel: #f5f7f9;\n"
    "  --good: #17713a; --bad: #b3261e; --warn: #8a5a00; --second: #1f5fae; }\n"
    "@media (prefers-color-scheme: dark) { :root { --paper: #15181b; --ink: #e4e7ea; --faint: #9aa3ac; --line: #353b41; --panel: #1d2125;\n"
    "  --good: #6fcf8e; --bad: #ff8a80; --warn: #f0b95c; --second: #86b7ff; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }\n"
    "h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; line-height: 1.3; margin: 2.2rem 0 .4rem; }\n"
    "p { max-width: 46rem; margin: .5rem 0; overflow-wrap: anywhere; }\n"
    "summary { cursor: pointer; padding: .4rem 0; font-weight: 600; overflow-wrap: anywhere; }\n"
    "details { border-top: 1px solid var(--line); } ul { list-style: none; padding: 0 0 .6rem 1.4rem; margin: 0; }\n"
    "li { margin: .3rem 0; overflow-wrap: anywhere; } code, pre { font: .85rem/1.45 ui-monospace, monospace; }\n"
    "pre { overflow-x: auto; border-left: 3px solid var(--line); padding: .2rem 0 .2rem .8rem; margin: .4rem 0; }\n"
    "li pre, details pre { border-left-color: var(--bad); }\n"
    "pre.command { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); border-left-color: var(--second); padding: .6rem .8rem; }\n"
    ".good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .faint { color: var(--faint); font-weight: 400; }\n"
    ".strong { font-weight: 600; }\n"
    ".pair { display: grid; gap: 1rem 2.5rem; align-items: start; margin: 1.2rem 0; grid-template-columns: minmax(0, 1fr); }\n"
    "@media (min-width: 900px) { .pair { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }\n"
    "figure { margin: 0; min-width: 0; } figcaption { margin-top: .3rem; max-width: 46rem; } svg { display: block; width: 100%; height: auto; max-width: 40rem; }\n"
    ".table { overflow-x: auto; min-width: 0; margin: 1rem 0; } table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; font-size: 1rem; padding-bottom: .3rem; }\n"
    "th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); }\n"
    "th { font-weight: 600; } td, thead th { white-space: nowrap; } tbody th { min-width: 7rem; } .number { text-align: right; white-space: nowrap; }\n"
    "svg text { font: 14px system-ui, sans-serif; fill: var(--ink); } svg .faint { fill: var(--faint); font-size: 13px; } svg .title { font-weight: 600; font-size: 15px; }\n"
    "svg .grid { stroke: var(--line); } svg .axis { stroke: var(--faint); } svg .mark { stroke: var(--faint); stroke-dasharray: 2 4; stroke-width: 1.5; }\n"
    "svg .limit { stroke: var(--ink); stroke-dasharray: 7 4; stroke-width: 1.2; opacity: .7; }\n"
    "svg .curve { fill: none; stroke: currentColor; stroke-width: 2.6; stroke-linejoin: round; stroke-linecap: round; }\n"
    "svg .name { fill: currentColor; font-weight: 600; } svg .bar { fill: currentColor; } svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }\n"
    "svg .second { color: var(--second); } svg .ink { color: var(--ink); }\n"
    "@media print { body { margin: 0; max-width: none; } .pair { break-inside: avoid; } }\n"
    "</style>\n</head>\n<body>\n<h1>";
// clang-format on

void page_begin(struct buffer *buffer, struct text title)
{
    buffer_append(buffer, text_of(head));
    xml_append(buffer, title);
    buffer_append(buffer, text_of(style));
    xml_append(buffer, title);
    buffer_append(buffer, TEXT("</h1>\n"));
}

void page_end(struct buffer *buffer)
{
    buffer_append(buffer, TEXT("</body>\n</html>\n"));
}

static void append_element(struct buffer *buffer, const char *begin, struct text words,
                           const char *end)
{
    buffer_append(buffer, text_of(begin));
    xml_append(buffer, words);
    buffer_append(buffer, text_of(end));
}

void page_append_heading(struct buffer *buffer, struct text words)
{
    append_element(buffer, "<h2>", words, "</h2>\n");
}

void page_append_paragraph(struct buffer *buffer, struct text words)
{
    append_element(buffer, "<p>", words, "</p>\n");
}

void page_begin_pair(struct buffer *buffer)
{
    buffer_append(buffer, TEXT("<section class=\"pair\">\n"));
}

void page_end_pair(struct buffer *buffer)
{
    buffer_append(buffer, TEXT("</section>\n"));
}

void page_append_facts(struct buffer *buffer, const struct text *names, const struct text *values,
                       size_t count)
{
    buffer_append(buffer, TEXT("<div class=\"table\"><table>\n"));
    for (size_t i = 0; i < count; i++) {
        append_element(buffer, "<tr><th scope=\"row\">", names[i], "</th><td>");
        append_element(buffer, "", values[i], "</td></tr>\n");
    }
    buffer_append(buffer, TEXT("</table></div>\n"));
}

// True if the word asks for a place to write to; ret_takes: the next word belongs to it.
static bool is_place(const char *word, bool *ret_takes)
{
    static const char *const places[] = {"--html", "--trace-file", "--json"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        size_t length = strlen(places[i]);
        if (strncmp(word, places[i], length) != 0 || (word[length] != '\0' && word[length] != '='))
            continue;
        *ret_takes = word[length] == '\0' && strcmp(places[i], "--json") != 0;
        return true;
    }
    return false;
}

struct text page_command(struct arena *arena, const char *name, int count, char **arguments)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=.,:/%+";
    cleanup(buffer_deinit) struct buffer words = {0};
    buffer_print(&words, "redrive %s", name);
    for (int i = 0; i < count; i++) {
        bool takes = false;
        if (is_place(arguments[i], &takes)) {
            i += takes ? 1 : 0;
            continue;
        }
        bool quoted = arguments[i][0] == '\0' || arguments[i][strspn(arguments[i], plain)] != '\0';
        buffer_print(&words, quoted ? " '%s'" : " %s", arguments[i]);
    }
    return arena_copy(arena, buffer_text(&words));
}

void page_append_command(struct buffer *buffer, struct text command)
{
    page_append_heading(buffer, TEXT("To see it again"));
    append_element(buffer, "<pre class=\"command\">", command, "</pre>\n");
    page_append_paragraph(buffer,
                          TEXT("Time is virtual and chance has a seed: the same command gives the "
                               "same bytes. --json gives every figure, --trace-file NAME all that "
                               "happened, and --html FILE this page."));
}

bool page_write(const char *file, struct text page)
{
    FILE *out = fopen(file, "we");
    bool written = out != NULL && fwrite(page.bytes, 1, page.length, out) == page.length;
    if (out != NULL)
        written = fclose(out) == 0 && written;
    if (!written)
        failure("%s: %s", file, strerror(errno));
    return written;
}
