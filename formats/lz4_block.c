/* formats/lz4_block.c - one block of lz4: a row of sequences becomes bytes.
 *
 * Floor 0, below lz4.c.  Written from the lz4 block format's description (lz4_Block_format.md, 2022-07-31).  A sequence
 * is a token, its two lengths, literals, and a match that is copied from what was made before.  Where all that one
 * reads and writes, copies in whole words included, is well inside input and room, it is decoded by steps of a few
 * instructions; near an end each byte is counted.  The kernel may use wide registers as long as the program has not
 * begun.  docs/decisions/lz4-read-here.md.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/codec_parts.h"

#define INLINE inline __attribute__((always_inline))

enum {
  WIDE = 16,                          /* bytes copied at once */
  LONG = 15,                          /* a length that goes on behind the token */
  MATCH_LEAST = 4,                    /* what a match's length counts from */
  HISTORY = 65535,                    /* no match is farther away */
  STEPS = 4,                          /* sequences between two looks at what is left */
  IN_STEP = 1 + 14 + 2,               /* input of a sequence with short lengths */
  OUT_STEP = 14 + 14 + MATCH_LEAST,   /* and what it makes */
  IN_SPARE = STEPS * IN_STEP + WIDE,  /* read beyond the last of them */
  OUT_SPARE = STEPS * OUT_STEP + WIDE /* written beyond it */
};

static inline void copy_wide(uint8_t *to, const uint8_t *from) { memcpy(to, from, WIDE); }

/* n bytes and up to 31 more; `from` is at least WIDE bytes in front of `to`, or elsewhere. */
static inline void copy_over(uint8_t *to, const uint8_t *from, size_t n) {
  for (uint8_t *end = to + n; to < end; to += 2 * WIDE, from += 2 * WIDE) {
    copy_wide(to, from);
    copy_wide(to + WIDE, from + WIDE);
  }
}

/* The same for a match that is nearer: what is made first repeats at a distance that is a multiple of its own. */
static void copy_near(uint8_t *to, size_t distance, size_t n) {
  for (size_t i = 0; i < WIDE; i++) to[i] = (to - distance)[i];
  size_t far = (WIDE + distance - 1) / distance * distance;
  if (n > WIDE) copy_over(to + WIDE, to + WIDE - far, n - WIDE);
}

/* What a token says: literals, and the match's length in the upper byte; 0: a length goes on behind it. */
#define SAYS(literals, match) ((literals) == LONG || (match) == LONG ? 0 : (literals) | ((match) + MATCH_LEAST) << 8)
#define SAYS_4(l, m)          SAYS(l, m), SAYS(l, m + 1), SAYS(l, m + 2), SAYS(l, m + 3)
#define SAYS_16(l)            SAYS_4(l, 0), SAYS_4(l, 4), SAYS_4(l, 8), SAYS_4(l, 12)
#define SAYS_64(l)            SAYS_16(l), SAYS_16(l + 1), SAYS_16(l + 2), SAYS_16(l + 3)
static const uint16_t tokens[256] = {SAYS_64(0), SAYS_64(4), SAYS_64(8), SAYS_64(12)};

/* Where decoding stands; `first`: the first byte that a match may reach. */
struct place {
  const uint8_t *in, *in_end;
  uint8_t *out, *out_end;
  const uint8_t *first;
  const uint8_t *match; /* by step_exact: where its last match went; NULL: there was none */
};

/* A sequence with short lengths whose match is neither near nor, when `far`, possibly before the first byte.  False: it
 * is another kind, and nothing has changed. */
static INLINE bool step(struct place *s, bool far) {
  uint32_t says = tokens[*s->in], literals = says & 0xff;
  copy_wide(s->out, s->in + 1);
  const uint8_t *behind = s->in + 1 + literals;
  size_t distance = bytes_le16(behind);
  if (says == 0) return false;
  if (distance < WIDE) return false;
  uint8_t *to = s->out + literals;
  if (far && distance > (size_t)(to - s->first)) return false;
  const uint8_t *from = to - distance;
  copy_wide(to, from);
  memcpy(to + WIDE, from + WIDE, 2);
  s->in = behind + 2;
  s->out = to + (says >> 8);
  return true;
}

