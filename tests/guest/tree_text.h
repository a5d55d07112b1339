/* tests/guest/tree_text.h - a tree as text, one line a name: what tests/cases/good/NAME.tree holds.
 *
 * Written by tests/unit/cases.c from what libtaproot says and by tests/guest/tree.c from what the machine's calls say.
 */
#ifndef TESTS_GUEST_TREE_TEXT_H
#define TESTS_GUEST_TREE_TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { TREE_ROOM = 8 << 20, TREE_MOST = 64 << 10, TREE_FIRST = 64 /* bytes of a content that are shown */ };

struct tree_text {
  char text[TREE_ROOM];
  size_t n;
};

struct tree_line {
  const char *path;
  uint32_t mode, uid, gid, rdev_major, rdev_minor;
  uint64_t nlink, size;
  int64_t mtime;
  char first[TREE_FIRST]; /* of a file's bytes or a symlink's target */
  size_t have;
};

static inline void tree_put(struct tree_text *t, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  for (size_t i = 0; i < n && t->n < TREE_ROOM - 8; i++)
    if (p[i] > ' ' && p[i] < 0x7f && p[i] != '\\')
      t->text[t->n++] = (char)p[i];
    else
      t->n += (size_t)sprintf(t->text + t->n, "\\x%02x", p[i]);
}

static inline void tree_say(struct tree_text *t, const char *text) {
  size_t n = strlen(text);
  if (t->n + n < TREE_ROOM) memcpy(t->text + t->n, text, n), t->n += n;
}

/* Path, mode, owner, links, time, then the size and first bytes, the target, or the device.  Attributes and a newline
 * go behind it. */
static inline void tree_add(struct tree_text *t, const struct tree_line *e) {
  char numbers[128];
  tree_put(t, e->path, strlen(e->path));
  snprintf(numbers, sizeof numbers, " %o %u:%u nlink %u mtime %lld", e->mode, e->uid, e->gid, (unsigned)e->nlink,
           S_ISDIR(e->mode) ? 0 : (long long)e->mtime);
  tree_say(t, numbers);
  if (S_ISREG(e->mode)) snprintf(numbers, sizeof numbers, " %llu%s", (unsigned long long)e->size, e->size ? " " : "");
  if (S_ISLNK(e->mode)) strcpy(numbers, " ");
  if (S_ISCHR(e->mode) || S_ISBLK(e->mode)) snprintf(numbers, sizeof numbers, " %u,%u", e->rdev_major, e->rdev_minor);
  if (S_ISREG(e->mode) || S_ISLNK(e->mode) || S_ISCHR(e->mode) || S_ISBLK(e->mode)) tree_say(t, numbers);
  tree_put(t, e->first, e->have);
}

static inline void tree_attribute(struct tree_text *t, const char *name, const void *value, size_t size) {
  char length[32];
  tree_say(t, " ");
  tree_put(t, name, strlen(name));
  snprintf(length, sizeof length, "[%zu]", size);
  tree_say(t, length);
  tree_put(t, value, size < TREE_FIRST ? size : TREE_FIRST);
}

/* A text too long to keep beside its case becomes its number of lines and a digest (FNV-1a). */
static inline void tree_end(struct tree_text *t) {
  uint64_t digest = UINT64_C(0xcbf29ce484222325), lines = 0;
  for (size_t i = 0; i < t->n; i++) {
    digest = (digest ^ (unsigned char)t->text[i]) * UINT64_C(0x100000001b3);
    lines += t->text[i] == '\n';
  }
  if (t->n > TREE_MOST)
    t->n =
        (size_t)sprintf(t->text, "%llu lines, digest %016llx\n", (unsigned long long)lines, (unsigned long long)digest);
  t->text[t->n] = 0;
}

#endif
