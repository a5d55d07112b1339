/* mkimage/compress/probe.h - inside compress: whether it is worth the time to compress a block. */
#ifndef MKIMAGE_PROBE_H
#define MKIMAGE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By a few samples: true when no match finder shrinks them, and, where the codec counts how often each byte occurs
 * (`coded`), all bytes occur equally often. */
bool probe_dense(const uint8_t *bytes, size_t n, bool coded);

#endif
