// guard -- what a browser sends by itself is what tells a web page from a tool.
//
// A page of another origin can send requests to this machine, and a page whose own name was
// re-bound to 127.0.0.1 can even read the answers. The first kind carries Origin or Sec-Fetch-Site,
// which a page cannot forge; the second carries its own name in Host, so a Host is only let in if
// nobody outside can point it at this machine. To a name or address that is not of this machine a
// browser sends an image's request with neither header, and SQS lets a GET delete a queue: a browser
// that says nothing may read under /_redrive/ only, where a GET changes nothing. A page cannot set
// User-Agent on such a request, nor Authorization: who signs is a tool, whatever it calls itself (kombu's
// HTTP client calls itself Mozilla). A token was not taken: no SDK would send it.
#include "emulator/guard.h"

#include "emulator/options.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) ||
           byte == '-' || byte == '_';
}

static bool ends_with_ignoring_case(struct text text, struct text suffix)
{
    return text.length >= suffix.length &&
           text_equal_ignoring_case(text_skip(text, text.length - suffix.length), suffix);
}

// True for labels of name bytes with single dots between them.
static bool is_name(struct text name)
{
    bool label_is_empty = true;
    for (size_t index = 0; index < name.length; index++) {
        bool is_dot = name.bytes[index] == '.';
        if (is_dot ? label_is_empty : !is_name_byte(name.bytes[index]))
            return false;
        label_is_empty = is_dot;
    }
    return !label_is_empty;
}

static bool is_address(int family, struct text host)
{
    char bytes[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.length >= sizeof(bytes))
        return false;
    memcpy(bytes, host.bytes, host.length);
    bytes[host.length] = '\0';
    return inet_pton(family, bytes, &address) == 1;
}

// An IPv6 literal with what follows it cut off into ret_port (":80" or empty).
static bool bracket_cut(struct text host, struct text *ret_address, struct text *ret_port)
{
    size_t end;
    if (!text_starts_with(host, TEXT("[")) || !text_find(host, TEXT("]"), &end))
        return false;
    *ret_address = text_head(text_skip(host, 1), end - 1);
    *ret_port = text_skip(host, end + 1);
    return true;
}

static bool is_port(struct text port)
{
    if (port.length < 2 || port.length > 6 || port.bytes[0] != ':')
        return port.length == 0;
    for (size_t index = 1; index < port.length; index++) {
        if (!is_digit(port.bytes[index]))
            return false;
    }
    return true;
}

// sqs.<region>, queue, <region>.queue, lambda.<region> ... beneath Amazon's own domains. Not the
// whole domains: customers' names (buckets, load balancers) stand beneath them too.
static bool is_amazon(struct text name)
{
    static const struct text domains[] = {TEXT(".amazonaws.com"), TEXT(".amazonaws.com.cn"),
                                          TEXT(".api.aws")};
    static const struct text services[] = {TEXT("sqs"), TEXT("sqs-fips"), TEXT("queue"),
                                           TEXT("lambda"), TEXT("lambda-fips")};
    for (size_t domain = 0; domain < sizeof(domains) / sizeof(domains[0]); domain++) {
        if (!ends_with_ignoring_case(name, domains[domain]))
            continue;
        struct text rest = text_head(name, name.length - domains[domain].length);
        struct text region;
        struct text first = rest;
        if (!text_cut(rest, '.', &first, &region))
            region = text_of(NULL);
        struct text ignored;
        if (text_cut(region, '.', &ignored, &ignored))
            continue;
        for (size_t service = 0; service < sizeof(services) / sizeof(services[0]); service++) {
            if (text_equal_ignoring_case(first, services[service]))
                return true;
        }
        if (text_equal_ignoring_case(region, TEXT("queue")))
            return true;
    }
    return false;
}

static bool is_local(struct text name)
{
    // Names that no name server outside resolves, or that always stand for this machine.
    static const struct text domains[] = {TEXT(".localhost"), TEXT(".local"), TEXT(".internal"),
                                          TEXT(".test"), TEXT(".localhost.localstack.cloud")};
    for (size_t index = 0; index < sizeof(domains) / sizeof(domains[0]); index++) {
        if (ends_with_ignoring_case(name, domains[index]))
            return true;
    }
    return text_equal_ignoring_case(name, TEXT("localhost.localstack.cloud"));
}

