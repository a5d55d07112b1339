/* kernel/program/calls_mem.c - mmap and its kin, brk. */
#include "kernel/program/calls.h"

static bool aligned(uint64_t n) { return !(n & (PAGE - 1)); }

/* Rounds a length up to pages and checks the range.  code: what too long a range is. */
static int range_in(const struct vm *vm, uint64_t start, uint64_t *bytes, int code) {
  if (*bytes > vm->end) return code;
  *bytes = (*bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  return start > vm->end || *bytes > vm->end - start ? code : 0;
}

/* Of a file: what kind of area it gives.  /dev/zero gives zeros. */
static int map_file(struct thread *t, const uint64_t a[6], bool shared, struct area *area) {
  struct file *f;
  int e = calls_io_file(t, a[4], &f);
  if (e < 0) return e;
  unsigned access = f->flags & VFS_ACCMODE, type = f->inode ? f->inode->mode & MODE_TYPE : 0;
  if (access == VFS_WRONLY) return ERR_ACCES;
  if (shared && a[2] & PROT_W && access != VFS_RDWR) return ERR_ACCES;
  if (type == MODE_CHR && f->inode->rdev_major == 1 && f->inode->rdev_minor == 5) return 0;
  if (type != MODE_FILE) return ERR_NODEV;
  area->inode = f->inode;
  area->offset = a[5];
  area->may_write = shared && access == VFS_RDWR;
  return 0;
}

static int map_where(struct vm *vm, uint64_t wish, uint64_t bytes, uint64_t flags, uint64_t *start) {
  *start = wish;
  if (flags & (LX_MAP_FIXED | LX_MAP_FIXED_NOREPLACE)) {
    if (!aligned(wish)) return ERR_INVAL;
    if (bytes > vm->end || wish > vm->end - bytes) return ERR_NOMEM;
    if (wish < 16 * PAGE) return ERR_PERM; /* mmap_min_addr */
    if (flags & LX_MAP_FIXED_NOREPLACE && areas_overlap(&vm->areas, wish, wish + bytes)) return ERR_EXIST;
    return 0;
  }
  *start = vm_free_run(vm, wish & ~(uint64_t)(PAGE - 1), bytes, flags & LX_MAP_32BIT ? 1ull << 31 : 0);
  return *start ? 0 : ERR_NOMEM;
}

/* What nobody could ever fill is refused at once, as Linux does without overcommit settings. */
static bool map_too_much(const struct vm *vm, uint64_t bytes, uint64_t flags, unsigned prot, bool shared) {
  return bytes > pages_total(vm->pages) && prot & PROT_W && !shared && !(flags & LX_MAP_NORESERVE);
}

static void map_populate(struct vm *vm, uint64_t start, uint64_t bytes, unsigned prot) {
  for (uint64_t at = start; at < start + bytes; at += PAGE)
    if (vm_fault(vm, at, prot & PROT_W ? PROT_W : PROT_R) < 0) return; /* as far as it goes */
}

int64_t call_mmap(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t bytes = a[1], flags = a[3], type = flags & LX_MAP_TYPE;
  struct area area = {.prot = (unsigned)a[2] & (PROT_R | PROT_W | PROT_X)};
  if (!aligned(a[5]) || bytes == 0) return ERR_INVAL;
  if (type != LX_MAP_SHARED && type != LX_MAP_PRIVATE && type != LX_MAP_SHARED_VALIDATE) return ERR_INVAL;
  if (flags & LX_MAP_HUGETLB) return ERR_NOMEM;
  int e = range_in(vm, 0, &bytes, ERR_NOMEM);
  bool file = !(flags & LX_MAP_ANONYMOUS);
  area.shared = type != LX_MAP_PRIVATE;
  if (e == 0 && file && (a[5] > INT64_MAX || bytes > INT64_MAX - a[5])) e = ERR_OVERFLOW;
  if (e == 0 && file) e = map_file(t, a, area.shared, &area);
  if (e == 0 && map_too_much(vm, bytes, flags, area.prot, area.shared)) e = ERR_NOMEM;
  if (e == 0) e = map_where(vm, a[0], bytes, flags, &area.start);
  if (e < 0) return e;
  area.end = area.start + bytes;
  e = vm_map(vm, &area);
  if (e < 0) return e;
  if (flags & (LX_MAP_POPULATE | LX_MAP_LOCKED)) map_populate(vm, area.start, bytes, area.prot);
  return (int64_t)area.start;
}

int64_t call_munmap(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t bytes = a[1];
  if (!aligned(a[0]) || bytes == 0) return ERR_INVAL;
  int e = range_in(vm, a[0], &bytes, ERR_INVAL);
  return e < 0 ? e : vm_unmap(vm, a[0], a[0] + bytes);
}

int64_t call_mprotect(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t bytes = a[1];
  if (!aligned(a[0]) || a[2] & ~(uint64_t)(PROT_R | PROT_W | PROT_X | LX_PROT_SEM)) return ERR_INVAL;
  if (bytes == 0) return 0;
  int e = range_in(vm, a[0], &bytes, ERR_NOMEM);
  return e < 0 ? e : vm_protect(vm, a[0], a[0] + bytes, (unsigned)a[2] & (PROT_R | PROT_W | PROT_X));
}

/* --- mremap ----------------------------------------------------------------------------- */

enum { REMAP_MAYMOVE = 1, REMAP_FIXED = 2, REMAP_DONTUNMAP = 4 };

struct remap {
  uint64_t from, old, now, flags, to;
};

static int remap_check(const struct vm *vm, const struct remap *r) {
  if (!aligned(r->from) || r->flags & ~7ull || r->now == 0) return ERR_INVAL;
  if (r->flags & (REMAP_FIXED | REMAP_DONTUNMAP) && !(r->flags & REMAP_MAYMOVE)) return ERR_INVAL;
  if (r->flags & REMAP_DONTUNMAP && r->old != r->now) return ERR_INVAL;
  if (r->flags & REMAP_FIXED) {
    if (!aligned(r->to) || r->now > vm->end || r->to > vm->end - r->now || r->to < 16 * PAGE) return ERR_INVAL;
    if (r->to < r->from + r->old && r->from < r->to + r->now) return ERR_INVAL;
  }
  return r->old == 0 ? ERR_INVAL : 0;
}

/* The area behind a moved one that makes it longer. */
static int remap_extend(struct vm *vm, uint64_t start, uint64_t old, uint64_t now) {
  const struct area *a = areas_find(&vm->areas, start);
  struct area more = *a;
  more.offset += start + old - a->start;
  more.start = start + old;
  more.end = start + now;
  more.low = more.high = 0;
  return now > old ? vm_map(vm, &more) : 0;
}

static int64_t remap_move(struct vm *vm, const struct remap *r) {
  uint64_t to = r->to, keep = r->old < r->now ? r->old : r->now;
  int e = 0;
  if (r->flags & REMAP_FIXED)
    e = vm_unmap(vm, to, to + r->now);
  else
    to = vm_free_run(vm, r->flags & REMAP_DONTUNMAP ? r->to : 0, r->now, 0);
  if (e < 0 || !to) return e < 0 ? e : ERR_NOMEM;
  e = vm_move(vm, r->from, keep, to, r->flags & REMAP_DONTUNMAP);
  if (e == 0) e = remap_extend(vm, to, keep, r->now);
  if (e == 0 && r->old > keep) e = vm_unmap(vm, r->from + keep, r->from + r->old);
  return e < 0 ? e : (int64_t)to;
}

int64_t call_mremap(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  struct remap r = {a[0], a[1], a[2], a[3], a[4]};
  int e = range_in(vm, r.from, &r.old, ERR_INVAL);
  if (e == 0) e = range_in(vm, 0, &r.now, ERR_NOMEM);
  if (e == 0) e = remap_check(vm, &r);
  if (e < 0) return e;
  const struct area *area = areas_find(&vm->areas, r.from);
  bool moves = r.flags & (REMAP_FIXED | REMAP_DONTUNMAP);
  uint64_t keep = r.now < r.old ? (moves ? r.now : 0) : r.old; /* what is cut off may cross areas */
  if (!area || area->end - r.from < keep) return ERR_FAULT;
  if (map_too_much(vm, r.now, 0, area->prot, area->shared)) return ERR_NOMEM;
  if (moves) return remap_move(vm, &r);
  if (r.now <= r.old) {
    e = r.now < r.old ? vm_unmap(vm, r.from + r.now, r.from + r.old) : 0;
    return e < 0 ? e : (int64_t)r.from;
  }
  if (vm->end - r.from >= r.now && area->end == r.from + r.old &&
      !areas_overlap(&vm->areas, r.from + r.old, r.from + r.now)) {
    e = remap_extend(vm, r.from, r.old, r.now);
    return e < 0 ? e : (int64_t)r.from;
  }
  return r.flags & REMAP_MAYMOVE ? remap_move(vm, &r) : ERR_NOMEM;
}

/* --- advice, locks, looks ------------------------------------------------------------------ */

enum { ADVISE_DONTNEED = 4, ADVISE_FREE = 8, ADVISE_READ = 22, ADVISE_WRITE = 23 };

/* Advice that asks for nothing here: NORMAL … WILLNEED, DONTFORK … DODUMP, COLD, PAGEOUT. */
static bool advice_is_known(uint64_t advice) {
  return advice <= ADVISE_DONTNEED || advice == ADVISE_FREE || (advice >= 10 && advice <= 17) ||
         (advice >= 20 && advice <= ADVISE_WRITE);
}

static int advise_populate(struct vm *vm, uint64_t start, uint64_t bytes, unsigned access) {
  for (uint64_t at = start; at < start + bytes; at += PAGE) {
    int e = vm_fault(vm, at, access);
    if (e < 0) return e == ERR_ACCES ? ERR_INVAL : e == ERR_FAULT ? ERR_NOMEM : e == ERR_NXIO ? ERR_FAULT : e;
  }
  return 0;
}

/* Pages that a file or nothing brings again; shared ones without a file exist nowhere else and stay. */
static void advise_drop(struct vm *vm, uint64_t start, uint64_t end) {
  for (size_t i = areas_index(&vm->areas, start); i < vm->areas.count && vm->areas.at[i]->start < end; i++) {
    const struct area *a = vm->areas.at[i];
    if (a->inode || !a->shared) vm_discard(vm, a->start > start ? a->start : start, a->end < end ? a->end : end);
  }
}

int64_t call_madvise(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t bytes = a[1];
  if (!aligned(a[0]) || !advice_is_known(a[2])) return ERR_INVAL;
  int e = range_in(vm, a[0], &bytes, ERR_INVAL);
  if (e < 0 || bytes == 0) return e;
  if (a[2] == ADVISE_READ || a[2] == ADVISE_WRITE)
    return advise_populate(vm, a[0], bytes, a[2] == ADVISE_READ ? PROT_R : PROT_W);
  if (a[2] == ADVISE_DONTNEED || a[2] == ADVISE_FREE) advise_drop(vm, a[0], a[0] + bytes);
  return areas_cover(&vm->areas, a[0], a[0] + bytes) ? 0 : ERR_NOMEM;
}

int64_t call_msync(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t bytes = a[1];
  if (!aligned(a[0]) || a[2] & ~7ull || (a[2] & 5) == 5) return ERR_INVAL;
  int e = range_in(vm, a[0], &bytes, ERR_NOMEM);
  return e < 0 ? e : areas_cover(&vm->areas, a[0], a[0] + bytes) ? 0 : ERR_NOMEM;
}

int64_t call_mincore(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t bytes = a[1];
  if (!aligned(a[0])) return ERR_INVAL;
  int e = range_in(vm, a[0], &bytes, ERR_NOMEM);
  if (e == 0 && !areas_cover(&vm->areas, a[0], a[0] + bytes)) e = ERR_NOMEM;
  for (uint64_t at = 0; e == 0 && at < bytes; at += PAGE) {
    uint8_t there = plat_frame(vm->plat, vm->space, a[0] + at) != PHYS_NONE;
    e = user_out(t, a[2] + at / PAGE, &there, 1);
  }
  return e;
}

/* Nothing is ever paged out: only the range is checked. */
static int64_t lock_range(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t start = a[0] & ~(uint64_t)(PAGE - 1), bytes = a[1];
  if (bytes > vm->end) return ERR_NOMEM;
  bytes += a[0] - start;
  int e = range_in(vm, start, &bytes, ERR_NOMEM);
  return e < 0 ? e : areas_cover(&vm->areas, start, start + bytes) ? 0 : ERR_NOMEM;
}
int64_t call_mlock(struct thread *t, const uint64_t a[6]) { return lock_range(t, a); }
int64_t call_munlock(struct thread *t, const uint64_t a[6]) { return lock_range(t, a); }
int64_t call_mlock2(struct thread *t, const uint64_t a[6]) { return a[2] & ~1ull ? ERR_INVAL : lock_range(t, a); }
int64_t call_mlockall(struct thread *t, const uint64_t a[6]) { return a[0] == 0 || a[0] & ~7ull ? ERR_INVAL : 0; }
int64_t call_munlockall(struct thread *t, const uint64_t a[6]) { return 0; }

/* --- brk: the new end, or the old one when it cannot be ------------------------------------------ */

static uint64_t up(uint64_t n) { return (n + PAGE - 1) & ~(uint64_t)(PAGE - 1); }

int64_t call_brk(struct thread *t, const uint64_t a[6]) {
  struct vm *vm = t->process->vm;
  uint64_t want = a[0], old = up(vm->brk);
  if (want < vm->brk_start || want >= vm->areas.ceiling) return (int64_t)vm->brk;
  uint64_t now = up(want);
  if (now > old) {
    struct area more = {.start = old, .end = now, .prot = PROT_R | PROT_W};
    if (areas_overlap(&vm->areas, old, now) || map_too_much(vm, now - old, 0, PROT_W, false)) return (int64_t)vm->brk;
    if (vm_map(vm, &more) < 0) return (int64_t)vm->brk;
  } else if (now < old && vm_unmap(vm, now, old) < 0)
    return (int64_t)vm->brk;
  vm->brk = want;
  return (int64_t)want;
}
