/* kernel/libtaproot/taproot_need.c - the memory that an image needs: found by unpacking it.
 *
 * A machine is laid out as the loader lays out the real one: firmware's hole below 1 MiB, kernel, payload.  RAM ends
 * with the payload's last page; each time that something would fail for want of a page, a little more is plugged in
 * behind it.  So most choices between speed and thrift fall as in a machine whose memory is just enough, and
 * where RAM ends at last is what that machine needs.  A decoder that asks for more room than it uses (a whole block of
 * lz4) is given it here and goes without in a smaller machine: so a smaller one is tried, too.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/manifest.h"
#include "kernel/boot/section.h"
#include "taproot_inner.h"

enum {
  NEED_LOW = 0x9f000, /* where RAM below 1 MiB ends on every board of QEMU */
  NEED_HIGH = 1 << 20,
  NEED_STEP = 2 * PAGE,    /* QEMU rounds -m to 8 KiB */
  NEED_HEAD = 4096,        /* of the program's file, with its program headers */
  NEED_START = 32,         /* pages: the process' records, its page tables, its first stack */
  NEED_BSS = 64 * 1024,    /* of a program's zeros it is taken to touch as much at once */
  NEED_NEAR = 64,          /* what is found is at most this part too much */
  NEED_SPARE = 64 << 20,   /* RAM that may be plugged in, beside what the archive's size makes likely */
  NEED_PER_ENTRY = 1 << 10 /* likewise */
};
#define NEED_MOST ((uint64_t)1 << 40)

struct need {
  struct taproot *t;
  struct range kernel, payload;
  struct range future; /* RAM that is not plugged in yet */
  struct frames frames;
};

/* A zone's record may want more than one step. */
static bool plug_in(struct pages *ps) {
  struct taproot *t = (struct taproot *)((uint8_t *)ps - offsetof(struct taproot, pages));
  struct range *future = t->future;
  for (uint64_t n = NEED_STEP; n <= future->bytes; n += NEED_STEP) {
    int64_t got = pages_accept(ps, future->at, n);
    if (got < 0 && got != ERR_NOMEM) return false;
    if (got < 0) continue;
    future->at += n;
    future->bytes -= n;
    return true;
  }
  return false;
}

static phys_t need_frame(struct frames *f) {
  struct need *n = (struct need *)((uint8_t *)f - offsetof(struct need, frames));
  return pages_take(&n->t->pages, 1);
}

/* --- the machine ------------------------------------------------------------------------- */

/* What the archives claim bounds the addresses that are reserved, no more. */
static uint64_t need_reserve(const uint8_t *payload, uint64_t bytes) {
  struct section s;
  struct flaw flaw = {0};
  uint64_t n = NEED_SPARE;
  if (section_find(&s, payload, bytes, &flaw) < 0 || section_open(&s, &flaw) < 0) return n;
  for (uint32_t i = 0; i < s.header.archives && n < NEED_MOST; i++) {
    const struct initrd_archive *a = &s.header.archive[i];
    if (a->unpacked > NEED_MOST / 4 || a->entries > NEED_MOST / NEED_PER_ENTRY) return NEED_MOST;
    n += 3 * a->unpacked + NEED_PER_ENTRY * a->entries;
  }
  return bytes_round_up(n < NEED_MOST ? n : NEED_MOST, NEED_STEP);
}

/* With RAM up to `end`, or for 0 up to the payload's, and more as it is wanted. */
static int need_start(struct need *n, const uint8_t *payload, uint64_t end, struct flaw *flaw) {
  const struct taproot_options options = {.now_ns = 0};
  n->future.at = end ? end : bytes_round_up(n->payload.at + n->payload.bytes, NEED_STEP);
  n->future.bytes = end ? 0 : need_reserve(payload, n->payload.bytes);
  const struct range ram[] = {{PAGE, NEED_LOW - PAGE}, {NEED_HIGH, n->future.at + n->future.bytes - NEED_HIGH}};
  const struct range busy[] = {n->kernel, n->payload, n->future};
  struct plat *plat = plat_host_start_like(ram, 2, 0);
  if (plat) memcpy(plat_direct(plat) + n->payload.at, payload, n->payload.bytes);
  n->t = taproot_begin(&options, plat, busy, end ? 2 : 3);
  if (!n->t) return flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "the host has no memory to unpack the image in");
  n->frames.take = need_frame;
  n->t->future = &n->future;
  n->t->pages.more = end ? NULL : plug_in;
  plat_frames(plat, &n->frames);
  return 0;
}

/* --- the program -------------------------------------------------------------------------- */

static int need_pages(struct need *n, uint64_t pages) {
  for (; pages > 0; pages--)
    if (pages_take(&n->t->pages, 1) == PHYS_NONE) return ERR_NOMEM;
  return 0;
}

