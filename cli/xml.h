// xml -- text inside XML and HTML.
#ifndef CLI_XML_H
#define CLI_XML_H

#include "queue/base/buffer.h"

// Appends the text so that it may stand between tags and in double quotes. Control characters that XML 1.0 does not have, which is
// all but the end of a line and what is not for reports, become '?'.
void xml_append(struct buffer *buffer, struct text text);
// Appends " name=\"value\"".
void xml_append_attribute(struct buffer *buffer, const char *name, struct text value);

#endif
