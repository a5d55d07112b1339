/* formats/tar_sparse.h - the maps of sparse files; private to tar*.c.
 *
 * Specification: GNU tar, "Storing Sparse Files": the old format (type S), and the pax format's versions 0.0, 0.1
 * and 1.0.
 */
#ifndef FORMATS_TAR_SPARSE_H
#define FORMATS_TAR_SPARSE_H

#include "formats/archive.h"

/* All look at the map of the file whose header lies at a->at and whose e->size bytes are stored at e->data, and make
 * e->data, e->size and e->holes those of the file.  0 or the flaw's code. */

/* The map is in the header and in *more bytes of blocks behind it, before the data. */
int sparse_gnu(struct archive *a, struct entry *e, uint64_t *more);
/* The map is the first of the stored bytes. */
int sparse_pax(struct archive *a, struct entry *e, uint64_t real_size);

/* The map is x->map, or x->pieces. */
int sparse_records(struct archive *a, struct entry *e, const struct pax *x);

#endif
