/* formats/manifest.c - records of the manifest, checked once, then walked.
 *
 * Floor 0.  mkimage writes it from app.cfg, the machine reads what to run.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/manifest.h"

enum { MAGIC_LENGTH = 8, RECORD_HEADER = 8, ALIGN = 8, OPTIONAL = 0x8000 };

#define MANIFEST_CASE(tag, number, meaning) case number:
static bool tag_known(uint16_t tag) {
  switch (tag) {
    MANIFEST_TAGS(MANIFEST_CASE)
    return true;
  default:
    return false;
  }
}
#undef MANIFEST_CASE

size_t manifest_record_bytes(size_t n) { return (size_t)bytes_round_up(RECORD_HEADER + n, ALIGN); }

/* What a record may hold, by its tag; NULL or what is wrong. */
static const char *value_fault(const struct manifest_record *r) {
  if (r->tag == MANIFEST_MEMORY) return r->length == 8 ? NULL : "the manifest's memory is not a number of 8 bytes";
  if (r->tag >= OPTIONAL) return NULL;
  return memchr(r->bytes, 0, r->length) ? "a NUL byte inside a text of the manifest" : NULL;
}

/* A second record of a tag that does not repeat. */
static bool repeated(const struct manifest_record *r, uint32_t *seen) {
  if (r->tag >= OPTIONAL || r->tag == MANIFEST_ARG || r->tag == MANIFEST_ENV) return false;
  uint32_t bit = UINT32_C(1) << r->tag;
  bool was = (*seen & bit) != 0;
  *seen |= bit;
  return was;
}

static int check_record(struct cursor *c, const uint8_t *section, uint32_t *seen, struct flaw *flaw) {
  uint64_t at = (uint64_t)(c->at - section);
  const uint8_t *head = cursor_take(c, RECORD_HEADER);
  if (head == NULL) return flaw_set_stored(flaw, ERR_CUT, at, "the manifest ends inside a record");
  struct manifest_record r = {.tag = bytes_le16(head), .length = bytes_le32(head + 4)};
  if (bytes_le16(head + 2) != 0) return flaw_set_stored(flaw, ERR_JUNK, at + 2, "a manifest record's zero is not zero");
  if (!tag_known(r.tag) && r.tag < OPTIONAL) {
    flaw_set_stored(flaw, ERR_VERSION, at, "the manifest has a record that this build does not know: tag");
    flaw_number(flaw, r.tag);
    return flaw->code;
  }
  r.bytes = cursor_take(c, r.length);
  size_t padding = manifest_record_bytes(r.length) - RECORD_HEADER - r.length;
  const uint8_t *pad = r.bytes ? cursor_take(c, padding) : NULL;
  if (pad == NULL) return flaw_set_stored(flaw, ERR_CUT, at, "a manifest record reaches past the manifest's end");
  if (!bytes_are_zero(pad, padding)) return flaw_set_stored(flaw, ERR_JUNK, at, "padding in the manifest is not zero");
  const char *fault = repeated(&r, seen) ? "a manifest record stands there twice" : value_fault(&r);
  return fault ? flaw_set_stored(flaw, ERR_LAYOUT, at, fault) : 0;
}

int manifest_open(struct cursor *records, const uint8_t *section, uint64_t n, struct flaw *flaw) {
  uint32_t seen = 0;
  int rc = 0;
  if (n < MANIFEST_HEADER || memcmp(section, MANIFEST_MAGIC, MAGIC_LENGTH) != 0)
    return flaw_set_stored(flaw, ERR_MAGIC, 0, "there is no manifest");
  uint32_t version = bytes_le32(section + 8), used = bytes_le32(section + 12);
  if (version != MANIFEST_VERSION) {
    flaw_set_stored(flaw, ERR_VERSION, 8, "this build reads manifest version 1; this manifest has version");
    flaw_number(flaw, version);
    return flaw->code;
  }
  if (used < MANIFEST_HEADER || used > n)
    return flaw_set_stored(flaw, ERR_SIZE, 12, "the manifest's length is not one that it can have");
  size_t padding = bytes_first_nonzero(section + used, n - used);
  if (padding != n - used)
    return flaw_set_stored(flaw, ERR_JUNK, used + padding, "a byte behind the manifest is not zero");
  *records = cursor_over(section + MANIFEST_HEADER, used - MANIFEST_HEADER);
  for (struct cursor c = *records; rc == 0 && cursor_left(&c) > 0;) rc = check_record(&c, section, &seen, flaw);
  return rc;
}

int manifest_next(struct cursor *records, struct manifest_record *r) {
  const uint8_t *head = cursor_take(records, RECORD_HEADER);
  if (head == NULL) return 0;
  r->tag = bytes_le16(head);
  r->length = bytes_le32(head + 4);
  r->bytes = cursor_take(records, manifest_record_bytes(r->length) - RECORD_HEADER);
  return r->bytes != NULL;
}

bool manifest_find(struct cursor records, enum manifest_tag tag, struct manifest_record *r) {
  while (manifest_next(&records, r))
    if (r->tag == tag) return true;
  return false;
}

int manifest_begin(struct manifest_writer *w, uint8_t *out, size_t room) {
  *w = (struct manifest_writer){.out = out, .room = room};
  if (room < MANIFEST_HEADER) return ERR_NOSPC;
  memset(out, 0, MANIFEST_HEADER);
  memcpy(out, MANIFEST_MAGIC, MAGIC_LENGTH);
  bytes_put_le32(out + 8, MANIFEST_VERSION);
  w->used = MANIFEST_HEADER;
  return 0;
}

int manifest_add(struct manifest_writer *w, enum manifest_tag tag, const void *bytes, size_t n) {
  size_t left = w->room - w->used;
  if (n > left || left - n < manifest_record_bytes(n) - n) return ERR_NOSPC;
  uint8_t *p = w->out + w->used;
  memset(p, 0, manifest_record_bytes(n));
  bytes_put_le16(p, (uint16_t)tag);
  bytes_put_le32(p + 4, (uint32_t)n);
  if (n > 0) memcpy(p + RECORD_HEADER, bytes, n);
  w->used += manifest_record_bytes(n);
  return 0;
}

int manifest_close(struct manifest_writer *w) {
  uint64_t size = bytes_round_up(w->used, LIMIT_PAGE);
  if (size > w->room || size > INT32_MAX) return ERR_NOSPC;
  memset(w->out + w->used, 0, size - w->used);
  bytes_put_le32(w->out + 12, (uint32_t)w->used);
  return (int)size;
}
