/* kernel/program/vm.c - making, changing and dropping the areas of an address space, and the pages behind them.
 *
 * Beside vm_fault.c (pages come) and areas.c (bookkeeping).  Whoever walks pages walks only [low, high) of an area:
 * a reservation of terabytes costs what was touched of it.
 */
#include "kernel/program/vm.h"

#include <assert.h>
#include <string.h>

struct vm *vm_make(struct plat *plat, struct heap *heap, struct vfs *vfs, uint64_t stack_bytes) {
  struct vm *vm = heap_take_zero(heap, sizeof *vm);
  if (!vm) return NULL;
  vm->plat = plat;
  vm->heap = heap;
  vm->pages = heap_pages(heap);
  vm->vfs = vfs;
  vm->end = plat_user_end(plat);
  areas_start(&vm->areas, heap, vm->end - PAGE - stack_bytes - VM_STACK_GUARD);
  vm->space = plat_space_make(plat);
  if (vm->space) return vm;
  heap_give(heap, vm);
  return NULL;
}

/* Gives back the pages of [start, end) inside one area. */
static void vm_drop_pages(struct vm *vm, struct area *a, uintptr_t start, uintptr_t end) {
  if (start < a->low) start = a->low;
  if (end > a->high) end = a->high;
  uintptr_t at = start;
  while ((at = plat_next(vm->plat, vm->space, at, end)) < end) {
    int e = pages_give(vm->pages, plat_frame(vm->plat, vm->space, at), 1);
    assert(e == 0);
    (void)e;
    at += PAGE;
  }
  if (start < end) plat_unmap(vm->plat, vm->space, start, (end - start) >> PAGE_SHIFT);
  if (start <= a->low && end >= a->high) a->low = a->high = 0;
}

void vm_discard(struct vm *vm, uintptr_t start, uintptr_t end) {
  for (size_t i = areas_index(&vm->areas, start); i < vm->areas.count && vm->areas.at[i]->start < end; i++)
    vm_drop_pages(vm, vm->areas.at[i], start, end);
}

void vm_discard_file(struct vm *vm, const struct inode *file, uint64_t from, uint64_t to) {
  for (size_t i = 0; i < vm->areas.count; i++) {
    struct area *a = vm->areas.at[i];
    uint64_t bytes = a->end - a->start;
    if (a->inode != file || to <= a->offset || from >= a->offset + bytes) continue;
    uint64_t first = from > a->offset ? from - a->offset : 0, last = to - a->offset < bytes ? to - a->offset : bytes;
    vm_drop_pages(vm, a, a->start + first, a->start + last);
  }
}

void vm_drop(struct vm *vm) {
  vm_discard(vm, 0, vm->end);
  areas_stop(&vm->areas);
  plat_space_drop(vm->plat, vm->space);
  heap_give(vm->heap, vm);
}

/* Makes bounds at both ends, so that whole areas lie between. */
static int vm_bound(struct vm *vm, uintptr_t start, uintptr_t end) {
  int e = areas_split(&vm->areas, start);
  return e < 0 ? e : areas_split(&vm->areas, end);
}

int vm_unmap(struct vm *vm, uintptr_t start, uintptr_t end) {
  if (!areas_overlap(&vm->areas, start, end)) return 0;
  int e = vm_bound(vm, start, end);
  if (e < 0) return e;
  vm_discard(vm, start, end);
  areas_remove(&vm->areas, start, end);
  return 0;
}

int vm_map(struct vm *vm, const struct area *like) {
  assert(like->start >= PAGE && like->start < like->end && like->end <= vm->end);
  int e = vm_unmap(vm, like->start, like->end);
  if (e == 0) e = areas_insert(&vm->areas, like);
  if (e == 0) areas_join(&vm->areas, like->start, like->end);
  return e;
}

/* What the page table may allow at once: a private page is written only after a fault has looked at its owners, a
 * shared one after a fault has dated the file. */
static unsigned vm_quiet_prot(const struct area *a) {
  unsigned prot = a->prot & ~(unsigned)PROT_W;
  if (a->prot & PROT_W) prot |= PROT_R;
  return prot ? prot | PROT_USER : 0;
}

static void area_protect(struct vm *vm, struct area *a, unsigned prot) {
  if (a->prot == prot) return;
  a->prot = prot;
  if (a->low < a->high) plat_protect(vm->plat, vm->space, a->low, (a->high - a->low) >> PAGE_SHIFT, vm_quiet_prot(a));
}

int vm_protect(struct vm *vm, uintptr_t start, uintptr_t end, unsigned prot) {
  if (!areas_cover(&vm->areas, start, end)) return ERR_NOMEM;
  size_t i = areas_index(&vm->areas, start);
  for (; prot & PROT_W && i < vm->areas.count && vm->areas.at[i]->start < end; i++)
    if (vm->areas.at[i]->shared && vm->areas.at[i]->inode && !vm->areas.at[i]->may_write) return ERR_ACCES;
  int e = vm_bound(vm, start, end);
  if (e < 0) return e;
  for (i = areas_index(&vm->areas, start); i < vm->areas.count && vm->areas.at[i]->start < end; i++)
    area_protect(vm, vm->areas.at[i], prot);
  areas_join(&vm->areas, start, end);
  return 0;
}

/* Moves the present pages of an area; on ERR_NOMEM (page tables) those moved so far go back. */
static int vm_move_pages(struct vm *vm, const struct area *a, uintptr_t to) {
  unsigned prot = vm_quiet_prot(a);
  uintptr_t at = a->low;
  while ((at = plat_next(vm->plat, vm->space, at, a->high)) < a->high) {
    phys_t frame = plat_frame(vm->plat, vm->space, at);
    int e = plat_map(vm->plat, vm->space, to + (at - a->start), frame, 1, prot);
    if (e < 0) {
      plat_unmap(vm->plat, vm->space, to, (at - a->start) >> PAGE_SHIFT);
      return e;
    }
    at += PAGE;
  }
  if (a->low < a->high) plat_unmap(vm->plat, vm->space, a->low, (a->high - a->low) >> PAGE_SHIFT);
  return 0;
}

int vm_move(struct vm *vm, uintptr_t from, uint64_t bytes, uintptr_t to, bool keep) {
  int e = vm_bound(vm, from, from + bytes);
  if (e < 0) return e;
  struct area *old = areas_find(&vm->areas, from);
  struct area now = *old;
  now.start = to;
  now.end = to + bytes;
  now.low = now.high = 0;
  e = areas_insert(&vm->areas, &now);
  if (e < 0) return e;
  e = vm_move_pages(vm, old, to);
  if (e < 0) {
    areas_remove(&vm->areas, to, to + bytes);
    return e;
  }
  struct area *fresh = areas_find(&vm->areas, to);
  if (old->low < old->high) {
    fresh->low = old->low - from + to;
    fresh->high = old->high - from + to;
  }
  old->low = old->high = 0;
  if (!keep) areas_remove(&vm->areas, from, from + bytes);
  areas_join(&vm->areas, to, to + bytes);
  return 0;
}

uintptr_t vm_free_run(struct vm *vm, uintptr_t wish, uint64_t bytes, uintptr_t below) {
  if (wish >= 16 * PAGE && wish < vm->end && vm->end - wish >= bytes && !areas_overlap(&vm->areas, wish, wish + bytes))
    return wish;
  uintptr_t low = 16 * PAGE;
  return areas_gap(&vm->areas, bytes, low, below ? below : vm->areas.ceiling);
}
