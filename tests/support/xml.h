// xml -- reads the XML that redrive writes, strictly enough to notice when it is not XML.
#ifndef TESTS_SUPPORT_XML_H
#define TESTS_SUPPORT_XML_H

#include "queue/base/arena.h"

struct xml_element {
    struct text name;
    struct text text; // of an element without children, entities decoded
    struct xml_element *children;
    struct xml_element *next; // its sibling
};

// The root element, in the arena; NULL when it is not well-formed.
struct xml_element *xml_parse(struct arena *arena, struct text document);
// The first child of this name; NULL if there is none, or no element.
const struct xml_element *xml_child(const struct xml_element *element, struct text name);

#endif
