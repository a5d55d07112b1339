/* kernel/boot/left.c - after the program's end: what it left in / goes to the port of `save=`, as a cpio archive.
 *
 * A byte of a debug console costs whoever runs the machine a system call.  With the word `ram` the archive's own bytes
 * take that way alone, and the contents of files are told by where they lie.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/path.h"
#include "kernel/boot/boot.h"
#include "kernel/boot/save.h"

/* With the word `ram`, whoever listens can look into the machine's memory: pieces come as 'b' length bytes, 'z' length
 * (zeros), 'm' length and physical address; numbers of eight bytes, little-endian. */
static void left_piece(struct boot *b, char kind, uint64_t n) {
  uint8_t head[9] = {(uint8_t)kind};
  bytes_put_le64(head + 1, n);
  plat_write(b->plat, PLAT_SAVE, head, sizeof head);
}

static void left_put(void *owner, const void *bytes, size_t n) {
  struct boot *b = owner;
  if (b->words.ram) left_piece(b, 'b', n);
  plat_write(b->plat, PLAT_SAVE, bytes, n);
}

/* A file's bytes lie in memory that is visible directly, or in a window. */
static phys_t left_phys(struct boot *b, const uint8_t *at) {
  const struct machine *m = plat_machine(b->plat);
  uintptr_t address = (uintptr_t)at, direct = address - (uintptr_t)plat_direct(b->plat);
  for (unsigned i = 0; i < m->ram_count; i++)
    if (direct >= m->ram[i].at && direct - m->ram[i].at < m->ram[i].bytes) return direct;
  return plat_frame(b->plat, NULL, address) + address % PAGE;
}

static void left_zeros(struct boot *b, uint64_t n) {
  static const uint8_t zeros[64];
  if (b->words.ram) {
    left_piece(b, 'z', n);
    return;
  }
  for (uint64_t part; n > 0; n -= part) {
    part = n < sizeof zeros ? n : sizeof zeros;
    plat_write(b->plat, PLAT_SAVE, zeros, part);
  }
}

static void left_lend(void *owner, const uint8_t *bytes, uint64_t n) {
  struct boot *b = owner;
  uint8_t raw[8];
  if (!bytes || !b->words.ram) {
    bytes ? plat_write(b->plat, PLAT_SAVE, bytes, n) : left_zeros(b, n);
    return;
  }
  while (n > 0) { /* as far as the frames follow each other */
    phys_t from = left_phys(b, bytes);
    uint64_t part = PAGE - from % PAGE;
    while (part < n && left_phys(b, bytes + part) == from + part) part += PAGE;
    if (part > n) part = n;
    left_piece(b, 'm', part);
    bytes_put_le64(raw, from);
    plat_write(b->plat, PLAT_SAVE, raw, sizeof raw);
    bytes += part, n -= part;
  }
}

/* 'x' and a length: those of path and name in two bytes each, path, name, value; beside the archive. */
static bool left_attr(void *owner, const char *path, const char *name, size_t len, const uint8_t *value, uint64_t n) {
  struct boot *b = owner;
  uint8_t head[4];
  size_t path_len = strlen(path);
  if (!b->words.ram) return false;
  bytes_put_le16(head, (uint16_t)path_len);
  bytes_put_le16(head + 2, (uint16_t)len);
  left_piece(b, 'x', sizeof head + path_len + len + n);
  plat_write(b->plat, PLAT_SAVE, head, sizeof head);
  plat_write(b->plat, PLAT_SAVE, path, path_len);
  plat_write(b->plat, PLAT_SAVE, name, len);
  plat_write(b->plat, PLAT_SAVE, value, n);
  return true;
}

static void left_tell(void *owner, const char *path, const char *why) {
  char name[BOOT_SENTENCE / 2];
  path_print(path, strlen(path), name, sizeof name);
  boot_say(owner, "save: '/%s': %s", name, why);
}

static int is_other(void *owner, const struct fs_name *n) { return !devices_made(owner, n->name, n->len, n->inode); }

/* Nodes in /dev that the machine made, and /dev itself where it is of nobody else: the program did not leave them. */
static bool left_skip(void *owner, const char *path, const struct inode *i) {
  struct boot *b = owner;
  if (strncmp(path, "dev/", 4) == 0) return devices_made(b, path + 4, strlen(path + 4), i);
  return b->made_dev && strcmp(path, "dev") == 0 && inode_is(i, MODE_DIR) &&
         i->fs->ops->list((struct inode *)i, 0, is_other, b) == 0;
}

/* Each `keep=/path` of the boot line; without one, everything. */
static void left_paths(struct boot *b, struct save *s) {
  const char *line = plat_machine(b->plat)->line;
  char word[LIMIT_BOOT_LINE];
  bool any = false;
  int code;
  while ((code = line_next(&line, word, sizeof word)) != 0 && strcmp(word, "--") != 0) {
    if (code < 0 || strncmp(word, "keep=/", 6) != 0) continue;
    save_path(s, word + 5);
    any = true;
  }
  if (!any) save_path(s, "/");
}

void left_save(struct boot *b) {
  uint64_t start = plat_ticks(b->plat);
  struct save *s = b->words.save ? heap_take_zero(&b->heap, sizeof *s) : NULL;
  if (b->words.save && !s) boot_say(b, "save: nothing is saved: %s", err_sentence(ERR_NOMEM));
  if (!s) return;
  s->root = vfs_root(&b->vfs);
  s->put = left_put, s->lend = left_lend;
  s->tell = left_tell, s->skip = left_skip, s->attr = left_attr;
  s->owner = b;
  left_paths(b, s);
  save_end(s);
  if (!b->words.quiet)
    boot_say(b, "saved: %lu entries, %lu bytes, %lu left out, %lu instructions", s->entries, s->at, s->left_out,
             plat_ticks(b->plat) - start);
}
