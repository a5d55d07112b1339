/* mkimage/pack/archive_write.c - fills the archive block by block and compresses it: see archive_write.h. */
#include "mkimage/pack/archive_write.h"

#include <stdlib.h>
#include <string.h>

#include "mkimage/compress/compress.h"
#include "mkimage/lib/progress.h"
#include "mkimage/pack/layout.h"

enum { ARCHIVE_BLOCK = 512 << 10 };

/* What comes out of the compressor: counted, digested, handed on in pieces of a size that files like. */
struct archive_out {
  struct sink sink;
  struct sink *to;
  struct digest digest;
  uint64_t stored;
  size_t gathered;
  uint8_t piece[1 << 20];
};

static int archive_flush(struct archive_out *o) {
  digest_add(&o->digest, o->piece, o->gathered);
  int status = sink_put(o->to, o->piece, o->gathered);
  o->stored += o->gathered;
  o->gathered = 0;
  return status;
}

static int archive_put(struct sink *sink, const uint8_t *bytes, size_t n) {
  struct archive_out *o = (struct archive_out *)sink;
  int status = EXIT_DONE;
  while (n > 0 && status == EXIT_DONE) {
    size_t fits = sizeof o->piece - o->gathered, some = n < fits ? n : fits;
    memcpy(o->piece + o->gathered, bytes, some);
    o->gathered += some;
    bytes += some;
    n -= some;
    if (o->gathered == sizeof o->piece) status = archive_flush(o);
  }
  return status;
}

static int archive_blocks(const struct archive_write *a, const struct layout *l, struct sink *to) {
  uint64_t size = layout_size(l);
  int status = EXIT_DONE;
  uint8_t *block = malloc(ARCHIVE_BLOCK);
  if (block == NULL) return say_error(a->say, EXIT_USAGE, "out of memory");
  for (uint64_t at = 0; at < size && status == EXIT_DONE; at += ARCHIVE_BLOCK) {
    size_t n = size - at < ARCHIVE_BLOCK ? (size_t)(size - at) : ARCHIVE_BLOCK;
    status = layout_fill(l, a->say, at, block, n);
    if (status == EXIT_DONE) status = sink_put(to, block, n);
  }
  free(block);
  return status;
}

static int archive_stream(const struct archive_write *a, const struct layout *l, struct archive_out *out) {
  struct compress c;
  uint64_t size = layout_size(l);
  int status = compress_open(&c, a->say, a->codec, a->level, size, &out->sink);
  if (status != EXIT_DONE) return status;
  progress_start(a->say, "packing", size);
  status = archive_blocks(a, l, &c.sink);
  if (status == EXIT_DONE) status = compress_end(&c);
  if (status == EXIT_DONE) status = archive_flush(out);
  progress_end(a->say);
  compress_close(&c);
  return status;
}

int archive_write(struct archive_write *a, struct sink *to) {
  struct layout l;
  struct archive_out *out = aligned_alloc(_Alignof(struct archive_out), sizeof *out);
  if (out == NULL) return say_error(a->say, EXIT_USAGE, "out of memory");
  out->sink = (struct sink){archive_put};
  out->to = to;
  out->stored = out->gathered = 0;
  digest_start(&out->digest, a->check);
  int status = layout_make(&l, a->say, a->tree, a->format);
  if (status == EXIT_DONE) {
    a->unpacked = layout_size(&l);
    status = archive_stream(a, &l, out);
  }
  a->stored = out->stored;
  digest_final(&out->digest, a->digest);
  layout_drop(&l);
  free(out);
  return status;
}
