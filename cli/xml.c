// xml -- text inside XML and HTML: the five characters that would end it, and those that neither has.
//
// Reports are appended to a buffer piece by piece; a tree of elements, as XML libraries offer, would be built only to be printed.
#include "cli/xml.h"

void xml_append(struct buffer *buffer, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte == '&')
            buffer_append(buffer, TEXT("&amp;"));
        else if (byte == '<')
            buffer_append(buffer, TEXT("&lt;"));
        else if (byte == '>')
            buffer_append(buffer, TEXT("&gt;"));
        else if (byte == '"')
            buffer_append(buffer, TEXT("&quot;"));
        else
            buffer_append_byte(buffer, byte < ' ' && byte != '\n' ? '?' : text.bytes[i]);
    }
}

void xml_append_attribute(struct buffer *buffer, const char *name, struct text value)
{
    buffer_print(buffer, " %s=\"", name);
    xml_append(buffer, value);
    buffer_append_byte(buffer, '"');
}
