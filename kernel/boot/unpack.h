/* kernel/boot/unpack.h - archive → inodes.
 *
 * Reads every archive of an initrd in order, later entries win.  It never resolves a path from
 * the root: it keeps the last directory and looks components up under inodes.  The first thing
 * that is wrong ends it with a flaw; what was made until then stays in the tree (the
 * caller stops the machine, or drops the instance).
 */
#ifndef KERNEL_BOOT_UNPACK_H
#define KERNEL_BOOT_UNPACK_H

#include "formats/archive.h"
#include "formats/codec.h"
#include "formats/flaw.h"
#include "kernel/fs.h"

struct unpack_input {
  phys_t at; /* the stored bytes: page-aligned, busy RAM */
  uint64_t bytes;
  uint64_t unpacked; /* a trustworthy size of all streams, or 0 when it is not known */
  bool give_back;    /* input pages are returned to the allocator as they are consumed */
};

struct unpack_report {
  uint64_t entries;
  uint64_t unpacked; /* bytes of archive decoded */
  uint64_t stored;
  uint64_t given_back; /* bytes of input returned to the allocator */
  uint64_t adopted;    /* bytes of input that are files' data now */
  uint64_t archives;
};

/* 0 or flaw->code.  On both ways every page of the input has gone back or has become a file's, when give_back. */
int unpack(struct fs *fs, struct plat *plat, struct heap *heap, const struct unpack_input *in,
           struct unpack_report *report, struct flaw *flaw);

#endif
