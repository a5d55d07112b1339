/* mkimage/image/need.c - predicts memory: see need.h.
 *
 * Physical memory up to the payload's first byte is taken by firmware and
 * kernel; the payload is loaded behind it.  While it is unpacked its pages are
 * given back, so the larger of both is what counts.  The exact figure, which takes
 * an unpack, is taproot_need's.
 */
#include "mkimage/image/need.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <taproot.h>

#include "mkimage/compress/compress.h"

enum {
  NEED_PER_ENTRY = 192,          /* inode, name, their share of tables */
  NEED_LOW = 1 << 20,            /* physical memory in front of the kernel, */
  NEED_LOW_FREE = 636 << 10,     /* and what of it the firmware leaves */
  NEED_RECORDS = 384 << 10,      /* the allocator's, the decoder's, and what a program begins with */
  NEED_BLOCK = 4 << 20,          /* of lz4, as the frames of compress_lz4.c allow */
  NEED_PER_TABLE = 512,          /* a page table maps as many pages */
  NEED_AT_LEAST_ROOM = 16 << 20, /* for a program of which nothing is known, */
  NEED_SHARE_OF_ROOM = 8,        /* or as much of the image's own need */
  NEED_SMALL = 8 << 20           /* to unpack so much is a matter of milliseconds */
};

/* A block of lz4 is given back when all of it is unpacked: until then nearly so much is held twice.  An archive whose
 * end is denser than the rest never holds that much: it is told a block too much at most. */
static uint64_t need_block(const struct initrd_archive *a) {
  if (a->codec != CODEC_LZ4 || a->unpacked == 0) return 0;
  uint64_t block = a->unpacked < NEED_BLOCK ? a->unpacked : NEED_BLOCK;
  double share = (double)a->stored / (double)a->unpacked;
  return (uint64_t)((double)block * (share < 1 ? share : 1) * 15 / 16);
}

void need_predict(const struct image *base, const struct initrd *h, uint64_t section, struct need *n) {
  uint64_t unpacked = 0, entries = 0, twice = 0;
  for (unsigned i = 0; i < h->archives; i++) {
    const struct initrd_archive *a = &h->archive[i];
    if (a->codec != CODEC_NONE) unpacked += a->unpacked + compress_memory((enum codec_id)a->codec, a->unpacked);
    if (need_block(a) > twice) twice = need_block(a);
    entries += a->entries;
  }
  uint64_t loaded = base->payload.paddr + section, held = unpacked > 0 ? unpacked : section;
  /* What is unpacked can lie below the kernel, too. */
  uint64_t beside = base->payload.paddr > NEED_LOW ? base->payload.paddr - NEED_LOW + unpacked : unpacked;
  n->least = loaded > beside ? loaded : beside;
  uint64_t peak = base->payload.paddr + held + held / NEED_PER_TABLE + entries * NEED_PER_ENTRY + twice + NEED_RECORDS -
                  NEED_LOW_FREE;
  n->likely = loaded > peak ? loaded : peak;
  n->roomy = n->likely + NEED_AT_LEAST_ROOM + n->likely / NEED_SHARE_OF_ROOM;
}

void need_of_image(const struct image *im, struct need *n) { need_predict(im, &im->header, im->payload.filesz, n); }

static bool need_is_small(const struct image *im) {
  uint64_t unpacked = 0;
  for (unsigned i = 0; i < im->header.archives; i++) {
    if (im->header.archive[i].unpacked > NEED_SMALL - unpacked) return false;
    unpacked += im->header.archive[i].unpacked;
  }
  return im->kind == IMAGE_PACKED;
}

void need_measure(int fd, struct need *n) {
  struct stat st;
  struct image im;
  struct flaw flaw = {0};
  uint64_t bytes;
  if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > 2 * NEED_SMALL) return;
  void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return;
  if (image_recognise(&im, "", at, (uint64_t)st.st_size, &flaw) == 0 && need_is_small(&im) &&
      taproot_need(at, (size_t)st.st_size, &bytes, NULL) == 0) {
    n->likely = bytes;
    n->exact = true;
  }
  munmap(at, (size_t)st.st_size);
}
