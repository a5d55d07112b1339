/* mkimage/view/canon.c - the canonical form of a tree: fields that end in NUL.
 *
 * No field holds a NUL but the last of an entry, which is empty, so that two
 * different trees never give the same bytes.
 */
#include "mkimage/view/canon.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "mkimage/lib/progress.h"

enum { CANON_PIECE = 256 << 10 };

/* One digest under way. */
struct canon_run {
  const struct canon *how;
  const struct say *say;
  const struct view *v;
  struct digest d;
  uint8_t piece[CANON_PIECE]; /* of a content */
};

static void canon_text(struct digest *d, const char *text) { digest_add(d, text, strlen(text) + 1); }

static void canon_field(struct digest *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void canon_field(struct digest *d, const char *format, ...) {
  char text[2 * DIGEST_BYTES + 1];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  canon_text(d, text);
}

static int canon_pieces(struct canon_run *c, struct digest *content, struct view_file *f) {
  for (size_t got;;) {
    int status = view_file_read(f, c->piece, sizeof c->piece, &got);
    if (status != EXIT_DONE || got == 0) return status;
    digest_add(content, c->piece, got);
    progress_add(c->say, got);
  }
}

/* The SHA-256 of a file, in hexadecimal digits. */
static int canon_content(struct canon_run *c, const struct view_entry *e) {
  uint8_t sum[DIGEST_BYTES];
  char hex[2 * DIGEST_BYTES + 1];
  struct digest content;
  struct view_file f;
  digest_start(&content, DIGEST_SHA256);
  view_file_open(&f, c->say, c->v, e);
  int status = canon_pieces(c, &content, &f);
  digest_final(&content, sum);
  show_hex(sum, sizeof sum, hex);
  canon_text(&c->d, hex);
  return status;
}

/* Name and value of each; values may hold any byte. */
static void canon_attrs(struct digest *d, const struct view_entry *e) {
  for (const struct attr *x = e->attrs; x != NULL; x = x->next) {
    uint8_t sum[DIGEST_BYTES];
    char hex[2 * DIGEST_BYTES + 1];
    digest_over(DIGEST_SHA256, x->value, x->size, sum);
    show_hex(sum, sizeof sum, hex);
    canon_text(d, x->name);
    canon_text(d, hex);
  }
}

static int canon_entry(struct canon_run *c, size_t i) {
  const struct view_entry *e = &c->v->entry[i];
  struct digest *d = &c->d;
  uint32_t type = e->mode & MODE_TYPE;
  int status = EXIT_DONE;
  canon_text(d, e->path);
  if (e->first != i) { /* another name of what has been digested */
    canon_text(d, "link");
    canon_text(d, c->v->entry[e->first].path);
    canon_text(d, "");
    return EXIT_DONE;
  }
  canon_text(d, show_type(e->mode));
  canon_field(d, "%04o", e->mode & MODE_BITS);
  if (!c->how->no_owner) canon_field(d, "%u:%u", e->uid, e->gid);
  if (!c->how->no_mtime) canon_field(d, "%" PRId64, e->mtime);
  if (type == MODE_FILE) status = canon_content(c, e);
  if (type == MODE_LINK) canon_text(d, e->target);
  if (type == MODE_CHR || type == MODE_BLK) canon_field(d, "%u:%u", e->rdev_major, e->rdev_minor);
  canon_attrs(d, e);
  canon_text(d, "");
  return status;
}

static uint64_t canon_bytes(const struct view *v) {
  uint64_t n = 0;
  for (size_t i = 0; i < v->entries; i++)
    if (v->entry[i].first == i && (v->entry[i].mode & MODE_TYPE) == MODE_FILE) n += v->entry[i].size;
  return n;
}

int canon_digest(const struct canon *how, const struct say *say, const struct view *v, uint8_t out[DIGEST_BYTES]) {
  struct canon_run *c = aligned_alloc(_Alignof(struct canon_run), sizeof *c);
  int status = EXIT_DONE;
  if (c == NULL) return say_error(say, EXIT_USAGE, "no memory to read files");
  c->how = how, c->say = say, c->v = v;
  digest_start(&c->d, DIGEST_SHA256);
  canon_text(&c->d, "taproot tree 1");
  if (how->no_owner) canon_text(&c->d, "no owner");
  if (how->no_mtime) canon_text(&c->d, "no mtime");
  canon_text(&c->d, "");
  progress_start(say, "hashing", canon_bytes(v));
  for (size_t i = 0; status == EXIT_DONE && i < v->entries; i++) status = canon_entry(c, i);
  progress_end(say);
  digest_final(&c->d, out);
  free(c);
  return status;
}
