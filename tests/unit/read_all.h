/* tests/unit/read_all.h - an archive that a command writes, and everything that the reader says of it. */
#ifndef TESTS_UNIT_READ_ALL_H
#define TESTS_UNIT_READ_ALL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "formats/path.h"

enum { SEEN_MOST = 64, SEEN_ROOM = 1 << 20 };

struct seen_entry {
  struct entry e;
  char path[4097]; /* clean */
  char link[4097];
};

struct seen {
  uint8_t *bytes;
  uint64_t n, end; /* end: behind the archive */
  const char *name;
  unsigned entries;
  struct seen_entry *entry;
  struct flaw flaw;
};

/* What `command` writes to its output after `before`, in a shell. */
static inline void seen_pack(struct seen *s, const char *before, const char *command) {
  static char line[8192];
  *s = (struct seen){.bytes = malloc(SEEN_ROOM), .entry = malloc(SEEN_MOST * sizeof *s->entry)};
  snprintf(line, sizeof line, "%s %s", before, command);
  FILE *f = popen(line, "r");
  s->n = fread(s->bytes, 1, SEEN_ROOM, f);
  int rc = pclose(f);
  if (rc != 0 || s->n == 0 || s->n == SEEN_ROOM) fail_msg("%s: status %d, %u bytes", line, rc, (unsigned)s->n);
}

/* Reads all of it out of an exact copy, so that the sanitizer sees each byte beyond; the verdict. */
static inline int seen_read(struct seen *s) {
  uint8_t *copy = malloc(s->n + !s->n);
  memcpy(copy, s->bytes, s->n);
  struct stream in = stream_over(copy, s->n);
  struct archive a;
  struct entry e;
  const uint8_t *data;
  int rc = archive_open(&a, &in, 0);
  s->name = rc == 0 ? archive_name(&a) : NULL;
  s->entries = 0;
  while (rc == 0 && (rc = archive_next(&a, &e)) == 1) {
    if (s->entries == SEEN_MOST) fail_msg("more than %d entries", SEEN_MOST);
    struct seen_entry *to = &s->entry[s->entries++];
    if (path_clean(e.name, e.name_len, to->path, sizeof to->path) < 0) fail_msg("a name that is not safe");
    snprintf(to->link, sizeof to->link, "%.*s", (int)(e.link ? e.link_len : 0), e.link ? e.link : "");
    rc = archive_data(&a, &e, &data);
    to->e = e;
  }
  s->end = a.at;
  s->flaw = a.flaw;
  free(copy);
  return rc;
}

static inline const struct seen_entry *seen_find(const struct seen *s, const char *path) {
  for (unsigned i = 0; i < s->entries; i++)
    if (strcmp(s->entry[i].path, path) == 0) return &s->entry[i];
  fail_msg("no entry %s", path);
  return NULL;
}

static inline void seen_close(struct seen *s) {
  free(s->bytes);
  free(s->entry);
}

#endif
