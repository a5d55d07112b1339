/* formats/flaw.h - what exactly is wrong with bytes from outside.
 *
 * Whoever first sees the bad byte fills the flaw in; everyone above passes the
 * code on and leaves the flaw alone, so the first cause survives.  A flaw is
 * born zeroed ({0}): that is how "nothing is wrong yet" is told.
 */
#ifndef FORMATS_FLAW_H
#define FORMATS_FLAW_H

#include <stddef.h>
#include <stdint.h>

#define FLAW_NOWHERE UINT64_MAX

struct flaw {
  int code;           /* negative, from err.h; 0: nothing is wrong */
  uint64_t offset;    /* in the decompressed stream; FLAW_NOWHERE when it does not apply */
  uint64_t packed;    /* in the input as stored, when a codec or a digest failed; else FLAW_NOWHERE */
  const char *reason; /* a constant phrase without a full stop */
  uint64_t wanted;    /* for ERR_NOMEM: bytes wanted and bytes left */
  uint64_t left;
  char detail[64]; /* what stands behind the reason: a number, a name; "" when there is none */
  char entry[128]; /* name of the entry, escaped and shortened; "" when there is none */
};

/* Records a first cause and returns code; a flaw that is already set stays. */
int flaw_set(struct flaw *f, int code, uint64_t offset, const char *reason);

/* Names the entry a flaw belongs to: control characters, backslash and bytes
 * above 0x7e become \xNN, a long name keeps its end behind "...". */
void flaw_entry(struct flaw *f, const char *name, size_t len);

/* What the constant reason ends with: a name (escaped and shortened as above) or a
 * number, printed behind it and a blank.  Only the first one counts. */
void flaw_detail(struct flaw *f, const char *text, size_t len);
void flaw_number(struct flaw *f, uint64_t number);

/* Like flaw_set, for bytes that are not unpacked: the offset is one in the stored input. */
int flaw_set_stored(struct flaw *f, int code, uint64_t packed, const char *reason);

/* Writes "entry 'NAME' at offset N (stored offset M): REASON" without a
 * newline, leaving out what does not apply, always NUL-terminated.  A flaw
 * without a reason gets its code's sentence; one of ERR_NOMEM tells the bytes
 * wanted and left when they are set.
 * Returns the length written (cut to n - 1). */
size_t flaw_print(const struct flaw *f, char *out, size_t n);

#endif
