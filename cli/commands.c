// commands -- every command of redrive with its summary and its manual, in the order of the list that
// `redrive help` prints. What is not here does not exist.
#include "cli/command.h"
#include "cli/config.h"

#include <stddef.h>

#define ENDPOINT_HELP                                                                    \
    "  --endpoint URL           the emulator (default: REDRIVE_API, AWS_ENDPOINT_URL,\n" \
    "                           http://127.0.0.1:4566)\n"

const struct command commands_table[] = {
    {"serve", "run the emulator until Ctrl-C",
     "redrive serve [OPTION]...\n\n"
     "Runs the emulator: Amazon SQS and Lambda event source mappings at one address.\n"
     "Prints one line when it is ready; ends on Ctrl-C or SIGTERM. At the same address are the\n"
     "dashboard, /_redrive/, and what programs can ask, /_redrive/api/.\n\n" CONFIG_HELP "OPTIONS\n"
     "Example: your handler listens on port 9000, and the clock skips what nobody waits for\n"
     "  redrive serve --clock leap --function orders=http://127.0.0.1:9000/\n"
     "Example: redrive starts the handler itself, with the runtime client that AWS uses\n"
     "  redrive serve --function orders='exec:python3 -m awslambdaric app.handler'\n",
     command_serve},
    {"exec", "run a command inside an emulator of its own",
     "redrive exec [OPTION]... -- COMMAND [ARGUMENT]...\n\n"
     "Starts an emulator on a free port with a private database in memory, runs the command with\n"
     "AWS_ENDPOINT_URL, AWS_REGION, dummy credentials and REDRIVE_API in its environment (no real\n"
     "credential goes through), and ends with its exit status: 128 + n after signal n, 127 if it\n"
     "cannot be started. What is left in the queues is said on standard error.\n\n" CONFIG_HELP
     "  --fail-on LIST           status 1 although the command succeeded, if there is one of:\n"
     "                           dlq (a message in a dead-letter queue), malformed (a report\n"
     "                           that Lambda cannot read), order (a later message of a FIFO\n"
     "                           group succeeded before an earlier one, which failed), leftover\n"
     "                           (a message in any other queue)\n"
     "  --quiet                  no summary\n"
     "  --log                    log lines, handlers' output included, on standard error\n"
     "OPTIONS\n"
     "Example: a test suite whose handler is a program; retries cost no time\n"
     "  redrive exec --clock leap --function orders='exec:python3 handler.py' \\\n"
     "      --fail-on dlq,malformed -- pytest\n",
     command_exec},
    {"test", "prove scenarios: what happens to every message",
     "redrive test SCENARIO... [--junit FILE] [--html FILE] [--function NAME=TARGET]...\n"
     "                         [--seed N]\n\n"
     "Runs scenarios (YAML or JSON files), each in a world of its own whose time stands still "
     "until\n"
     "the scenario moves it, and prints TAP. A scenario declares queues, functions and mappings "
     "by\n"
     "CloudFormation's names, sends messages, lets time pass, and says what must be so, and what\n"
     "must never be. A failed expectation shows what happened instead, and the message's story.\n"
     "Status 0: all is so; 1: something is not; 2: a scenario is wrong (file, line and column).\n\n"
     "  --junit FILE             the report for a CI service\n"
     "  --html FILE              the report for people: one page\n"
     "  --function NAME=TARGET   runs this function, whatever the scenario says; repeatable\n"
     "  --seed N                 instead of the scenario's (equal seeds give equal bytes)\n"
     "  --duplicate SHARE        delivers that share of deleted messages once more (5%)\n\n"
     "A scenario\n"
     "  resources:\n"
     "    dead: {Type: AWS::SQS::Queue}\n"
     "    orders:\n"
     "      Type: AWS::SQS::Queue\n"
     "      Properties: {RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 3}}\n"
     "    handler: {Type: AWS::Lambda::Function, Target: 'exec:python3 handler.py'}\n"
     "    mapping:\n"
     "      Type: AWS::Lambda::EventSourceMapping\n"
     "      Properties: {EventSourceArn: orders, FunctionName: handler}\n"
     "  steps:\n"
     "    - send: {to: orders, id: poison, body: '{\"quantity\": 0}'}\n"
     "    - run: idle\n"
     "    - expect: {message: poison, in: dead, deliveries: 3, delivered_at: [0s, 30s, 60s]}\n\n"
     "Example\n"
     "  redrive test examples/scenarios/*.yaml\n",
     command_test},
    {"check", "does this handler keep the contract of a batch?",
     "redrive check [--fifo] --good BODY [--bad BODY] [OPTION]... -- TARGET\n\n"
     "Gives a handler a matrix of batches in a private world whose clock redrive moves: all good,\n"
     "one bad at each place, all bad, the same bodies twice, with and without attributes, ten\n"
     "messages, and what failed once more. What became of every message is judged rule by rule:\n"
     "it reports the right ids and only those, ids of this batch, under the right keys; it does\n"
     "not throw when some succeeded; on FIFO it stops and reports the rest; a message that comes\n"
     "again gets the same answer; it answers within its Timeout; what it deletes itself (queues "
     "are\n"
     "at AWS_ENDPOINT_URL) is what it has processed. A failed rule shows the batch, what was "
     "seen,\n"
     "the answer, what the handler wrote last, and the remedy.\n"
     "Status 0: all rules are kept; 1: one is broken, or the handler cannot be reached.\n\n"
     "  TARGET                   exec:PROGRAM [ARGUMENT]..., http://HOST:PORT/PATH, or sim:{...}\n"
     "  --good BODY              a message that the handler can process; repeatable; {n} in it\n"
     "                           becomes the number of the message\n"
     "  --bad BODY               one that it cannot; without it only good batches are tried\n"
     "  --bodies FILE            both as YAML or JSON: {good: [...], bad: [...]}\n"
     "  --fifo                   a FIFO queue: groups, and their order\n"
     "  --timeout DURATION       the function's Timeout (default 3s)\n"
     "  --json                   for machines, all evidence\n"
     "  --verbose                what the handler writes, and how long each invocation really "
     "took,\n"
     "                           on standard error\n\n"
     "Example\n"
     "  redrive check --good '{\"orderId\":{n},\"quantity\":1}' --bad "
     "'{\"orderId\":{n},\"quantity\":0}' \\\n"
     "      -- 'exec:python3 handler.py'\n",
     command_check},
    {"lint", "what is likely to go wrong with these queues and mappings",
     "redrive lint FILE | --endpoint URL [--format text|json|sarif|junit]\n\n"
     "Looks at the queues, functions and mappings of a SAM or CloudFormation template, of a\n"
     "config, a scenario, or a running emulator, which also knows how its functions have answered, "
     "and\n"
     "says for each finding where, why, and what to do.\n"
     "Status 0: no errors and no warnings; 1: some; 2: the file cannot be read.\n\n"
     "  error    dlq-missing, reports-lost (reporting is off while the function reports),\n"
     "           lease-shorter-than-timeout, fifo-dlq-kind\n"
     "  warning  reporting-off, reporting-unused (the function throws instead), visibility-short\n"
     "           (below 6 x Timeout + window), receive-count-low (below 5), dlq-retention (not\n"
     "           longer than the source's), reserved-concurrency-low\n"
     "  note     fifo-order, window-needless, concurrency-unlimited\n\n"
     "  --endpoint URL           a running emulator instead of a file\n"
     "  --format FORMAT          text, json, sarif for code-scanning services, or junit: a case "
     "for\n"
     "                           each rule\n\n"
     "Example\n"
     "  redrive lint template.yaml\n",
     command_lint},
    {"demo", NULL,
     "redrive demo tour | responses | approaches | snowball | fairness\n\n"
     "  demo tour                twelve orders, two of them poison: what happens to each\n"
     "  demo responses           every answer a handler can give, executed\n"
     "  demo approaches          three ways of failing, compared\n"
     "  demo snowball            poison without a dead-letter queue, for hours\n"
     "  demo fairness            one noisy tenant, and how long the others wait\n",
     command_demo},
    {"demo tour", "twelve orders, two of them poison: what happens to each",
     "redrive demo tour [--seed N]\n\n"
     "Starts an emulator, a real handler and a real client as processes of their own, lets the\n"
     "clock leap, and tells the story of every order: deliveries, when, fate and reason.\n\n"
     "  --seed N                 equal seeds give equal bytes (default 1)\n\n"
     "Example\n"
     "  redrive demo tour\n",
     command_tour},
    {"demo tour-client", NULL,
     "redrive demo tour-client --endpoint URL --handler URL\n\n"
     "The client of the tour, which demo tour starts itself.\n",
     command_tour_client},
    {"demo responses", "every answer a handler can give, executed",
     "redrive demo responses [--row ROW] [--json] [--seed N]\n\n"
     "Gives every answer that AWS documents or that was recorded to two messages, with\n"
     "ReportBatchItemFailures off and on, and reads from the queues what became of them.\n\n"
     "  --row ROW                only the rows whose number begins so: 6, 17, 17a\n"
     "  --json                   for machines\n"
     "  --seed N                 equal seeds give equal bytes (default 1)\n\n"
     "Example: what a malformed report does\n"
     "  redrive demo responses --row 9\n",
     command_responses},
    {"demo approaches", "three ways of failing, compared: retries, requests, time, money",
     "redrive demo approaches [OPTION]...\n\n"
     "Runs the same messages through a function that fails for some of them, in each of the ways "
     "in\n"
     "which a function can fail, once as it is and once with a timeout late in every tenth "
     "batch:\n\n"
     "  throw                    throws at the first failure: the whole batch comes back\n"
     "  delete-stop              deletes what is done, one by one, and throws at the first "
     "failure\n"
     "  delete-go-on             deletes what is done, one by one, and throws at the end\n"
     "  report                   reports the failed messages (ReportBatchItemFailures)\n\n"
     "and counts deliveries, those that were wasted on good messages, invocations, SQS requests,\n"
     "virtual time until the queue is empty, GB-seconds and money.\n\n"
     "  --messages 3000          how many\n"
     "  --batch-size 10          1 to 10\n"
     "  --failure-share 5%       how many of them fail, on their first two deliveries\n"
     "  --handler-time 50ms      of each message\n"
     "  --delete-latency 10ms    of each DeleteMessage of the function\n"
     "  --seed N                 equal seeds give equal bytes (default 1)\n"
     "  --trace-file NAME        every variant's trace as JSON lines, in NAME.VARIANT.jsonl\n"
     "  --json                   for machines\n"
     "  --html FILE              the same as a page with pictures, which needs nothing else\n\n"
     "Example: are deletions cheaper when they are quick?\n"
     "  redrive demo approaches --delete-latency 1ms --failure-share 10%\n",
     command_approaches},
    {"demo snowball", "poison without a dead-letter queue, for hours",
     "redrive demo snowball [OPTION]...\n\n"
     "Lets messages arrive for hours of virtual time, a few of them poison, and shows what share "
     "of\n"
     "the deliveries is spent on poison: a failed message comes back after every visibility\n"
     "timeout, so without a dead-letter queue (DLQ) its kind grows until there are more of them "
     "than\n"
     "good ones, while nothing counts as an error. Four variants, each in a world of its own:\n\n"
     "  none                     the function reports its failures; no DLQ\n"
     "  dlq                      the same, and a DLQ\n"
     "  limit                    no DLQ, but MaximumConcurrency\n"
     "  whole                    the function throws, so whole batches come back; no DLQ\n\n"
     "  --arrivals N             messages a second (default 2)\n"
     "  --poison 1%              how many of them fail whenever they are delivered\n"
     "  --visibility 30s         VisibilityTimeout\n"
     "  --max-receive-count 5    of the DLQ\n"
     "  --max-concurrency 2      of the variant limit\n"
     "  --handler-time 200ms     of each good message; a batch has at most ten\n"
     "  --poison-time 2s         of each poison message: what fails is waited for, as a rule\n"
     "  --in-flight-max 120      messages in flight that a queue may have (on AWS 120000), so low\n"
     "                           that the queue can be seen to stand still\n"
     "  --account-concurrency 10 executions of all functions at once, as of a new account\n"
     "  --neighbour 5            messages a second for a second function of the account; 0: none\n"
     "  --span 2h                virtual time\n"
     "  --variant NAME           only this one; repeatable\n"
     "  --max-poison-share 5%    as a test: status 1 if more of the deliveries are poison\n"
     "  --after 10m              ... not counting those until then\n"
     "  --seed N                 equal seeds give equal bytes (default 1)\n"
     "  --trace-file NAME        every variant's trace as JSON lines, in NAME.VARIANT.jsonl\n"
     "  --json                   for machines\n"
     "  --html FILE              the same and more curves as a page, which needs nothing else\n\n"
     "Example: does maxReceiveCount 10 keep poison below a tenth?\n"
     "  redrive demo snowball --variant dlq --max-receive-count 10 --max-poison-share 10% --after "
     "10m\n",
     command_snowball},
    {"demo fairness", "one noisy tenant, and how long the others wait",
     "redrive demo fairness [OPTION]...\n\n"
     "Lets several tenants send to one standard queue, one of them for a while more than the\n"
     "function can process, and shows how long the messages of the others wait, once without\n"
     "MessageGroupId and once with the tenant's name in it: then a group that holds too much of\n"
     "what is in flight waits behind the others (fair queues).\n\n"
     "  --tenants 3              quiet ones\n"
     "  --trickle 2              messages a second of each tenant\n"
     "  --burst 100              of the noisy one, in the second fifth of the span\n"
     "  --max-concurrency 5      of the mapping; batches have ten messages\n"
     "  --handler-time 100ms     of each message\n"
     "  --span 10m               virtual time\n"
     "  --max-dwell 2s           as a test: status 1 if 95 % of the quiet tenants' messages wait\n"
     "                           longer, with MessageGroupId\n"
     "  --seed N                 equal seeds give equal bytes (default 1)\n"
     "  --trace-file NAME        each variant's trace as JSON lines, in NAME.without.jsonl and\n"
     "                           NAME.with.jsonl\n"
     "  --json                   for machines\n"
     "  --html FILE              the same as a page with pictures, which needs nothing else\n\n"
     "Example: are three functions at once enough for fairness to work?\n"
     "  redrive demo fairness --max-concurrency 3 --burst 60 --max-dwell 2s\n",
     command_fairness},
    {"queues", "the queues and how many messages are in them",
     "redrive queues [--json] [--endpoint URL]\n\n"
     "Lists the queues of a running emulator with their messages: visible, in flight, delayed,\n"
     "and where messages go that fail too often.\n\n" ENDPOINT_HELP
     "  --json                   for machines\n\n"
     "Example\n"
     "  redrive queues\n",
     command_queues},
    {"mappings", "the event source mappings and their state",
     "redrive mappings [--json] [--endpoint URL]\n\n"
     "Lists which queue feeds which function, in which state, and whether the function's report\n"
     "of single failures is read (ReportBatchItemFailures).\n\n" ENDPOINT_HELP
     "  --json                   for machines\n\n"
     "Example\n"
     "  redrive mappings\n",
     command_mappings},
    {"functions", "the functions and where they run",
     "redrive functions [--json] [--endpoint URL]\n\n"
     "Lists the functions that mappings can invoke, with their targets and timeouts, and\n"
     "beneath each its published versions and its aliases.\n\n" ENDPOINT_HELP
     "  --json                   for machines\n\n"
     "Example\n"
     "  redrive functions\n",
     command_functions},
    {"send", "send a message, or many",
     "redrive send QUEUE BODY [OPTION]...\n\n"
     "Sends a message and prints its id. BODY is the text itself, - for standard input, or\n"
     "@FILE for a file's content; with --count, {n} in it becomes the number of the copy.\n\n"
     "  --delay 5s               not receivable before\n"
     "  --group ID               MessageGroupId (FIFO queues need one)\n"
     "  --dedup ID               MessageDeduplicationId\n"
     "  --attribute NAME=VALUE   a message attribute; NAME:Number=5 for a number; repeatable\n"
     "  --count N                so many messages\n" ENDPOINT_HELP
     "  --json                   for machines\n\n"
     "Example\n"
     "  redrive send orders '{\"orderId\":{n},\"quantity\":1}' --count 20\n",
     command_send},
    {"peek", "the messages of a queue, without receiving them",
     "redrive peek QUEUE [--max N] [--json] [--endpoint URL]\n\n"
     "Shows what is in a queue: visible, delayed and in-flight messages with their receive\n"
     "counts. Nothing is received, so no count grows and no lease begins.\n\n"
     "  --max N                  at most so many messages (default 50)\n" ENDPOINT_HELP
     "  --json                   for machines, bodies in full\n\n"
     "Example\n"
     "  redrive peek orders-dlq\n",
     command_peek},
    {"trace", "the story of a message, or of a queue",
     "redrive trace MESSAGE-ID | --queue NAME [--max N] [--json] [--endpoint URL]\n"
     "redrive trace --follow [MESSAGE-ID | --queue NAME] [--max N] [--json] [--endpoint URL]\n\n"
     "Tells what happened to a message and why: sent, received, reported, visible again,\n"
     "deleted or dead-lettered, each at its instant.\n\n"
     "  --queue NAME             everything that happened in a queue, and what its functions\n"
     "                           wrote in their last 8 invocations, 2 KB each\n"
     "  --follow                 points as they happen, until Ctrl-C: those of a message from its\n"
     "                           beginning, of a queue or of everything from now on\n"
     "  --max N                  at most so many points\n" ENDPOINT_HELP
     "  --json                   one point a line\n\n"
     "Example: why is this message in the dead-letter queue?\n"
     "  redrive peek orders-dlq; redrive trace 0f1c2d3e-...\n",
     command_trace},
    {"why", "why a message is where it is, and why it came twice",
     "redrive why MESSAGE-ID [--json] [--endpoint URL]\n\n"
     "Explains a message instead of listing its points: where it is; who holds its lease until\n"
     "when, or which message blocks its FIFO group; why it is in a dead-letter queue; why it was\n"
     "delivered more than once (the function threw, timed out, reported it, was throttled; the\n"
     "visibility timeout is shorter than the handler; a client did not delete it). Each sentence\n"
     "comes with the rule behind it, what can be done, and the trace points that show "
     "it.\n\n" ENDPOINT_HELP
     "  --json                   the same as data: statements and deliveries\n\n"
     "Example: the message that ended in the dead-letter queue\n"
     "  redrive peek orders-dlq; redrive why 0f1c2d3e-...\n",
     command_why},
    {"clock", "show, advance or switch the clock",
     "redrive clock [advance DURATION | run [--max DURATION] | real | manual | leap]\n\n"
     "Without a word: what time it is, what prevents a leap, and what is due next. advance\n"
     "moves the clock; run moves it until nothing is left to happen.\n\n"
     "  --until-idle             what run does anyway\n"
     "  --max DURATION           run: no further than so far (default: the horizon, "
     "24h)\n" ENDPOINT_HELP "  --json                   for machines\n\n"
     "Example: let the visibility timeout pass\n"
     "  redrive clock advance 30s\n",
     command_clock},
    {"wait", "wait until a queue is empty or nothing is left to happen",
     "redrive wait --queue NAME --empty | --until-idle [--timeout DURATION] [--endpoint URL]\n\n"
     "Waits in real time; status 0 when it has come to pass, 1 when the time is over.\n\n"
     "  --queue NAME --empty     until nothing is in the queue, in flight and delayed included\n"
     "  --until-idle             until nothing runs and nothing is due\n"
     "  --timeout DURATION       at most so long (default 10s)\n" ENDPOINT_HELP "\nExample\n"
     "  redrive wait --queue orders --empty --timeout 30s\n",
     command_wait},
    {"move", "move the messages of a dead-letter queue back, or elsewhere",
     "redrive move QUEUE [--to QUEUE] [--rate N] | --status | --cancel\n\n"
     "Moves what is visible in a dead-letter queue back to the queues that it came from, and\n"
     "says how far it is until it is done. A moved message is a new one: it has another id,\n"
     "and its receive count starts again. What is in flight stays.\n\n"
     "  --to QUEUE               all to this queue instead\n"
     "  --rate N                 at most N messages a second, 1 to 500 (default 500)\n"
     "  --status                 the last ten tasks of the queue\n"
     "  --cancel                 end the one that runs; what was moved stays moved\n" ENDPOINT_HELP
     "  --json                   --status for machines\n\n"
     "Example: the fault is repaired, try them all again\n"
     "  redrive move orders-dlq\n",
     command_move},
    {"purge", "delete every message of a queue",
     "redrive purge QUEUE [--endpoint URL]\n\n"
     "Deletes all messages of a queue, in flight and delayed included.\n\n" ENDPOINT_HELP
     "\nExample\n"
     "  redrive purge orders-dlq\n",
     command_purge},
    {"version", "which redrive this is",
     "redrive version\n\n"
     "Prints the version.\n",
     command_version},
    {"help", "this list, or the manual of a command",
     "redrive help [COMMAND]\n\n"
     "Prints the list of commands, or the manual of one.\n",
     command_help},
    {NULL, NULL, NULL, NULL},
};
