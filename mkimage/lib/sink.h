/* mkimage/lib/sink.h - where bytes go: the archive writer puts them into a compressor, that one into the image. */
#ifndef MKIMAGE_SINK_H
#define MKIMAGE_SINK_H

#include <stddef.h>
#include <stdint.h>

struct sink {
  int (*put)(struct sink *s, const uint8_t *bytes, size_t n); /* a status, the error said */
};

static inline int sink_put(struct sink *s, const void *bytes, size_t n) { return n > 0 ? s->put(s, bytes, n) : 0; }

#endif