bool guard_admits_host(const struct options *options, struct text host)
{
    struct text name;
    struct text port;
    if (bracket_cut(host, &name, &port))
        return is_port(port) && is_address(AF_INET6, name);
    struct text ignored;
    name = host;
    if (text_cut(host, ':', &name, &ignored) && !is_port(text_skip(host, name.length)))
        return false;
    // A name with the root's dot is the same name.
    if (text_ends_with(name, TEXT(".")))
        name.length--;
    if (!is_name(name))
        return false;
    if (is_address(AF_INET, name) || !text_find(name, TEXT("."), NULL) || is_local(name) ||
        is_amazon(name))
        return true;
    for (size_t index = 0; index < options->host_name_count; index++) {
        if (text_equal_ignoring_case(name, options->host_names[index]))
            return true;
    }
    return false;
}

// The same origin: http or https, and exactly the host (and port) of the request.
static bool is_own_origin(const struct request *request, struct text origin)
{
    struct text host = request_header(request, TEXT("Host"));
    struct text own;
    if (text_starts_with(origin, TEXT("http://")))
        own = text_skip(origin, 7);
    else if (text_starts_with(origin, TEXT("https://")))
        own = text_skip(origin, 8);
    else
        return false;
    return host.length > 0 && text_equal_ignoring_case(own, host);
}

// A browser, all of which call themselves Mozilla, and PowerShell too, which is a tool.
static bool is_browser(const struct request *request)
{
    struct text agent = request_header(request, TEXT("User-Agent"));
    return text_starts_with(agent, TEXT("Mozilla/")) && !text_find(agent, TEXT("PowerShell"), NULL);
}

static bool says_nothing(const struct request *request)
{
    return request_header(request, TEXT("Origin")).bytes == NULL &&
           request_header(request, TEXT("Sec-Fetch-Site")).bytes == NULL &&
           !text_starts_with(request_header(request, TEXT("Authorization")), TEXT("AWS4-"));
}

static bool only_reads(const struct request *request)
{
    bool is_read =
        text_equal(request->method, TEXT("GET")) || text_equal(request->method, TEXT("HEAD"));
    return is_read && (text_equal(request->path, TEXT("/_redrive")) ||
                       text_starts_with(request->path, TEXT("/_redrive/")));
}

bool guard_admits(const struct options *options, const struct request *request,
                  struct text *ret_reason)
{
    // Whoever asks by OPTIONS asks for leave to send more, and that is a page. No reply of redrive
    // carries an Access-Control-Allow header.
    if (text_equal(request->method, TEXT("OPTIONS"))) {
        *ret_reason =
            TEXT("a web page asked what it may send; redrive answers no pages but its own");
        return false;
    }
    if (is_browser(request) && says_nothing(request) && !only_reads(request)) {
        *ret_reason = TEXT("a browser asked for this without saying for which page; open redrive "
                           "at http://localhost");
        return false;
    }
    for (size_t index = 0; index < request->header_count; index++) {
        struct text name = request->headers[index].name;
        struct text value = request->headers[index].value;
        if (text_equal_ignoring_case(name, TEXT("Host")) && !guard_admits_host(options, value)) {
            *ret_reason = TEXT("this Host could have been pointed at this machine from outside; if "
                               "it is yours, start redrive "
                               "with --host-name and its name");
            return false;
        }
        if (text_equal_ignoring_case(name, TEXT("Origin")) && !is_own_origin(request, value)) {
            *ret_reason = TEXT(
                "a web page of another origin asked for this; redrive answers no foreign pages");
            return false;
        }
        if (text_equal_ignoring_case(name, TEXT("Sec-Fetch-Site")) &&
            !text_equal_ignoring_case(value, TEXT("none")) &&
            !text_equal_ignoring_case(value, TEXT("same-origin"))) {
            *ret_reason =
                TEXT("a web page of another site asked for this; redrive answers no foreign pages");
            return false;
        }
    }
    return true;
}
