/* kernel/boot/root.c - stages that make / what the image holds: vfs root find check unpack release.
 *
 * The embedded section is checked whole before the first byte of an archive is read.  What the loader handed over
 * replaces it, or comes over it, or is refused: as the manifest says.  At the end no byte of either is busy any more.
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

/* Is this what the manifest says of an archive that the loader hands over? */
static bool external_is(struct boot *b, const char *what) {
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  if (!b->section.manifest || manifest_open(&records, b->section.manifest, b->section.manifest_bytes, &flaw) < 0)
    return false;
  bool said = manifest_find(records, MANIFEST_EXTERNAL, &r);
  return said && r.length == strlen(what) && memcmp(r.bytes, what, r.length) == 0;
}

int boot_find(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  struct flaw flaw = {0};
  int code = section_find(&b->section, in_ram(b, b->payload.at), b->payload.bytes, &flaw);
  if (code < 0 && code != ERR_NOENT) return boot_flaw(b, &flaw);
  b->external = m->module_count > 0;
  b->embedded = !b->external || external_is(b, "overlay");
  if (b->external && external_is(b, "refuse"))
    return boot_why(b, ERR_PERM, "the image refuses an external archive, and the loader gave one");
  if (b->embedded && b->section.manifest) boot_detail(b, "embedded, %lu bytes", b->payload.bytes);
  if (b->external)
    boot_detail(b, "external archive, %lu bytes", m->module[0].bytes);
  else if (!b->section.manifest)
    boot_detail(b, "no archive: / is empty");
  return 0;
}

/* The header's digest covers the manifest, so it is checked even when the archives are not used. */
int boot_check(struct boot *b) {
  struct section *s = &b->section;
  struct flaw flaw = {0};
  if (b->external) boot_detail(b, "external archive has no digest of ours");
  if (!s->manifest) return 0;
  if (section_open(s, &flaw) < 0) return boot_flaw(b, &flaw);
  if (!b->embedded) return 0;
  if (section_check(s, &flaw) < 0) return boot_flaw(b, &flaw);
  for (unsigned i = 0; i < s->header.archives; i++) boot_detail(b, "%s", digest_name(s->header.archive[i].check));
  return 0;
}

/* Over what is embedded, or over nothing. */
static int unpack_external(struct boot *b, struct flaw *flaw) {
  const struct range *module = plat_machine(b->plat)->module;
  const struct unpack_input in = {.at = module[0].at, .bytes = module[0].bytes, .give_back = true};
  struct unpack_report report;
  if (in.bytes == 0) return 0;
  int code = unpack(b->fs, b->plat, &b->heap, &in, &report, flaw);
  unpack_report_add(&b->report, &report);
  return code;
}

int boot_unpack(struct boot *b) {
  struct flaw flaw = {0};
  int code = 0;
  if (b->embedded)
    code = section_unpack(&b->section, b->fs, b->plat, &b->heap, b->payload.at, false, &b->report, &flaw);
  if (code == 0 && b->external) code = unpack_external(b, &flaw);
  if (code < 0) return boot_flaw(b, &flaw);
  boot_detail(b, "%lu entries, %lu bytes of %lu stored", b->report.entries, b->report.unpacked, b->report.stored);
  return 0;
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
  int64_t n = section_release(&b->section, &b->pages, b->payload.at, false, b->embedded);
  assert(n >= 0);
  b->accepted += (uint64_t)n;
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
