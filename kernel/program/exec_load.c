/* kernel/program/exec_load.c - the segments of a static ELF program become areas over its file.
 *
 * Nothing is copied here but the page in which a segment's bytes end and its zeros begin.  A static PIE goes where
 * Linux puts one without randomness.
 */
#include <stdio.h>
#include <string.h>

#include "formats/elf.h"
#include "kernel/program/exec.h"

#define EXEC_PIE_BASE 0x555555554000ull

static uint64_t page_down(uint64_t n) { return n & ~(uint64_t)(PAGE - 1); }
static uint64_t page_up(uint64_t n) { return page_down(n + PAGE - 1); }

static unsigned exec_prot(const struct elf_segment *s) {
  return (s->flags & ELF_PF_R ? PROT_R : 0u) | (s->flags & ELF_PF_W ? PROT_W : 0u) |
         (s->flags & ELF_PF_X ? PROT_X : 0u);
}

/* The part of a segment that is bytes of the file, from `at` (its address without the base) on. */
static int exec_map_file(struct exec_image *image, const struct elf_segment *s) {
  uint64_t start = page_down(image->base + s->vaddr), bytes_end = image->base + s->vaddr + s->filesz;
  struct area a = {.start = start,
                   .end = page_up(bytes_end),
                   .prot = exec_prot(s),
                   .inode = image->file,
                   .offset = page_down(s->offset)};
  if (s->filesz == 0) return 0;
  int e = vm_map(image->vm, &a);
  if (e == 0 && s->memsz > s->filesz) e = vm_zero(image->vm, bytes_end, page_up(bytes_end) - bytes_end);
  return e;
}

static int exec_map_zeros(struct exec_image *image, const struct elf_segment *s) {
  uint64_t vaddr = image->base + s->vaddr;
  uint64_t start = s->filesz ? page_up(vaddr + s->filesz) : page_down(vaddr), end = page_up(vaddr + s->memsz);
  struct area a = {.start = start, .end = end, .prot = exec_prot(s)};
  return end > start ? vm_map(image->vm, &a) : 0;
}

static int exec_segment(struct exec_image *image, const struct elf_segment *s) {
  uint64_t room = image->vm->areas.ceiling;
  if (s->memsz == 0) return 0;
  if (s->vaddr > room - image->base || s->memsz > room - image->base - s->vaddr || image->base + s->vaddr < PAGE ||
      s->filesz > s->memsz || (s->vaddr ^ s->offset) & (PAGE - 1))
    return ERR_NOEXEC;
  int e = exec_map_file(image, s);
  if (e == 0) e = exec_map_zeros(image, s);
  uint64_t end = page_up(image->base + s->vaddr + s->memsz);
  if (end > image->bss_end) image->bss_end = end;
  return e;
}

/* Where the program finds its own program headers: in the segment that holds them. */
static void exec_headers(struct exec_image *image, const struct elf *elf, const struct elf_segment *s) {
  if (s->offset <= elf->phoff && elf->phoff - s->offset < s->filesz)
    image->phdr = image->base + s->vaddr + (elf->phoff - s->offset);
}

static int exec_refused(const struct flaw *flaw, char *why, size_t why_size) {
  flaw_print(flaw, why, why_size);
  return ERR_NOEXEC;
}

int exec_load(struct exec_image *image, const uint8_t *head, size_t have, char *why, size_t why_size) {
  struct elf elf;
  struct flaw flaw = {0};
  if (elf_open(&elf, head, have, image->file->size, &flaw) < 0) return exec_refused(&flaw, why, why_size);
  if (elf_check_program(&elf, ELF_X86_64, &flaw) < 0) return exec_refused(&flaw, why, why_size);
  image->base = elf.type == ELF_DYN ? EXEC_PIE_BASE : 0;
  image->entry = image->base + elf.entry;
  image->phnum = elf.phnum;
  for (unsigned i = 0; i < elf.phnum; i++) {
    struct elf_segment s;
    int e = elf_segment(&elf, i, &s);
    if (e == 0 && s.type == ELF_PT_LOAD) {
      e = exec_segment(image, &s);
      exec_headers(image, &elf, &s);
    }
    if (e == 0 && s.type == ELF_PT_GNU_STACK) image->stack_runs = s.flags & ELF_PF_X;
    if (e < 0) {
      snprintf(why, why_size, "segment %u: %s", i, err_sentence(e));
      return e == ERR_NOMEM ? e : ERR_NOEXEC;
    }
  }
  return 0;
}
