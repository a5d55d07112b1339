/* kernel/boot/section.c - the payload of an image, from its first byte to its last page.
 *
 * What the header says was covered by its digest before anything acts on it; the archives lie page by page, so that the
 * unpacker can let go of each on its own.
 */
#include "kernel/boot/section.h"

#include <assert.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/manifest.h"

/* The manifest tells its own length; zeros instead of one: a placeholder of one page. */
static int find_manifest(struct section *s, const uint8_t *payload, uint64_t bytes, struct flaw *flaw) {
  if (bytes < 2 * LIMIT_PAGE) return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the image's payload is too short");
  s->manifest = payload;
  s->manifest_bytes = LIMIT_PAGE;
  if (bytes_are_zero(payload, MANIFEST_HEADER)) return ERR_NOENT;
  if (memcmp(payload, MANIFEST_MAGIC, sizeof MANIFEST_MAGIC - 1) != 0)
    return flaw_set(flaw, ERR_MAGIC, FLAW_NOWHERE, "no manifest begins the image's payload");
  s->manifest_bytes = bytes_round_up(bytes_le32(payload + 12), LIMIT_PAGE);
  if (s->manifest_bytes == 0 || s->manifest_bytes > bytes - LIMIT_PAGE)
    return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "the manifest leaves no room for the initrd section");
  return 0;
}

int section_open(struct section *s, const uint8_t *payload, uint64_t bytes, struct flaw *flaw) {
  memset(s, 0, sizeof *s);
  s->bytes = bytes_round_up(bytes, LIMIT_PAGE);
  int rc = find_manifest(s, payload, bytes, flaw);
  s->initrd = payload + s->manifest_bytes;
  if (rc < 0 && rc != ERR_NOENT) return rc;
  if (bytes_are_zero(s->initrd, sizeof INITRD_MAGIC - 1)) return ERR_NOENT;
  return initrd_decode(&s->header, s->initrd, bytes - s->manifest_bytes, s->manifest, s->manifest_bytes, flaw);
}

int section_check(const struct section *s, struct flaw *flaw) {
  int rc = 0;
  for (uint32_t i = 0; i < s->header.archives && rc == 0; i++) rc = initrd_check(&s->header, i, s->initrd, flaw);
  return rc;
}

static int64_t give_back(struct pages *ps, phys_t at, uint64_t bytes, bool owned) {
  if (!owned) return pages_accept(ps, at, bytes);
  int rc = pages_give(ps, at, (size_t)(bytes / PAGE));
  assert(rc == 0 && "the payload's pages are not what they should be");
  return rc < 0 ? rc : (int64_t)bytes;
}

static void add_report(struct unpack_report *sum, const struct unpack_report *r) {
  sum->entries += r->entries;
  sum->unpacked += r->unpacked;
  sum->stored += r->stored;
  sum->given_back += r->given_back;
  sum->adopted += r->adopted;
  sum->archives += r->archives;
}

static int unpack_one(const struct section *s, uint32_t i, struct fs *fs, struct plat *plat, struct heap *heap,
                      const struct unpack_input *in, struct unpack_report *report, struct flaw *flaw) {
  const struct initrd_archive *a = &s->header.archive[i];
  struct unpack_report one;
  int rc = unpack(fs, plat, heap, in, &one, flaw);
  add_report(report, &one);
  if (rc < 0 && flaw->packed != FLAW_NOWHERE) flaw->packed += a->offset;
  if (rc == 0 && one.entries != a->entries)
    return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "the archive has another number of entries than its header tells");
  return rc;
}

int section_unpack(const struct section *s, struct fs *fs, struct plat *plat, struct heap *heap, phys_t at, bool owned,
                   struct unpack_report *report, struct flaw *flaw) {
  int rc = 0;
  memset(report, 0, sizeof *report);
  for (uint32_t i = 0; i < s->header.archives; i++) {
    const struct initrd_archive *a = &s->header.archive[i];
    struct unpack_input in = {.at = at + s->manifest_bytes + a->offset, .bytes = a->stored, .owned = owned};
    in.unpacked = a->unpacked;
    in.give_back = true;
    if (rc == 0)
      rc = unpack_one(s, i, fs, plat, heap, &in, report, flaw);
    else
      give_back(heap_pages(heap), in.at, bytes_round_up(in.bytes, PAGE), owned);
  }
  return rc;
}

/* The last archive ends at the section's end; pages behind it are the payload's all the same. */
int64_t section_release(const struct section *s, struct pages *ps, phys_t at, bool owned, bool unpacked) {
  uint64_t head = s->bytes, tail = s->bytes;
  if (unpacked && s->header.archives > 0) {
    const struct initrd_archive *last = &s->header.archive[s->header.archives - 1];
    head = s->manifest_bytes + s->header.header_bytes;
    tail = s->manifest_bytes + bytes_round_up(last->offset + last->stored, PAGE);
  }
  int64_t back = give_back(ps, at, head, owned);
  int64_t rest = tail < s->bytes && back >= 0 ? give_back(ps, at + tail, s->bytes - tail, owned) : 0;
  return rest < 0 ? rest : back + rest;
}
