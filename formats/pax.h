/* formats/pax.h - the records of a pax extended header.
 *
 * Specification: POSIX.1-2001, pax, "pax Extended Header": records "LENGTH KEY=VALUE\n", LENGTH in decimal digits and
 * of the whole record.  An empty value takes back what was said before.
 */
#ifndef FORMATS_PAX_H
#define FORMATS_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/cursor.h"
#include "formats/limits.h"

struct pax_text { /* bytes where they lie */
  const char *at; /* NULL: not told */
  size_t len;
};

struct pax_record {
  struct pax_text key, value;
};

/* What extended headers say of an entry; unknown keys are ignored. */
struct pax {
  struct pax_text path, linkpath;
  bool has_size, has_uid, has_gid, has_mtime;
  uint64_t size, uid, gid;
  int64_t mtime;
  uint32_t mtime_ns;
  bool sparse, has_real_size; /* GNU's sparse files; sparse: of version 1.0 */
  struct pax_text map;        /* version 0.1: the numbers */
  struct pax_text pieces;     /* version 0.0: all records of the header that has those of the pieces */
  bool piece;                 /* such a record was seen in the header that is read */
  struct pax_text sparse_name;
  uint64_t real_size;
  size_t attr_names; /* bytes of the names of extended attributes, with a NUL each; 0: there are none */
};

/* The next record.  1; 0 at the end; ERR_LAYOUT with a sentence in *reason. */
int pax_next(struct cursor *records, struct pax_record *r, const char **reason);

/* Takes the records in p[0..n) over what *x says.  0; ERR_LAYOUT, ERR_NUMBER, ERR_VERSION with *reason, and the
 * record's value in *value when it was read. */
int pax_read(struct pax *x, const void *p, size_t n, const char **reason, struct pax_text *value);

/* Whether the record is an extended attribute: SCHILY.xattr.NAME, the value any bytes.  `%25` and `%3D` stand for `%`
 * and `=` in NAME, as GNU tar writes it.  1 with the name and its length; 0; ERR_NAME, ERR_SIZE with *reason. */
int pax_attr(const struct pax_record *r, char name[LIMIT_ATTR_NAME], size_t *len, const char **reason);

#endif
