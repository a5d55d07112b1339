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

/* The manifest tells its own length. */
int section_find(struct section *s, const uint8_t *payload, uint64_t bytes, struct flaw *flaw) {
  struct cursor records;
  memset(s, 0, sizeof *s);
  s->bytes = bytes_round_up(bytes, LIMIT_PAGE);
  if (bytes == 0) return ERR_NOENT;
  if (bytes < 2 * LIMIT_PAGE) return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the image's payload is too short");
  if (bytes_are_zero(payload, 2 * LIMIT_PAGE)) return ERR_NOENT;
  uint64_t n = bytes_round_up(bytes_le32(payload + 12), LIMIT_PAGE);
  if (n > bytes - LIMIT_PAGE) n = bytes - LIMIT_PAGE;
  int rc = manifest_open(&records, payload, n, flaw);
  if (rc < 0) return rc;
  s->manifest = payload;
  s->manifest_bytes = n;
  s->initrd = payload + n;
  return 0;
}

int section_open(struct section *s, struct flaw *flaw) {
  uint64_t there = s->bytes - s->manifest_bytes;
  int rc = initrd_decode(&s->header, s->initrd, there, s->manifest, s->manifest_bytes, flaw);
  if (rc < 0) s->header.archives = 0; /* nothing of it may be acted on */
  return rc;
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

static int unpack_one(const struct section *s, uint32_t i, struct fs *fs, struct plat *plat, struct heap *heap,
                      const struct unpack_input *in, struct unpack_report *report, struct flaw *flaw) {
  const struct initrd_archive *a = &s->header.archive[i];
  struct unpack_report one;
  int rc = unpack(fs, plat, heap, in, &one, flaw);
  unpack_report_add(report, &one);
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
