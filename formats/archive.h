/* formats/archive.h - the one reader of archives: open, next, data.
 *
 * Formats: cpio newc, crc and odc; tar of v7, ustar, GNU and pax.
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
#include "formats/pax.h"
#include "formats/stream.h"
#include "formats/tar.h"

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
  const char
      *name; /* not NUL-terminated by contract; as the archive has it; in the stream, or in the archive's `name` */
  size_t name_len; /* without NULs */
  uint32_t mode;   /* type and permission bits */
  uint32_t uid, gid;
  uint32_t rdev_major, rdev_minor;
  uint32_t nlink;
  uint64_t ino; /* together with dev: which links belong together */
  uint32_t dev_major, dev_minor;
  int64_t mtime; /* seconds since 1970 */
  uint32_t mtime_ns;
  uint64_t size;   /* of the data; for a symlink, of its target */
  uint64_t offset; /* of the header in the stream */
  uint64_t data;   /* offset of the data in the stream */
  bool sibling;   /* the name is that of the entry before up to `base`, and a plain component (path.h) from there; never
                   * of an entry with holes, a link or extended attributes */
  size_t base;    /* of a sibling: where its last component begins, behind a slash or at 0 */
  uint64_t holes; /* how many of its bytes are not in the stream: see archive_piece */
  uint64_t map;   /* of them; this and the next are the reader's own */
  uint8_t map_kind;
  const char *link; /* tar: a further name of what has this one already; else NULL */
  size_t link_len;
  uint32_t check; /* cpio crc: the sum of the data's bytes */
  uint64_t attrs; /* pax: not 0 when it has extended attributes: see archive_attr; the reader's own */
};

struct archive;

/* A format's row. */
struct archive_format {
  const char *name;
  size_t magic; /* bytes that sniff looks at */
  bool (*sniff)(const uint8_t *p);
  int (*next)(struct archive *a, struct entry *e); /* as archive_step, without a flaw and before the end */
  /* A look at the data when all of it is there; NULL: none. */
  int (*verify)(struct archive *a, const struct entry *e, const uint8_t *data);
};

struct archive {
  struct stream *in;
  const struct archive_format *format;
  uint64_t at;        /* offset of the next header */
  bool ended;         /* the archive's end was read */
  bool begun;         /* cpio: an entry was read: */
  uint64_t before;    /* offset of its header */
  struct newc header; /* newc: what that says */
  size_t base;        /* cpio: where the last component of its name begins */
  bool open_end;      /* tar: its end is such that anything may follow, and what begins no archive belongs to nobody */
  struct pax global;  /* pax: said of all entries from here on */
  char name[TAR_NAME_MOST]; /* ustar: of two parts */
  struct entry entry;       /* the last that was read; what the next one has in common with it stays as it is */
  struct flaw flaw;
};

/* Begins at offset `at` of the stream.  ERR_MAGIC when no known archive begins
 * there (also for an empty stream).  */
int archive_open(struct archive *a, struct stream *in, uint64_t at);

/* 1 with the next entry in a->entry; 0 behind the trailer (a->at is then the offset behind
 * it); a negative code with a->flaw set (offset of the entry's header, its name
 * when it was read).  The entry's data need not be there yet.  Not to be called again when it said other than 1. */
static inline int archive_step(struct archive *a) { return a->format->next(a, &a->entry); }

/* The same with a copy of the entry, and at any time. */
int archive_next(struct archive *a, struct entry *e);

int archive_data_wait(struct archive *a, const struct entry *e, const uint8_t *data);
/* Pulls until the entry's data is there and returns it in *data; a negative code
 * with a->flaw set; of a sparse file only the pieces.  A reader that has no use for the data still calls it for
 * the last file, or a cut would be told by the next header's offset. */
static inline int archive_data(struct archive *a, const struct entry *e, const uint8_t **data) {
  *data = a->in->base + e->data;
  bool there = a->in->have >= e->data + e->size && !a->format->verify;
  return there ? 0 : archive_data_wait(a, e, *data);
}

/* A sparse file (holes > 0) is zeros but for its pieces; in the stream their bytes follow each other. */
struct archive_piece {
  uint64_t offset, length; /* in the file */
  uint64_t data;           /* of its first byte, from the entry's data on */
  uint64_t at, left;       /* the reader's own */
};

/* 1 with the piece behind *p, which begins as {0}; 0 behind the last.  archive_next looked at all of them: they are in
 * order, do not overlap and lie inside the file. */
int archive_piece(const struct archive *a, const struct entry *e, struct archive_piece *p);

/* An extended attribute.  The value may be any bytes, none too. */
struct archive_attr {
  char name[LIMIT_ATTR_NAME]; /* as it is, not NUL-terminated */
  size_t name_len, size;
  const uint8_t *value; /* where it lies in the stream */
  uint64_t at, inside;  /* the reader's own */
};

/* 1 with the attribute behind *x, which begins as {0}; 0 behind the last.  archive_next looked at all of them: they
 * keep to the limits of formats/limits.h.  Of two with one name the later counts. */
int archive_attr(const struct archive *a, const struct entry *e, struct archive_attr *x);

/* Does a known archive begin with these bytes? (ARCHIVE_SNIFF are enough) */
enum { ARCHIVE_SNIFF = 512 };
bool archive_sniff(const uint8_t *p, size_t n);

/* The format of an archive that was opened: "newc", "crc", "odc", "tar". */
const char *archive_name(const struct archive *a);

#endif
