/* formats/archive.h - the one reader of archives: open, next, data.
 *
 * Formats: cpio newc, crc and odc.
 *
 * A straight line over a stream: header, name, padding, body, padding.  Names
 * and data are where they lie in the stream; the reader copies and allocates
 * nothing.  Hard links are not resolved here (that needs a tree), every other
 * rule on an entry alone is kept here.
 */
#ifndef FORMATS_ARCHIVE_H
#define FORMATS_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/flaw.h"
#include "formats/newc.h"
#include "formats/stream.h"

/* File types, as in the upper bits of mode on every Unix. */
enum {
  MODE_TYPE = 0170000,
  MODE_FIFO = 0010000,
  MODE_CHR = 0020000,
  MODE_DIR = 0040000,
  MODE_BLK = 0060000,
  MODE_FILE = 0100000,
  MODE_LINK = 0120000,
  MODE_SOCK = 0140000,
  MODE_BITS = 07777, /* permissions, set-id, sticky */
};

struct entry {
  const char *name; /* in the stream, not NUL-terminated by contract; as the archive has it */
  size_t name_len;  /* without NULs */
  uint32_t mode;    /* type and permission bits */
  uint32_t uid, gid, nlink;
  uint64_t ino; /* together with dev: which links belong together */
  uint32_t dev_major, dev_minor;
  uint32_t rdev_major, rdev_minor;
  int64_t mtime; /* seconds since 1970 */
  uint32_t mtime_ns;
  uint64_t size;   /* of the data; for a symlink, of its target */
  uint64_t offset; /* of the header in the stream */
  uint64_t data;   /* offset of the data in the stream */
  bool sibling;    /* the name is that of the entry before up to `base`, and a plain component (path.h) from there */
  size_t base;     /* of a sibling: where its last component begins, behind a slash or at 0 */
  uint32_t check;  /* cpio crc: the sum of the data's bytes */
};

struct archive_format;

struct archive {
  struct stream *in;
  const struct archive_format *format;
  uint64_t at;        /* offset of the next header */
  bool ended;         /* the archive's end was read */
  bool begun;         /* cpio: an entry was read: */
  uint64_t before;    /* offset of its header */
  struct newc header; /* newc: what that says */
  size_t base;        /* cpio: where the last component of its name begins */
  struct flaw flaw;
};

/* Begins at offset `at` of the stream.  ERR_MAGIC when no known archive begins
 * there (also for an empty stream).  */
int archive_open(struct archive *a, struct stream *in, uint64_t at);

/* 1 with the next entry; 0 behind the trailer (a->at is then the offset behind
 * it); a negative code with a->flaw set (offset of the entry's header, its name
 * when it was read).  The entry's data need not be there yet. */
int archive_next(struct archive *a, struct entry *e);

/* Pulls until the entry's data is there and returns it in *data; a negative code
 * with a->flaw set.  A reader that has no use for the data still calls it for
 * the last file, or a cut would be told by the next header's offset. */
int archive_data(struct archive *a, const struct entry *e, const uint8_t **data);

/* Does a known archive begin with these bytes? (ARCHIVE_SNIFF are enough) */
enum { ARCHIVE_SNIFF = 512 };
bool archive_sniff(const uint8_t *p, size_t n);

/* The format of an archive that was opened: "newc", "crc", "odc". */
const char *archive_name(const struct archive *a);

#endif
