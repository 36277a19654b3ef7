// curl_library -- libcurl, loaded when the first request goes out.
//
//   redrive --------------> microhttpd, SQLite, cJSON, nettle, yaml       at the start
//           --- dlopen ---> curl ---> TLS, HTTP/2, LDAP, Kerberos, ...    for a handler's address,
//                                                                         or a command of a client
//
// Twenty of the three dozen shared objects of a start are curl's, and they take more than half of
// its time and memory. An emulator whose functions are programs, or that has none, never needs them.
//
// What was not taken: an HTTP client of our own. It would read what handlers of all languages write,
// chunked and half closed, and curl does that well.
#include "emulator/curl_library.h"

#include "queue/base/fail.h"

#include <dlfcn.h>
#include <stddef.h>

// Its interface has not changed incompatibly since 2006, hence the 4. GnuTLS's flavour first:
// libmicrohttpd brought that library already.
static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};

static void *load(void)
{
    void *library = NULL;
    for (size_t i = 0; library == NULL && i < sizeof(names) / sizeof(names[0]); i++)
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL)
        fail("libcurl cannot be loaded: %s", dlerror());
    return library;
}

// POSIX lets an object's address be a function's, C does not: hence through memory.
static void find(void *library, const char *name, void *ret_function)
{
    *(void **)ret_function = dlsym(library, name);
    if (*(void **)ret_function == NULL)
        fail("libcurl is too old: %s", dlerror());
}

void curl_library_open(struct curl_library *ret_library)
{
    void *library = load();
#define FIND(name) find(library, "curl_" #name, &ret_library->name);
    CURL_LIBRARY_FUNCTIONS(FIND)
#undef FIND
}
