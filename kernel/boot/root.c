/* kernel/boot/root.c - stages that make / what the image holds: vfs root find check unpack release.
 *
 * The embedded section is checked whole before the first byte of an archive is read.  What the loader handed over
 * replaces it (unless the manifest refuses that).  At the end no byte of either is busy any more.
 */
#include "kernel/boot/boot.h"

#include <assert.h>
#include <string.h>

#include "formats/bytes.h"
#include "kernel/ramfs/ramfs.h"

static int64_t wall_ns(void *owner) { return plat_wall_ns(((struct boot *)owner)->plat); }
static unsigned random_bytes(void *owner, void *bytes, size_t n) {
  return plat_random(((struct boot *)owner)->plat, bytes, n);
}

int boot_vfs(struct boot *b) {
  struct vfs_hooks hooks = {wall_ns, random_bytes, b};
  return vfs_start(&b->vfs, &b->heap, &hooks);
}

int boot_root(struct boot *b) {
  b->fs = ramfs_make(&b->heap, vfs_now(&b->vfs));
  return b->fs ? vfs_mount(&b->vfs, b->fs, NULL) : ERR_NOMEM;
}

static const uint8_t *in_ram(struct boot *b, phys_t at) { return pages_direct(plat_direct(b->plat), at); }

/* The manifest's size stands in its own header; the section of archives begins at the next page. */
static int find_manifest(struct boot *b) {
  const uint8_t *p = in_ram(b, b->payload.at);
  struct cursor records;
  struct flaw flaw = {0};
  uint64_t n;
  if (b->payload.bytes < LIMIT_PAGE || bytes_are_zero(p, LIMIT_PAGE)) return 0;
  n = bytes_round_up(bytes_le32(p + 12), LIMIT_PAGE);
  if (n > b->payload.bytes) n = b->payload.bytes;
  if (manifest_open(&records, p, n, &flaw) < 0) return boot_flaw(b, &flaw);
  b->manifest = p;
  b->manifest_bytes = n;
  return 0;
}

static bool refuses_external(struct boot *b) {
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  if (!b->manifest || manifest_open(&records, b->manifest, b->manifest_bytes, &flaw) < 0) return false;
  return manifest_find(records, MANIFEST_EXTERNAL, &r) && r.length == 6 && memcmp(r.bytes, "refuse", 6) == 0;
}

int boot_find(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  int code = find_manifest(b);
  if (code < 0) return code;
  b->external = m->module_count > 0;
  if (b->external && refuses_external(b))
    return boot_why(b, ERR_PERM, "the image refuses an external archive, and the loader gave one");
  if (b->external)
    boot_detail(b, "external archive, %lu bytes", m->module[0].bytes);
  else if (b->manifest)
    boot_detail(b, "embedded, %lu bytes", b->payload.bytes);
  else
    boot_detail(b, "no archive: / is empty");
  return 0;
}

/* The header's digest covers the manifest, so it is checked even when the archives are not used. */
int boot_check(struct boot *b) {
  struct flaw flaw = {0};
  const uint8_t *section = b->manifest + b->manifest_bytes;
  uint64_t bytes = b->payload.bytes - b->manifest_bytes;
  if (b->external) boot_detail(b, "external archive has no digest of ours");
  if (!b->manifest) return 0;
  if (initrd_decode(&b->initrd, section, bytes, b->manifest, b->manifest_bytes, &flaw) < 0) return boot_flaw(b, &flaw);
  if (b->external) return 0;
  for (unsigned i = 0; i < b->initrd.archives; i++) {
    if (initrd_check(&b->initrd, i, section, &flaw) < 0) return boot_flaw(b, &flaw);
    boot_detail(b, "%s", digest_name(b->initrd.archive[i].check));
  }
  return 0;
}

static void add_report(struct unpack_report *sum, const struct unpack_report *r) {
  sum->entries += r->entries;
  sum->unpacked += r->unpacked;
  sum->stored += r->stored;
  sum->given_back += r->given_back;
  sum->adopted += r->adopted;
  sum->archives += r->archives;
}

static int unpack_one(struct boot *b, phys_t at, uint64_t bytes, uint64_t unpacked) {
  struct unpack_input in = {.at = at, .bytes = bytes, .unpacked = unpacked, .give_back = true};
  struct unpack_report report = {0};
  struct flaw flaw = {0};
  int code = unpack(b->fs, b->plat, &b->heap, &in, &report, &flaw);
  add_report(&b->report, &report);
  return code < 0 ? boot_flaw(b, &flaw) : 0;
}

static phys_t section_at(struct boot *b) { return b->payload.at + b->manifest_bytes; }

static int unpack_embedded(struct boot *b) {
  int code = 0;
  for (unsigned i = 0; code == 0 && i < b->initrd.archives; i++) {
    const struct initrd_archive *a = &b->initrd.archive[i];
    code = unpack_one(b, section_at(b) + a->offset, a->stored, a->unpacked);
  }
  return code;
}

int boot_unpack(struct boot *b) {
  const struct range *module = plat_machine(b->plat)->module;
  int code = 0;
  if (b->external && module[0].bytes)
    code = unpack_one(b, module[0].at, module[0].bytes, 0);
  else if (!b->external)
    code = unpack_embedded(b);
  if (code == 0)
    boot_detail(b, "%lu entries, %lu bytes of %lu stored", b->report.entries, b->report.unpacked, b->report.stored);
  return code;
}

/* Whole pages from `at` to `end` that were busy until now. */
static void accept(struct boot *b, phys_t at, phys_t end) {
  int64_t n = 0;
  end = bytes_round_up(end, PAGE);
  if (at < end) n = pages_accept(&b->pages, at, end - at);
  assert(n >= 0);
  b->accepted += (uint64_t)n;
}

static void accept_payload(struct boot *b) {
  phys_t at = b->payload.at, end = at + b->payload.bytes;
  for (unsigned i = 0; !b->external && i < b->initrd.archives; i++) { /* those went back while they were read */
    const struct initrd_archive *a = &b->initrd.archive[i];
    accept(b, at, section_at(b) + a->offset);
    at = bytes_round_up(section_at(b) + a->offset + a->stored, PAGE);
  }
  accept(b, at, end);
}

int boot_release(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  int code = command_read(b);
  if (code < 0) return code;
  accept_payload(b);
  for (unsigned i = 1; i < m->module_count; i++) accept(b, m->module[i].at, m->module[i].at + m->module[i].bytes);
  boot_detail(b, "%lu bytes given back, %lu bytes now files, %lu bytes free", b->report.given_back + b->accepted,
              b->report.adopted, pages_free(&b->pages));
  return 0;
}