/* A length that goes on: 255 and the next byte, too.  SIZE_MAX: it reaches beyond the end. */
static inline size_t length(const uint8_t **in, const uint8_t *end, size_t n) {
  for (uint8_t more = 255; more == 255; n += more) {
    if (*in >= end) return SIZE_MAX;
    more = *(*in)++;
  }
  return n;
}

/* Any sequence that leaves the spare bytes alone. */
static INLINE bool step_any(struct place *s) {
  const uint8_t *p = s->in;
  uint8_t *to = s->out, token = *p++;
  size_t literals = token >> 4, match = token & LONG;
  if (literals == LONG && (literals = length(&p, s->in_end, literals)) == SIZE_MAX) return false;
  if (literals >= (size_t)(s->in_end - p) || literals >= (size_t)(s->out_end - to)) return false;
  copy_over(to, p, literals);
  p += literals, to += literals;
  size_t distance = bytes_le16(p);
  p += 2;
  if (match == LONG && (match = length(&p, s->in_end, match)) == SIZE_MAX) return false;
  match += MATCH_LEAST;
  if (distance == 0 || distance > (size_t)(to - s->first) || match >= (size_t)(s->out_end - to)) return false;
  if (distance >= WIDE)
    copy_over(to, to - distance, match);
  else
    copy_near(to, distance, match);
  s->in = p;
  s->out = to + match;
  return true;
}

static INLINE bool inside(const struct place *s) { return s->in < s->in_end && s->out < s->out_end; }

/* All but the last sequences; those and the first that breaks a rule are for step_exact. */
static void steps(struct place *all) {
  if (all->in_end - all->in <= IN_SPARE || all->out_end - all->out <= OUT_SPARE) return;
  struct place s = *all;
  s.in_end -= IN_SPARE;
  s.out_end -= OUT_SPARE;
  while (inside(&s)) {
    if (s.out - s.first < HISTORY)
      while (step(&s, true) && inside(&s)) continue;
    else
      while (step(&s, false) && step(&s, false) && step(&s, false) && step(&s, false) && inside(&s)) continue;
    if (!inside(&s) || !step_any(&s)) break;
  }
  all->in = s.in;
  all->out = s.out;
}

/* A match with nothing written behind it. */
static void copy_exact(uint8_t *to, size_t distance, size_t n, const uint8_t *end) {
  size_t over = (size_t)(end - to) > n + 2 * WIDE ? n : n > 4 * WIDE ? n - 4 * WIDE : 0;
  if (over > 0 && distance >= WIDE)
    copy_over(to, to - distance, over);
  else if (over > 0)
    copy_near(to, distance, over);
  for (size_t i = over; i < n; i++) to[i] = (to - distance)[i];
}

/* The end of a block keeps to the format: a match begins at least 12 bytes before it, and 5 are literals. */
static bool is_end(const struct place *s, size_t literals) {
  return s->match == NULL || (literals >= 5 && s->out - s->match >= 12);
}

/* Any sequence.  1; 0: it was the last; ERR_STREAM. */
static int step_exact(struct place *s) {
  if (s->in == s->in_end) return ERR_STREAM;
  uint8_t token = *s->in++;
  size_t literals = token >> 4, match = token & LONG;
  if (literals == LONG) literals = length(&s->in, s->in_end, literals);
  if (literals > (size_t)(s->in_end - s->in) || literals > (size_t)(s->out_end - s->out)) return ERR_STREAM;
  memcpy(s->out, s->in, literals);
  s->in += literals, s->out += literals;
  if (s->in == s->in_end) return is_end(s, literals) ? 0 : ERR_STREAM;
  if (s->in_end - s->in < 2) return ERR_STREAM;
  size_t distance = bytes_le16(s->in);
  s->in += 2;
  if (match == LONG) match = length(&s->in, s->in_end, match);
  if (match == SIZE_MAX || match + MATCH_LEAST > (size_t)(s->out_end - s->out)) return ERR_STREAM;
  if (distance == 0 || distance > (size_t)(s->out - s->first)) return ERR_STREAM;
  match += MATCH_LEAST;
  copy_exact(s->out, distance, match, s->out_end);
  s->match = s->out;
  s->out += match;
  return 1;
}

int64_t lz4_block(const uint8_t *in, size_t n, const uint8_t *first, uint8_t *out, size_t room) {
  struct place s = {in, in + n, out, out + room, first, NULL};
  int rc;
  steps(&s);
  while ((rc = step_exact(&s)) == 1) continue;
  return rc < 0 ? rc : s.out - out;
}
