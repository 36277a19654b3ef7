// curl_library -- libcurl, loaded when the first request goes out.
#ifndef EMULATOR_CURL_LIBRARY_H
#define EMULATOR_CURL_LIBRARY_H

#include <curl/curl.h>

// clang-format off
// What redrive calls of it, without the prefix curl_.
#define CURL_LIBRARY_FUNCTIONS(function) \
    function(easy_cleanup) function(easy_escape) function(easy_getinfo) function(easy_header) \
    function(easy_init) function(easy_perform) function(easy_setopt) function(easy_strerror) \
    function(free) function(global_cleanup) function(global_init) function(multi_add_handle) \
    function(multi_assign) function(multi_cleanup) function(multi_info_read) \
    function(multi_init) function(multi_remove_handle) function(multi_setopt) \
    function(multi_socket_action) function(multi_strerror) function(slist_append) \
    function(slist_free_all) function(url) function(url_cleanup) function(url_get) \
    function(url_set) function(url_strerror)
#define CURL_LIBRARY_MEMBER(name) __typeof__(curl_##name) *name;

struct curl_library {
    CURL_LIBRARY_FUNCTIONS(CURL_LIBRARY_MEMBER)
};
// clang-format on

// Loads the library, the first time, and finds its functions; fails when there is none. It stays
// loaded as long as the process.
void curl_library_open(struct curl_library *ret_library);

#endif
