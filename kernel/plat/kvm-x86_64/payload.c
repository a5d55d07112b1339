/* kernel/plat/kvm-x86_64/payload.c - where the image lies: the kernel, and the segment behind it.
 *
 * The first segment begins with the ELF header, so the kernel reads its own program headers; physical addresses in them
 * count from the first, whose place is known.  Whoever replaced the payload rewrote its sizes there.
 */
#include <string.h>

#include "formats/elf.h"
#include "kernel/plat/kvm-x86_64/inner.h"

struct range plat_kernel(struct plat *p) {
  return (struct range){p->load, (uint64_t)(kernel_end - (uint8_t *)LAYOUT_LINK_BASE)};
}

/* Whether ranges of RAM, which may touch each other, cover all of r. */
static bool lies_in_ram(const struct machine *m, struct range r) {
  for (unsigned i = 0; i < m->ram_count && r.bytes > 0; i++) {
    uint64_t covered;
    if (r.at < m->ram[i].at || r.at - m->ram[i].at >= m->ram[i].bytes) continue;
    covered = m->ram[i].bytes - (r.at - m->ram[i].at);
    if (covered > r.bytes) covered = r.bytes;
    r.at += covered;
    r.bytes -= covered;
  }
  return r.bytes == 0;
}

/* A copy of the headers that says nothing of the section headers: those are not in memory. */
static void read_headers(uint8_t *to, size_t n) {
  memcpy(to, (const void *)LAYOUT_LINK_BASE, n);
  memset(to + 0x28, 0, 8); /* e_shoff */
  memset(to + 0x3c, 0, 4); /* e_shnum, e_shstrndx */
}

static int first_and_last(struct elf_segment *first, struct elf_segment *last) {
  uint8_t headers[1024];
  struct elf elf;
  struct flaw flaw = {0};
  int code;
  memset(last, 0, sizeof *last);
  memset(first, 0, sizeof *first);
  read_headers(headers, sizeof headers);
  code = elf_open(&elf, headers, sizeof headers, INT64_MAX, &flaw);
  for (unsigned i = 0; code == 0 && i < elf.phnum; i++) {
    struct elf_segment s;
    code = elf_segment(&elf, i, &s);
    if (code != 0 || s.type != ELF_PT_LOAD) continue;
    if (first->memsz == 0) *first = s;
    *last = s;
  }
  return code;
}

int plat_payload(struct plat *p, struct range *payload) {
  struct elf_segment first, s;
  int code = first_and_last(&first, &s);
  *payload = (struct range){0, 0};
  if (code < 0) return code;
  uint64_t behind = s.paddr - first.paddr;
  if (behind < plat_kernel(p).bytes || s.filesz == 0) return 0;
  *payload = (struct range){p->load + behind, s.filesz};
  return lies_in_ram(&p->machine, *payload) ? 0 : ERR_NOMEM;
}
