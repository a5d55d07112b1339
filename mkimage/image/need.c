/* mkimage/image/need.c - predicts memory: see need.h.
 *
 * Physical memory up to the payload's first byte is taken by firmware and
 * kernel; the payload is loaded behind it.  While it is unpacked its pages are
 * given back, so the larger of both is what counts.
 */
#include "mkimage/image/need.h"

#include "mkimage/compress/compress.h"

enum {
  NEED_PER_ENTRY = 256,   /* inode, name, their share of tables */
  NEED_TABLES = 1 << 20,  /* page tables and the kernel's own heap */
  NEED_LOW = 1 << 20,     /* physical memory in front of the kernel */
  NEED_PROGRAM = 2 << 20, /* stack, heap and private pages of a small program */
};

void need_predict(const struct image *base, uint64_t section, uint64_t unpacked, uint64_t entries, struct need *n) {
  uint64_t loaded = base->payload.paddr + section;
  /* What is unpacked can lie below the kernel, too. */
  uint64_t beside = base->payload.paddr > NEED_LOW ? base->payload.paddr - NEED_LOW + unpacked : unpacked;
  n->least = loaded > beside ? loaded : beside;
  uint64_t both = loaded > base->payload.paddr + unpacked ? loaded : base->payload.paddr + unpacked;
  n->likely = both + entries * NEED_PER_ENTRY + NEED_TABLES + NEED_PROGRAM;
}

void need_of_image(const struct image *im, struct need *n) {
  uint64_t unpacked = 0, entries = 0;
  for (unsigned i = 0; i < im->header.archives; i++) {
    const struct initrd_archive *a = &im->header.archive[i];
    if (a->codec != CODEC_NONE) unpacked += a->unpacked + compress_memory((enum codec_id)a->codec, a->unpacked);
    entries += a->entries;
  }
  need_predict(im, im->payload.filesz, unpacked, entries, n);
}
