/* formats/archive_parts.h - what the archive formats share; private to archive*.c, cpio.c and tar*.c. */
#ifndef FORMATS_ARCHIVE_PARTS_H
#define FORMATS_ARCHIVE_PARTS_H

#include "formats/archive.h"

/* A format's row. */
struct archive_format {
  const char *name;
  size_t magic; /* bytes that sniff looks at */
  bool (*sniff)(const uint8_t *p);
  int (*next)(struct archive *a, struct entry *e); /* as archive_next, without a flaw and before the end */
  /* A look at the data when all of it is there; NULL: none. */
  int (*verify)(struct archive *a, const struct entry *e, const uint8_t *data);
};

extern const struct archive_format archive_newc, archive_crc, archive_odc, archive_tar;

/* Fails the entry whose header lies at a->at. */
static inline int archive_refuse(struct archive *a, int code, const char *reason) {
  return flaw_set(&a->flaw, code, a->at, reason);
}

/* The rules on an entry alone: type, name, size.  `path`: what path_check said of the name. */
int archive_check_all(struct archive *a, const struct entry *e, int path);

/* None of them can stop a regular file whose last component is plain. */
static inline int archive_check(struct archive *a, const struct entry *e, int path) {
  bool plain = e->sibling && (e->mode & ~(uint32_t)MODE_BITS) == MODE_FILE;
  return plain ? 0 : archive_check_all(a, e, path);
}

#endif
