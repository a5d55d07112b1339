/* kernel/program/exec_stack.c - the stack a program begins with: strings, auxiliary vector, environment, arguments.
 *
 * From the top down as the x86-64 psABI has it (3.4.1): a zero word, the path, the platform's name, random bytes, the
 * strings; below them the vectors, argc at a multiple of 16.
 */
#include <string.h>

#include "formats/elf.h"
#include "kernel/program/exec.h"

enum { EXEC_AUX = 24 };

struct aux {
  uint64_t pair[EXEC_AUX][2];
  unsigned n;
};

static void aux_add(struct aux *x, uint64_t key, uint64_t value) {
  x->pair[x->n][0] = key;
  x->pair[x->n][1] = value;
  x->n++;
}

/* Puts n bytes below *at and moves it there. */
static int stack_push(struct exec_image *image, uint64_t *at, const void *bytes, size_t n) {
  *at -= n;
  return vm_write(image->vm, *at, bytes, n);
}

static void aux_fill(struct aux *x, struct thread *t, const struct exec_image *image, const struct cred *c) {
  const struct cred *was = &t->process->cred;
  aux_add(x, LX_AT_HWCAP, plat_regs_hardware());
  aux_add(x, LX_AT_PAGESZ, PAGE);
  aux_add(x, LX_AT_CLKTCK, 100);
  aux_add(x, LX_AT_PHDR, image->phdr);
  aux_add(x, LX_AT_PHENT, ELF_SEGMENT);
  aux_add(x, LX_AT_PHNUM, image->phnum);
  aux_add(x, LX_AT_BASE, 0);
  aux_add(x, LX_AT_FLAGS, 0);
  aux_add(x, LX_AT_ENTRY, image->entry);
  aux_add(x, LX_AT_UID, c->uid);
  aux_add(x, LX_AT_EUID, c->euid);
  aux_add(x, LX_AT_GID, c->gid);
  aux_add(x, LX_AT_EGID, c->egid);
  aux_add(x, LX_AT_SECURE, c->euid != was->euid || c->egid != was->egid || c->euid != c->uid || c->egid != c->gid);
  aux_add(x, LX_AT_HWCAP2, 0);
  aux_add(x, LX_AT_MINSIGSTKSZ, sizeof(struct lx_sigframe) + plat_fpu_bytes(t->process->plat) + 256);
}

/* argc strings that begin at `at`, each pointer written to *to. */
static int stack_pointers(struct exec_image *image, const struct exec_args *a, size_t from, size_t count, uint64_t base,
                          uint64_t *to) {
  uint64_t zero = 0;
  int e = 0;
  for (size_t i = 0; e == 0 && i < count; i++) {
    uint64_t pointer = base + from;
    e = vm_write(image->vm, *to, &pointer, 8);
    from += strlen(a->bytes + from) + 1;
    *to += 8;
  }
  if (e == 0) e = vm_write(image->vm, *to, &zero, 8);
  *to += 8;
  return e;
}

static int stack_area(struct exec_image *image, uint64_t bytes) {
  struct area a = {.start = image->vm->end - PAGE - bytes,
                   .end = image->vm->end - PAGE,
                   .prot = PROT_R | PROT_W | (image->stack_runs ? PROT_X : 0u)};
  return vm_map(image->vm, &a);
}

int exec_stack(struct thread *t, struct exec_image *image, const struct exec_args *a, const char *name,
               const struct cred *cred, uint64_t stack_bytes, uint64_t *sp) {
  struct aux aux = {.n = 0};
  uint8_t chance[16];
  uint64_t at = image->vm->end - PAGE - 8, words, argc = a->argc;
  int e = stack_area(image, stack_bytes);
  aux_fill(&aux, t, image, cred);
  plat_random(t->process->plat, chance, sizeof chance);
  if (e == 0) e = stack_push(image, &at, name, strlen(name) + 1);
  aux_add(&aux, LX_AT_EXECFN, at);
  if (e == 0) e = stack_push(image, &at, PLAT_REGS_NAME, sizeof PLAT_REGS_NAME);
  aux_add(&aux, LX_AT_PLATFORM, at);
  if (e == 0) e = stack_push(image, &at, chance, sizeof chance);
  aux_add(&aux, LX_AT_RANDOM, at);
  aux_add(&aux, LX_AT_NULL, 0);
  if (e == 0) e = stack_push(image, &at, a->bytes, a->used);
  words = 1 + a->argc + 1 + a->envc + 1 + 2 * aux.n;
  *sp = (at - words * 8) & ~(uint64_t)15;
  if (e == 0) e = vm_write(image->vm, *sp, &argc, 8);
  uint64_t to = *sp + 8;
  if (e == 0) e = stack_pointers(image, a, 0, a->argc, at, &to);
  if (e == 0) e = stack_pointers(image, a, a->env_at, a->envc, at, &to);
  if (e == 0) e = vm_write(image->vm, to, aux.pair, aux.n * sizeof aux.pair[0]);
  return e;
}
