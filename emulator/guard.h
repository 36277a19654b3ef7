// guard -- browsers kept out. A web page must not be able to reach an emulator on the same machine,
// so the listener refuses, on every port and before anything else: a foreign Origin; Sec-Fetch-Site
// other than none or same-origin; a Host that an attacker's domain could have been re-bound from; a
// preflight; and, but for reading under /_redrive/, a browser that does not say where it comes
// from. Allowed hosts: addresses, single-label names, names under .localhost, .local, .internal and
// .test, AWS's own hosts, localhost.localstack.cloud, and names given by --host-name.
#ifndef EMULATOR_GUARD_H
#define EMULATOR_GUARD_H

#include "emulator/request.h"

struct options;

// True if the request may go on; else one sentence in ret_reason: status 403.
bool guard_admits(const struct options *options, const struct request *request,
                  struct text *ret_reason);
// Exposed for tests: host as in the Host header, with or without a port.
bool guard_admits_host(const struct options *options, struct text host);

#endif
