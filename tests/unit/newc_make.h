/* tests/unit/newc_make.h - small newc archives made by hand, good and bad, for the tests. */
#ifndef TESTS_UNIT_NEWC_MAKE_H
#define TESTS_UNIT_NEWC_MAKE_H

#include <stdint.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/newc.h"

struct made {
  uint8_t bytes[65536];
  size_t n;
};

static inline void made_pad(struct made *m) {
  while (m->n % NEWC_ALIGN) m->bytes[m->n++] = 0;
}

/* Appends an entry; name_size is what the header says, of which the name's bytes are written. */
static inline size_t made_raw(struct made *m, struct newc h, const void *name, const void *data) {
  size_t at = m->n;
  newc_encode(&h, m->bytes + m->n);
  m->n += NEWC_HEADER;
  memcpy(m->bytes + m->n, name, h.name_size);
  m->n += h.name_size;
  made_pad(m);
  if (h.size) memcpy(m->bytes + m->n, data, h.size);
  m->n += h.size;
  made_pad(m);
  return at;
}

static inline size_t made_entry(struct made *m, const char *name, uint32_t mode, const char *data) {
  struct newc h = {.ino = 1,
                   .mode = mode,
                   .nlink = 1,
                   .name_size = (uint32_t)strlen(name) + 1,
                   .size = data ? (uint32_t)strlen(data) : 0};
  return made_raw(m, h, name, data);
}

static inline void made_trailer(struct made *m) { made_entry(m, NEWC_TRAILER, 0, NULL); }

#endif
