/* kernel/boot/unpack.h - archive → inodes.
 *
 * Reads every archive of an initrd in order, later entries win.  It never resolves a path from
 * the root: it keeps the last directory and looks components up under inodes.  The first thing
 * that is wrong ends it with a flaw; what was made until then stays in the tree (the
 * caller stops the machine, or drops the instance).
 *
 * Rules on the tree: missing parents are made (0755, owner 0:0).  A parent may be a symlink whose target is relative
 * and has no `..`, 40 of them at most.  Of two entries with one name the later wins, but a directory that is not
 * empty is only ever replaced by a directory, which keeps its entries and takes the new attributes.  Regular files
 * of one archive with nlink >= 2 and the same device and inode number are one inode, whichever of them has the data.
 * An entry of tar that is a hard link gives a further name to what is there under its path, which leads through no
 * symlink.
 */
#ifndef KERNEL_BOOT_UNPACK_H
#define KERNEL_BOOT_UNPACK_H

#include "formats/archive.h"
#include "formats/codec.h"
#include "formats/flaw.h"
#include "kernel/fs.h"

struct unpack_input {
  phys_t at; /* the stored bytes, at a page's beginning; their pages hold nothing else: busy RAM */
  uint64_t bytes;
  bool owned;        /* not busy RAM but pages with one owner, which passes to the call */
  uint64_t unpacked; /* a trustworthy size of all compressed streams together, or 0 when it is not known */
  bool give_back;    /* input pages are returned to the allocator as they are consumed; else they stay as they
                      * are, but for those of uncompressed archives, which stay owned for good */
};

struct unpack_report {
  uint64_t entries;
  uint64_t unpacked;   /* bytes of archives, decoded where they were compressed */
  uint64_t stored;     /* bytes of input read */
  uint64_t given_back; /* bytes of input pages returned to the allocator */
  uint64_t adopted;    /* bytes of input pages that hold files' data now */
  uint64_t archives;
};

/* Adds what one call reported to a sum. */
void unpack_report_add(struct unpack_report *sum, const struct unpack_report *r);

/* 0 or flaw->code.  On both ways every page of the input has gone back or has become a file's, when give_back. */
int unpack(struct fs *fs, struct plat *plat, struct heap *heap, const struct unpack_input *in,
           struct unpack_report *report, struct flaw *flaw);

#endif
