// document -- a YAML or JSON document as one cJSON tree whose nodes know where they stand.
//
// A scalar without quotes is null, true, false or a number where it looks like one, else a string; a
// number keeps the text that was written. CloudFormation's short tags become its long form:
// !Ref a -> {"Ref": "a"}, !GetAtt a.Arn -> {"Fn::GetAtt": ["a", "Arn"]}, !Sub x -> {"Fn::Sub": "x"}.
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "cli/tree.h"
#include "queue/base/arena.h"

struct place {
    int line;   // from 1; 0: unknown
    int column; // from 1, in characters
};

// The tree of the only document; NULL with a sentence in ret_reason (in the arena) and where it is wrong. Two members of one name, a
// second document, an alias without its anchor, more than 64 levels or 100,000 nodes are wrong.
cJSON *document_parse(struct arena *arena, struct text source, struct text *ret_reason,
                      struct place *ret_place);
// Where the node stands; a member of a mapping stands where its name does.
struct place node_place(const cJSON *node);
// A scalar as it was written ("5", "true", "a text"); empty if it is null, a list or a mapping. Lives as long as the tree.
struct text node_text(const cJSON *node);
bool node_is_scalar(const cJSON *node);
// Appends the node as one line of flow style, for people: {queue: orders, visible: 2}; braces of the outermost left out.
struct buffer;
void node_append_flow(struct buffer *buffer, const cJSON *node);

#endif
