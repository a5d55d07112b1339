/* kernel/program/vm_fault.c - pages come when they are touched: zeros, a file's frames, copies on write.
 *
 * Called for traps of the program and by user.c before the kernel touches user memory, so that both see one rule.
 */
#include <assert.h>
#include <string.h>

#include "kernel/program/vm.h"

static uint8_t *vm_view(struct vm *vm, phys_t frame) { return pages_direct(plat_direct(vm->plat), frame); }

static int vm_take(struct vm *vm, phys_t *frame) {
  *frame = pages_take(vm->pages, 1);
  if (*frame != PHYS_NONE) return 0;
  vm->wanted_and_had[0] = PAGE;
  vm->wanted_and_had[1] = pages_free(vm->pages);
  return ERR_NOMEM;
}

static void vm_give(struct vm *vm, phys_t frame) {
  int e = pages_give(vm->pages, frame, 1);
  assert(e == 0);
  (void)e;
}

/* A copy of the file's page: its bytes, then zeros. */
static void vm_copy_file(struct inode *file, uint64_t offset, uint8_t *to) {
  size_t done = 0;
  while (done < PAGE) {
    uint64_t n = 0;
    const uint8_t *from = file->fs->ops->span(file, offset + done, PAGE - done, &n);
    if (n == 0) break;
    if (n > PAGE - done) n = PAGE - done;
    if (from)
      memcpy(to + done, from, n);
    else
      memset(to + done, 0, n);
    done += n;
  }
  memset(to + done, 0, PAGE - done);
}

/* The frame that a page of a private area begins with; *ours: nobody else owns it. */
static int vm_private_frame(struct vm *vm, const struct area *a, uint64_t offset, bool write, phys_t *frame,
                            bool *ours) {
  int e = ERR_AGAIN;
  *ours = false;
  if (a->inode && offset >= a->inode->size) return ERR_NXIO;
  if (a->inode && !write) e = a->inode->fs->ops->frame(a->inode, offset >> PAGE_SHIFT, false, frame);
  if (e != ERR_AGAIN) return e;
  e = vm_take(vm, frame);
  if (e < 0) return e;
  *ours = true;
  if (a->inode)
    vm_copy_file(a->inode, offset, vm_view(vm, *frame));
  else
    memset(vm_view(vm, *frame), 0, PAGE);
  return 0;
}

static void vm_note(struct area *a, uintptr_t page) {
  bool none = a->low >= a->high;
  if (none || page < a->low) a->low = page;
  if (none || page + PAGE > a->high) a->high = page + PAGE;
}

static unsigned vm_prot(const struct area *a, bool write) {
  unsigned prot = a->prot | PROT_USER;
  if (prot & PROT_W) prot |= PROT_R;
  return write ? prot : prot & ~(unsigned)PROT_W;
}

/* Maps a frame whose reference passes to the page table. */
static int vm_put(struct vm *vm, struct area *a, uintptr_t page, phys_t frame, unsigned prot) {
  int e = plat_map(vm->plat, vm->space, page, frame, 1, prot);
  if (e < 0) {
    vm->wanted_and_had[0] = PAGE;
    vm->wanted_and_had[1] = pages_free(vm->pages);
    vm_give(vm, frame);
    return e;
  }
  vm_note(a, page);
  return 0;
}

static void vm_date(struct vm *vm, struct inode *file) { file->mtime = file->ctime = vfs_now(vm->vfs); }

/* Nothing is there yet. */
static int vm_bring(struct vm *vm, struct area *a, uintptr_t page, bool write) {
  uint64_t offset = a->offset + (page - a->start);
  phys_t frame = PHYS_NONE;
  bool ours = true;
  int e;
  if (a->shared && a->inode) {
    e = a->inode->fs->ops->frame(a->inode, offset >> PAGE_SHIFT, true, &frame);
    if (e == 0 && write) vm_date(vm, a->inode);
    ours = write;
  } else {
    e = vm_private_frame(vm, a, offset, write, &frame, &ours);
  }
  if (e == ERR_NOMEM && !vm->wanted_and_had[0])
    vm->wanted_and_had[0] = PAGE, vm->wanted_and_had[1] = pages_free(vm->pages);
  return e < 0 ? e : vm_put(vm, a, page, frame, vm_prot(a, ours));
}

/* A page is there and is to be written: in place when it is ours alone, else on a copy. */
static int vm_unshare(struct vm *vm, struct area *a, uintptr_t page, phys_t frame, unsigned prot) {
  phys_t copy;
  if (a->shared && a->inode) vm_date(vm, a->inode);
  if ((a->shared && a->inode) || pages_owners(vm->pages, frame) == 1) {
    plat_protect(vm->plat, vm->space, page, 1, prot);
    return 0;
  }
  int e = vm_take(vm, &copy);
  if (e < 0) return e;
  memcpy(vm_view(vm, copy), vm_view(vm, frame), PAGE);
  e = vm_put(vm, a, page, copy, prot);
  if (e == 0) vm_give(vm, frame);
  return e;
}

int vm_fault(struct vm *vm, uintptr_t address, unsigned access) {
  uintptr_t page = address & ~(uintptr_t)(PAGE - 1);
  struct area *a = address < vm->end ? areas_find(&vm->areas, address) : NULL;
  if (!a) return ERR_FAULT;
  if (access & PROT_R ? a->prot == 0 : (a->prot & access) != access) return ERR_ACCES;
  bool write = access & PROT_W;
  phys_t frame = plat_frame(vm->plat, vm->space, page);
  if (frame == PHYS_NONE) return vm_bring(vm, a, page, write);
  if (write) return vm_unshare(vm, a, page, frame, vm_prot(a, true));
  plat_protect(vm->plat, vm->space, page, 1, vm_prot(a, false));
  return 0;
}

uint8_t *vm_own_page(struct vm *vm, uintptr_t address, int *e) {
  uintptr_t page = address & ~(uintptr_t)(PAGE - 1);
  struct area *a = areas_find(&vm->areas, address);
  *e = ERR_FAULT;
  if (!a || (a->shared && a->inode)) return NULL;
  phys_t frame = plat_frame(vm->plat, vm->space, page);
  *e = frame == PHYS_NONE ? vm_bring(vm, a, page, true) : vm_unshare(vm, a, page, frame, vm_prot(a, true));
  if (*e < 0) return NULL;
  return vm_view(vm, plat_frame(vm->plat, vm->space, page));
}

/* from NULL: zeros. */
static int vm_fill(struct vm *vm, uintptr_t to, const uint8_t *from, size_t n) {
  for (size_t done = 0, part; done < n; done += part) {
    int e;
    uint8_t *page = vm_own_page(vm, to + done, &e);
    if (!page) return e;
    size_t skip = (to + done) & (PAGE - 1);
    part = n - done < PAGE - skip ? n - done : PAGE - skip;
    if (from)
      memcpy(page + skip, from + done, part);
    else
      memset(page + skip, 0, part);
  }
  return 0;
}

int vm_write(struct vm *vm, uintptr_t to, const void *from, size_t n) { return vm_fill(vm, to, from, n); }

int vm_zero(struct vm *vm, uintptr_t to, size_t n) { return vm_fill(vm, to, NULL, n); }
