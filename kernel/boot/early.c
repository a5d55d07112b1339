/* kernel/boot/early.c - stages before there are files: console machine kctors pages heap clock. */
#include "kernel/boot/boot.h"

#include <assert.h>

enum { KCTORS_MOST = 64 };

static void unknown_word(void *owner, const char *word) { boot_detail(owner, "unknown word '%s' ignored", word); }

int boot_console(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  b->arguments = line_read(m->line, &b->words, unknown_word, b);
  boot_detail(b, "Taproot " TAPROOT_VERSION);
  if (m->line_cut) return boot_why(b, ERR_TOOBIG, "the boot line is longer than %d bytes", LIMIT_BOOT_LINE - 1);
  return 0;
}

static uint64_t ram_bytes(const struct machine *m) {
  uint64_t n = 0;
  for (unsigned i = 0; i < m->ram_count; i++) n += m->ram[i].bytes;
  return n;
}

static bool overlap(struct range a, struct range b) { return a.at < b.at + b.bytes && b.at < a.at + a.bytes; }

/* The bytes of r that are RAM. */
static uint64_t bytes_in_ram(const struct machine *m, struct range r) {
  uint64_t n = 0;
  for (unsigned i = 0; i < m->ram_count; i++) {
    phys_t from = r.at > m->ram[i].at ? r.at : m->ram[i].at;
    phys_t end = m->ram[i].at + m->ram[i].bytes, r_end = r.at + r.bytes;
    if (r_end < end) end = r_end;
    if (from < end) n += end - from;
  }
  return n;
}

/* The loader does not look whether its parts overlap, and starts an image whose tail found no memory. */
static int check_payload(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  int code = plat_payload(b->plat, &b->payload);
  if (code == ERR_NOMEM)
    return boot_why(b, code, "the image does not fit into memory: %lu bytes wanted at 0x%lx, %lu of them there",
                    b->payload.bytes, b->payload.at, bytes_in_ram(m, b->payload));
  return code;
}

static int check_modules(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  for (unsigned i = 0; i < m->module_count; i++) {
    struct range r = m->module[i];
    if (bytes_in_ram(m, r) != r.bytes)
      return boot_why(b, ERR_NOMEM, "the initrd of %lu bytes at 0x%lx does not lie in memory: %lu of them there",
                      r.bytes, r.at, bytes_in_ram(m, r));
    if (overlap(r, plat_kernel(b->plat)) || overlap(r, b->payload))
      return boot_why(b, ERR_NOMEM, "not enough memory: the loader put the initrd (%lu bytes at 0x%lx) over the image",
                      r.bytes, r.at);
    if (r.at % PAGE != 0) return boot_why(b, ERR_LAYOUT, "the initrd at 0x%lx does not begin at a page", r.at);
    for (unsigned k = 0; k < i; k++)
      if (overlap(r, m->module[k])) return boot_why(b, ERR_LAYOUT, "two loader modules overlap");
  }
  return 0;
}

int boot_machine(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  struct flaw flaw;
  int code;
  if (plat_loader(b->plat, &flaw) < 0) return boot_flaw(b, &flaw);
  if ((code = check_payload(b)) < 0 || (code = check_modules(b)) < 0) return code;
  boot_detail(b, "%s, %lu MiB of memory", m->protocol, ram_bytes(m) >> 20);
  return 0;
}

/* Initialisers of the libraries that are linked in; none of them may allocate.  The program's are its own. */
int boot_kctors(struct boot *b) {
  extern void (*const kernel_ctors[])(void), (*const kernel_ctors_end[])(void);
  size_t n = (size_t)(kernel_ctors_end - kernel_ctors);
  if (n > KCTORS_MOST) return boot_why(b, ERR_BUG, "%zu constructors in the kernel", n);
  for (size_t i = 0; i < n; i++) kernel_ctors[i]();
  return 0;
}

int boot_pages(struct boot *b) {
  const struct machine *m = plat_machine(b->plat);
  struct range busy[BOOT_BUSY] = {plat_kernel(b->plat)};
  unsigned n = 1;
  int code;
  if (b->payload.bytes) busy[n++] = b->payload;
  for (unsigned i = 0; i < m->module_count; i++)
    if (m->module[i].bytes) busy[n++] = m->module[i];
  code = pages_start(&b->pages, plat_direct(b->plat), m->ram, m->ram_count, busy, n);
  if (code < 0) return boot_why(b, code, "%s: %lu bytes of memory in all", err_sentence(code), ram_bytes(m));
  boot_detail(b, "%lu bytes free", pages_free(&b->pages));
  return 0;
}

static phys_t take_frame(struct frames *f) { return pages_take(((struct boot_frames *)f)->pages, 1); }

static void give_frame(struct frames *f, phys_t frame) {
  int code = pages_give(((struct boot_frames *)f)->pages, frame, 1);
  assert(code == 0);
}

int boot_heap(struct boot *b) {
  heap_start(&b->heap, &b->pages);
  b->frames = (struct boot_frames){{take_frame, give_frame}, &b->pages};
  plat_frames(b->plat, &b->frames.frames);
  return 0;
}

int boot_clock(struct boot *b) {
  uint8_t some[8];
  unsigned bits = plat_random(b->plat, some, sizeof some);
  if (plat_wall_ns(b->plat) == 0) boot_detail(b, "no real-time clock");
  if (bits < 128) boot_detail(b, "no hardware randomness: random numbers rest on %u bits", bits);
  return 0;
}
