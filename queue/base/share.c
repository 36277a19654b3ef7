// share -- strtod() was not left alone with it: it takes "0x1", "inf" and blanks, which nobody means.
#include "queue/base/share.h"

#include <stdlib.h>
#include <string.h>

bool share_parse(const char *text, double *ret_share)
{
    size_t digits = strspn(text, "0123456789.");
    bool percent = text[digits] == '%';
    char *end;
    double value = strtod(text, &end);
    if (digits == 0 || end != text + digits || text[digits + (percent ? 1 : 0)] != '\0')
        return false;
    if (percent)
        value /= 100;
    if (value > 1)
        return false;
    *ret_share = value;
    return true;
}
