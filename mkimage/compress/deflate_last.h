/* mkimage/compress/deflate_last.h - inside compress: where the last block of a deflate stream begins.
 *
 * libdeflate ends each stream with a block that is marked as the last one; a
 * stream is made of several only when that mark is taken off.  Nothing but the block's
 * place in the bits says where the mark is.  Specification: RFC 1951.
 */
#ifndef MKIMAGE_DEFLATE_LAST_H
#define MKIMAGE_DEFLATE_LAST_H

#include <stddef.h>
#include <stdint.h>

enum { DEFLATE_SLACK = 16, DEFLATE_CODE_BITS = 15 };

/* Symbol and length of the code that stands in the lowest bits; length 0: none does. */
struct deflate_code {
  uint16_t symbol, bits;
};

/* Memory to work with; zeroed before it is used first. */
struct deflate_codes {
  uint16_t space[1 << 12]; /* of four code lengths of three bits: how much of all codes they take, in 128ths */
  struct deflate_code literal[1 << DEFLATE_CODE_BITS], distance[1 << DEFLATE_CODE_BITS];
};

/* A whole stream of n bytes for `plain`, with DEFLATE_SLACK readable bytes of any value behind it.  *mark is the bit
 * (from the lowest of byte 0 on) that says "last", *end the bit behind the stream.  0, or -1: not found. */
int deflate_last(struct deflate_codes *c, const uint8_t *stream, size_t n, const uint8_t *plain, size_t plain_n,
                 uint64_t *mark, uint64_t *end);

#endif
