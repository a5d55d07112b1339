/* mkimage/look/raw.h - the archives of an initrd as they are: every entry in its order, with its offset.
 *
 * The reader and the decoders are those of formats/; nothing is resolved, later
 * entries do not win here.
 */
#ifndef MKIMAGE_RAW_H
#define MKIMAGE_RAW_H

#include "formats/archive.h"
#include "mkimage/image/image.h"

/* Where an entry was found. */
struct raw {
  unsigned stream;     /* number of the compressed or plain stream in the initrd, from 0 */
  unsigned archive;    /* number of the archive, from 0 */
  enum codec_id codec; /* of the stream */
  struct archive *in;  /* for archive_data */
  uint64_t stored_at;  /* where the stream begins in the initrd */
};

struct raw_total {
  uint64_t streams, archives, entries;
  uint64_t unpacked;   /* bytes of archive, decoded */
  uint64_t data;       /* bytes of files and targets among them */
  enum codec_id codec; /* of the first stream that is compressed */
  const char *format;  /* of the first archive; NULL: there is none */
};

/* Calls each() for every entry; a nonzero return ends it and is returned.  0, or the flaw's code; `total` holds what
 * was seen until then.  An image's archives have their digests checked first. */
int raw_walk(const struct image *im, struct raw_total *total, struct flaw *flaw,
             int (*each)(void *arg, const struct raw *r, const struct entry *e), void *arg);

#endif
