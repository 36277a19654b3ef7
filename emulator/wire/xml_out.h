// xml_out -- the walker that appends an operation's output struct as XML elements, and the few
// pieces of XML that envelopes are made of.
#ifndef EMULATOR_WIRE_XML_OUT_H
#define EMULATOR_WIRE_XML_OUT_H

#include "emulator/request.h"
#include "emulator/wire/shape.h"

#define XML_NAMESPACE "http://queue.amazonaws.com/doc/2012-11-05/"

// The elements of every member that is present; lists are repeated elements without a wrapper.
void xml_out(struct buffer *buffer, const struct wire_shape *shape, const void *output);
// The whole success envelope of an action (S-23); without a shape it has no Result element.
void xml_out_envelope(struct buffer *buffer, struct text action, struct text request_id,
                      const struct wire_shape *shape, const void *output);
void xml_append_declaration(struct buffer *buffer);
// <name>text</name>, escaped.
void xml_append_element(struct buffer *buffer, struct text name, struct text text);
// Escapes & < > " and CR (S-26); what XML cannot carry at all becomes U+FFFD.
void xml_append_text(struct buffer *buffer, struct text text);

#endif
