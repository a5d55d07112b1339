/* formats/archive_parts.h - what the archive formats share; private to archive*.c, cpio.c and tar*.c. */
#ifndef FORMATS_ARCHIVE_PARTS_H
#define FORMATS_ARCHIVE_PARTS_H

#include "formats/archive.h"

extern const struct archive_format archive_newc, archive_crc, archive_odc, archive_tar;

/* Of newc: the reader of any entry, and one that goes before it and is quick about an entry that differs little from
 * the last, which stands in *e. */
int cpio_newc(struct archive *a, struct entry *e);
int cpio_quick(struct archive *a, struct entry *e);

/* Fails the entry whose header lies at a->at. */
static inline int archive_refuse(struct archive *a, int code, const char *reason) {
  return flaw_set(&a->flaw, code, a->at, reason);
}

/* The rules on an entry alone: type, name, size.  `path`: what path_check said of the name. */
int archive_check(struct archive *a, const struct entry *e, int path);

#endif
