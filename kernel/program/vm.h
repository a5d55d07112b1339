/* kernel/program/vm.h - the address space of a program: areas with pages behind them.
 *
 * Pages come when they are touched: zeros for anonymous areas, the file's own frames where the file system has them
 * (mapped, not copied), a copy of the bytes otherwise.  A private page is written in place only when nobody else owns
 * its frame.  Codes: ERR_FAULT (nothing there), ERR_ACCES (not allowed), ERR_NXIO (behind the end of the file),
 * ERR_NOMEM.
 */
#ifndef KERNEL_PROGRAM_VM_H
#define KERNEL_PROGRAM_VM_H

#include "kernel/plat/plat.h"
#include "kernel/program/areas.h"
#include "kernel/vfscore/vfscore.h"

enum { VM_STACK_BYTES = 8 << 20, VM_STACK_GUARD = 1 << 20 };

struct vm {
  struct plat *plat;
  struct heap *heap;
  struct pages *pages;
  struct vfs *vfs;
  struct space *space;
  struct areas areas;
  uintptr_t end;              /* first address above the program's half */
  uintptr_t brk_start, brk;   /* the heap of brk(2) */
  uint64_t wanted_and_had[2]; /* of the last ERR_NOMEM, for the log */
};

struct vm *vm_make(struct plat *plat, struct heap *heap, struct vfs *vfs, uint64_t stack_bytes);
void vm_drop(struct vm *vm);

/* Maps what `like` says, over what was there. */
int vm_map(struct vm *vm, const struct area *like);
int vm_unmap(struct vm *vm, uintptr_t start, uintptr_t end);
/* ERR_NOMEM for a hole in the range, ERR_ACCES for writing through a file that was not opened for it. */
int vm_protect(struct vm *vm, uintptr_t start, uintptr_t end, unsigned prot);
/* Drops the pages of a range: private ones read as at first. */
void vm_discard(struct vm *vm, uintptr_t start, uintptr_t end);
/* The file has lost its pages from `from` on up to `to`: what mappings of them hold goes. */
void vm_discard_file(struct vm *vm, const struct inode *file, uint64_t from, uint64_t to);
/* Moves the area [from, from + bytes) with its pages to `to`, where nothing is; keep: an empty area stays behind. */
int vm_move(struct vm *vm, uintptr_t from, uint64_t bytes, uintptr_t to, bool keep);
/* A free run: at `wish` when that is free, else the highest below the stack (below: another ceiling, 0 for none).
 * 0: there is none. */
uintptr_t vm_free_run(struct vm *vm, uintptr_t wish, uint64_t bytes, uintptr_t below);

/* Makes the page at `address` present for this access (PROT_R, PROT_W or PROT_X). */
int vm_fault(struct vm *vm, uintptr_t address, unsigned access);
/* The kernel's view of the private page at `address`, whatever its protection; NULL with *e. */
uint8_t *vm_own_page(struct vm *vm, uintptr_t address, int *e);
/* Writes into a space that need not be in use. */
int vm_write(struct vm *vm, uintptr_t to, const void *from, size_t n);
int vm_zero(struct vm *vm, uintptr_t to, size_t n);

#endif
