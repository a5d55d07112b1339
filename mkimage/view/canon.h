/* mkimage/view/canon.h - the digest of what a tree holds, however it is packed.
 *
 * mkimage(1), section hash, defines every byte of what is digested: equal trees
 * have equal digests, and who wants to can compute them without this tool.
 */
#ifndef MKIMAGE_CANON_H
#define MKIMAGE_CANON_H

#include "formats/digest.h"
#include "mkimage/view/view.h"

struct canon {
  bool no_owner, no_mtime; /* left out, and said so in the digest */
};

/* SHA-256.  EXIT_DONE, or the status with the error said. */
int canon_digest(const struct canon *how, const struct say *say, const struct view *v, uint8_t out[DIGEST_BYTES]);

#endif
