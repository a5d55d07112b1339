/* formats/cursor.h - the only way bytes from outside are walked.
 *
 * `end` is set at birth and never computed again.  Two calls move `at`; they
 * either succeed or leave it where it was.  Sizes are compared with what is
 * left, never added to a pointer.
 */
#ifndef FORMATS_CURSOR_H
#define FORMATS_CURSOR_H

#include <stddef.h>
#include <stdint.h>

struct cursor {
  const uint8_t *at;
  const uint8_t *end;
};

static inline struct cursor cursor_over(const void *bytes, size_t n) {
  struct cursor c = {bytes, (const uint8_t *)bytes + n};
  return c;
}

static inline size_t cursor_left(const struct cursor *c) { return (size_t)(c->end - c->at); }

/* The next n bytes, moving past them; NULL (nothing moved) when fewer are left. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n) {
  const uint8_t *p = c->at;
  if (cursor_left(c) < n) return NULL;
  c->at += n;
  return p;
}

/* The bytes up to and without the next NUL, moving past the NUL; NULL when there is none. */
static inline const uint8_t *cursor_take_string(struct cursor *c, size_t *len) {
  const uint8_t *p = c->at;
  size_t left = cursor_left(c);
  for (size_t i = 0; i < left; i++)
    if (p[i] == 0) {
      *len = i;
      c->at += i + 1;
      return p;
    }
  return NULL;
}

#endif
