/* tests/fuzz/unpack.c - any bytes as an initrd: unpacked, or refused with a sentence; the records stay sound.
 *
 * The whole path at once: sniffing, decoders, archive reader, path rules, inodes, arena, the way back.
 */
#include <stdlib.h>
#include <string.h>

#include "taproot.h"

/* Walks what came out, a level for each call; names are safe, every byte of every file can be read. */
struct level {
  struct taproot *t;
  taproot_ino dir;
  unsigned depth;
};

enum { DEPTH = 300, MOST = 32 << 20 };

static void read_all(struct taproot *t, taproot_ino i, uint64_t size) {
  char bytes[4096];
  uint64_t at = 0;
  for (ssize_t n; at < MOST && (n = taproot_iread(t, i, bytes, sizeof bytes, at)) > 0;) at += (uint64_t)n;
  if (at != size && at < MOST) abort(); /* a sparse file may say that it has any size */
}

/* Whatever names came, they can be listed and each has its value. */
static void read_attributes(struct taproot *t, taproot_ino i) {
  static char names[1 << 20], value[1 << 16];
  ssize_t n = taproot_ilistxattr(t, i, names, sizeof names);
  if (n < 0 || n > 1 << 16) abort();
  for (const char *name = names; name < names + n; name += strlen(name) + 1) {
    ssize_t size = taproot_igetxattr(t, i, name, value, sizeof value);
    if (size < 0 && strncmp(name, "user.", 5) != 0 && name[strlen(name) - 1] != '.') abort();
  }
}

static int visit(void *arg, const struct taproot_dirent *d) {
  const struct level *l = arg;
  struct level below = {.t = l->t, .depth = l->depth + 1};
  struct taproot_stat st;
  char target[4096];
  if (d->len == 0 || strlen(d->name) != d->len || strchr(d->name, '/')) abort();
  if (strcmp(d->name, ".") == 0 || strcmp(d->name, "..") == 0) abort();
  if (taproot_lookup(l->t, l->dir, d->name, &below.dir) != 0) abort();
  if (taproot_istat(l->t, below.dir, &st) != 0 || st.ino != d->ino || st.nlink == 0) abort();
  if ((st.mode & 0170000) == 0040000 && below.depth < DEPTH) taproot_ilist(l->t, below.dir, visit, &below);
  read_attributes(l->t, below.dir);
  if ((st.mode & 0170000) == 0100000) read_all(l->t, below.dir, st.size);
  if ((st.mode & 0170000) == 0120000 && taproot_ireadlink(l->t, below.dir, target, sizeof target) != (int)st.size)
    abort();
  taproot_forget(l->t, below.dir, 1);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct taproot_options options = {.memory = 16 << 20, .now_ns = 0};
  struct taproot_flaw flaw = {0};
  struct taproot_memory before, after;
  struct taproot *t = taproot_start(&options);
  if (!t) return 0;
  taproot_memory(t, &before);
  int rc = taproot_unpack(t, bytes, n, NULL, &flaw);
  taproot_memory(t, &after);
  if (rc < 0 && (flaw.code != rc || !flaw.text[0])) abort(); /* no failure without its sentence */
  struct level top = {.t = t, .dir = taproot_root(t)};
  taproot_ilist(t, top.dir, visit, &top);
  if (taproot_check(t) != NULL) abort();
  if (after.total != before.total || after.most_used > after.total) abort();
  taproot_stop(t);
  return 0;
}