/* Pages of a segment that are private copies, once touched: all that it may write, else what the file cannot lend. */
static uint64_t need_segment(struct need *n, struct inode *file, const struct elf_segment *s) {
  uint64_t first = s->offset / PAGE, end = (s->offset + s->filesz + PAGE - 1) / PAGE, copies = 0;
  uint64_t zeros = s->memsz > s->filesz ? s->memsz - s->filesz : 0;
  if (s->flags & ELF_PF_W) return end - first + (zeros < NEED_BSS ? zeros : NEED_BSS) / PAGE + 1;
  for (phys_t frame; first < end; first++) {
    if (file->fs->ops->frame(file, first, false, &frame) == 0)
      pages_give(&n->t->pages, frame, 1);
    else
      copies++;
  }
  return copies;
}

static uint64_t need_elf(struct need *n, struct inode *file) {
  uint8_t head[NEED_HEAD];
  struct elf e;
  struct flaw flaw = {0};
  uint64_t pages = 0;
  ssize_t have = taproot_iread(n->t, (uintptr_t)file, head, sizeof head, 0);
  if (have < 0 || elf_open(&e, head, (uint64_t)have, file->size, &flaw) < 0) return 0;
  for (unsigned i = 0; i < e.phnum; i++) {
    struct elf_segment s;
    if (elf_segment(&e, i, &s) == 0 && s.type == ELF_PT_LOAD) pages += need_segment(n, file, &s);
  }
  return pages;
}

/* What is no program the machine will refuse, by name: not our affair. */
static int need_program(struct need *n, const char *path) {
  struct inode *file;
  uint64_t pages = NEED_START;
  if (vfs_resolve(&n->t->vfs, &n->t->cred, n->t->cwd, path, VFS_FOLLOW, &file) == 0) {
    if ((file->mode & MODE_TYPE) == MODE_FILE) pages += need_elf(n, file);
    fs_let_go(file);
  }
  return need_pages(n, pages);
}

/* --- the run -------------------------------------------------------------------------------- */

static void program_path(const struct section *s, char *path, size_t room) {
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  path[0] = 0;
  if (manifest_open(&records, s->manifest, s->manifest_bytes, &flaw) < 0) return;
  if (!manifest_find(records, MANIFEST_PROGRAM, &r) || r.length >= room) return;
  memcpy(path, r.bytes, r.length);
  path[r.length] = 0;
}

static int need_run(struct need *n, struct flaw *flaw) {
  struct taproot *t = n->t;
  struct section s;
  struct unpack_report report;
  char path[LIMIT_PATH];
  int rc = section_find(&s, plat_direct(t->plat) + n->payload.at, n->payload.bytes, flaw);
  if (rc == ERR_NOENT) return flaw_set(flaw, rc, FLAW_NOWHERE, "the image carries no archive");
  if (rc == 0) rc = section_open(&s, flaw);
  if (rc < 0) return rc;
  program_path(&s, path, sizeof path);
  rc = section_unpack(&s, vfs_root(&t->vfs)->fs, t->plat, &t->heap, n->payload.at, false, &report, flaw);
  if (rc < 0) return rc;
  section_release(&s, &t->pages, n->payload.at, false, true);
  rc = need_program(n, path);
  return rc < 0 ? flaw_set(flaw, rc, FLAW_NOWHERE, NULL) : 0;
}

static int need_once(struct need *n, const uint8_t *payload, uint64_t end, struct flaw *flaw) {
  int rc = need_start(n, payload, end, flaw);
  if (rc == 0) rc = need_run(n, flaw);
  taproot_stop(n->t);
  n->t = NULL;
  return rc;
}

/* The least that is enough, to a NEED_NEAR of it.  The first try is next to what is known to do: mostly nothing less
 * does, and one unpack more was enough to know. */
static uint64_t need_less(struct need *n, const uint8_t *payload, uint64_t enough) {
  uint64_t low = n->payload.at + n->payload.bytes, near = enough / NEED_NEAR, end = enough - near;
  while (enough > low + near) {
    struct flaw flaw = {0};
    end = bytes_round_up(end > low ? end : low, NEED_STEP);
    if (end >= enough) break;
    if (need_once(n, payload, end, &flaw) < 0)
      low = end;
    else
      enough = end;
    end = low + (enough - low) / 2;
  }
  return enough;
}

int taproot_need(const void *image, size_t size, uint64_t *bytes, struct taproot_flaw *out) {
  struct need n = {0};
  struct flaw flaw = {0};
  struct elf_segment p = {0};
  uint64_t base = 0;
  *bytes = 0;
  if (taproot_payload(image, size, &p, &base, &flaw) < 0) goto end;
  if (base < NEED_HIGH || base > p.paddr || p.paddr % PAGE || p.paddr > NEED_MOST) {
    flaw_set(&flaw, ERR_LAYOUT, FLAW_NOWHERE, "the image's segments do not lie as a kernel's do");
    goto end;
  }
  n.kernel = (struct range){base, p.paddr - base};
  n.payload = (struct range){p.paddr, p.filesz};
  const uint8_t *payload = (const uint8_t *)image + p.offset;
  if (need_once(&n, payload, 0, &flaw) == 0) *bytes = need_less(&n, payload, n.future.at);
end:
  taproot_tell_flaw(&flaw, out);
  return flaw.code;
}
