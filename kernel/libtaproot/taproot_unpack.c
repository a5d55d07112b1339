/* kernel/libtaproot/taproot_unpack.c - bytes of the embedder become the instance's tree.
 *
 * They are copied into its RAM, as a loader puts an initrd beside a kernel; from there on all goes as in the machine.
 */
#include <string.h>

#include "formats/elf.h"
#include "kernel/boot/section.h"
#include "taproot_inner.h"

/* Pages with one owner that hold a copy of the bytes; PHYS_NONE: no memory. */
static phys_t load(struct taproot *t, const void *bytes, size_t n, struct flaw *flaw) {
  size_t pages = n / PAGE + (n % PAGE != 0);
  phys_t at = pages > 0 ? pages_take(&t->pages, pages) : 0;
  if (at == PHYS_NONE) {
    flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "not enough memory to hold the input");
    flaw->wanted = n;
    flaw->left = pages_free(&t->pages);
    return at;
  }
  uint8_t *to = plat_direct(t->plat) + at;
  if (n > 0) memcpy(to, bytes, n);
  if (n % PAGE) memset(to + n, 0, PAGE - n % PAGE);
  return at;
}

void taproot_tell_flaw(const struct flaw *flaw, struct taproot_flaw *out) {
  if (!out) return;
  *out = (struct taproot_flaw){.code = flaw->code, .offset = flaw->offset, .stored_offset = flaw->packed};
  if (flaw->code) flaw_print(flaw, out->text, sizeof out->text);
}

static void tell_report(const struct unpack_report *r, struct taproot_report *out) {
  if (!out) return;
  *out = (struct taproot_report){.entries = r->entries,
                                 .archives = r->archives,
                                 .unpacked = r->unpacked,
                                 .stored = r->stored,
                                 .given_back = r->given_back,
                                 .adopted = r->adopted};
}

static int tell(const struct unpack_report *r, const struct flaw *flaw, struct taproot_report *report,
                struct taproot_flaw *out) {
  tell_report(r, report);
  taproot_tell_flaw(flaw, out);
  return flaw->code;
}

static struct fs *root_fs(struct taproot *t) { return vfs_root(&t->vfs)->fs; }

int taproot_unpack(struct taproot *t, const void *initrd, size_t n, struct taproot_report *report,
                   struct taproot_flaw *out) {
  struct unpack_report r = {0};
  struct flaw flaw = {0};
  phys_t at = load(t, initrd, n, &flaw);
  if (at != PHYS_NONE) {
    const struct unpack_input in = {.at = at, .bytes = n, .owned = true, .give_back = true};
    unpack(root_fs(t), t->plat, &t->heap, &in, &r, &flaw);
  }
  return tell(&r, &flaw, report, out);
}

int taproot_payload(const uint8_t *image, size_t n, struct elf_segment *payload, uint64_t *base, struct flaw *flaw) {
  struct elf e;
  int rc = elf_open(&e, image, n, n, flaw);
  if (rc < 0) return rc;
  bool found = false;
  for (unsigned i = 0; i < e.phnum; i++) {
    struct elf_segment s;
    if ((rc = elf_segment(&e, i, &s)) < 0)
      return flaw_set(flaw, rc, FLAW_NOWHERE, "a segment of the image reaches past its end");
    if (s.type != ELF_PT_LOAD) continue;
    if (!found) *base = s.paddr;
    *payload = s;
    found = true;
  }
  if (!found) return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "an ELF file without a segment to load");
  return payload->filesz > 0 ? 0 : flaw_set(flaw, ERR_NOENT, FLAW_NOWHERE, "the image carries no archive");
}

/* The payload lies at `at`; whatever happens, its pages go back. */
static void unpack_payload(struct taproot *t, phys_t at, uint64_t n, struct unpack_report *r, struct flaw *flaw) {
  struct section s;
  int rc = section_find(&s, plat_direct(t->plat) + at, n, flaw);
  if (rc == ERR_NOENT) flaw_set(flaw, rc, FLAW_NOWHERE, "the image carries no archive");
  if (rc == 0) rc = section_open(&s, flaw);
  if (rc == 0) rc = section_check(&s, flaw);
  if (rc == 0) section_unpack(&s, root_fs(t), t->plat, &t->heap, at, true, r, flaw);
  section_release(&s, &t->pages, at, true, rc == 0);
}

int taproot_unpack_image(struct taproot *t, const void *image, size_t n, struct taproot_report *report,
                         struct taproot_flaw *out) {
  struct unpack_report r = {0};
  struct flaw flaw = {0};
  struct elf_segment payload = {0};
  uint64_t base;
  if (taproot_payload(image, n, &payload, &base, &flaw) == 0) {
    phys_t at = load(t, (const uint8_t *)image + payload.offset, payload.filesz, &flaw);
    if (at != PHYS_NONE) unpack_payload(t, at, payload.filesz, &r, &flaw);
  }
  return tell(&r, &flaw, report, out);
}
