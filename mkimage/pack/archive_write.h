/* mkimage/pack/archive_write.h - a tree becomes an archive: laid out, filled, compressed, digested, in order.
 *
 * The bytes depend on tree, format, codec and level alone, never on the number
 * of threads (say->jobs).
 */
#ifndef MKIMAGE_ARCHIVE_WRITE_H
#define MKIMAGE_ARCHIVE_WRITE_H

#include "formats/codec.h"
#include "formats/digest.h"
#include "mkimage/lib/sink.h"
#include "mkimage/pack/format.h"

struct archive_write {
  const struct say *say;
  const struct tree *tree;
  const struct format *format;
  enum codec_id codec;
  unsigned level; /* as compress_levels has it; 0 where there are none */
  uint32_t check; /* enum digest_kind, over what is stored */

  /* filled in */
  uint64_t unpacked, stored; /* bytes of the archive, and of what went to the sink */
  uint8_t digest[DIGEST_BYTES];
};

/* EXIT_DONE, or the status with the error said; a part may have gone to the sink then. */
int archive_write(struct archive_write *a, struct sink *to);

#endif
