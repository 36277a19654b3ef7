// emf -- metrics that functions write as lines of their log, in CloudWatch's embedded metric format (L-273 to L-276).
#ifndef EMULATOR_EMF_H
#define EMULATOR_EMF_H

#include "queue/base/buffer.h"

#define EMF_LINE_BYTES_MAX 1048576 // L-274
#define EMF_SERIES_MAX 1000
#define EMF_BYTES_MAX 1048576 // of the names of all series

struct emf;

enum emf_end {
    EMF_ORDINARY,  // a line like any other
    EMF_TAKEN,     // its values count
    EMF_MALFORMED, // it says that it has metrics, but they cannot be read: none of them counts
    EMF_FULL,      // some of its series are one too many, and are not counted
};

struct emf *emf_new(void);
// Takes NULL; returns NULL.
struct emf *emf_free(struct emf *emf);
// Forgets everything.
void emf_reset(struct emf *emf);
// One line of a log, without its end. EMF_MALFORMED: ret_reason is a constant sentence.
enum emf_end emf_read(struct emf *emf, struct text line, struct text *ret_reason);
// Prometheus text, a summary a metric: emf_NAME_sum and emf_NAME_count, with the labels Namespace, Unit (unless it is None) and the
// dimensions; MetricName, too, when NAME had to be written otherwise. Nothing without series.
void emf_append_text(const struct emf *emf, struct buffer *buffer);
// A list: [{"Namespace":"N","MetricName":"m","Unit":"Count","Dimensions":{"d":"x"},"SampleCount":2,"Sum":3,"Minimum":1,"Maximum":2}].
void emf_append_json(const struct emf *emf, struct buffer *buffer);

#endif
