/* kernel/plat/kvm-x86_64/paging.c - page tables: four levels, 4 KiB leaves but for the direct map.
 *
 * Tables come from a static pool until plat_frames() has been called, then from the page allocator.  A `struct space`
 * is its top table as the direct map shows it; its upper half is the kernel's, whose top entries all exist from the
 * start, so that no space has to be told of new kernel mappings.
 */
#include <assert.h>
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { ENTRIES = 512, LEVELS = 4, USER_ENTRIES = 256, WINDOW_ENTRY = 384 };
enum { PTE_TABLE = PTE_P | PTE_W };
/* Pages of the kernel's first table, whose first MiB entry.S leaves free: mapping there needs no memory. */
#define PEEK   LAYOUT_HIGH
#define DEVICE (LAYOUT_HIGH + PAGE)

static unsigned index_at(uintptr_t at, int level) { return at >> (PAGE_SHIFT + 9 * level) & (ENTRIES - 1); }
static bool in_kernel_image(uintptr_t v) { return v >= LAYOUT_HIGH; }
static uint64_t *root_of(struct plat *p, struct space *s) { return s ? (uint64_t *)s : p->root; }

phys_t paging_phys(struct plat *p, const void *table) {
  uintptr_t v = (uintptr_t)table;
  return in_kernel_image(v) ? v - LAYOUT_LINK_BASE + p->load : v - LAYOUT_DIRECT;
}

uint64_t *paging_table(struct plat *p, uint64_t entry) {
  phys_t at = entry & PTE_FRAME;
  if (at >= p->load && at - p->load < (uint64_t)(kernel_end - (uint8_t *)LAYOUT_LINK_BASE))
    return (uint64_t *)(at - p->load + LAYOUT_LINK_BASE);
  return (uint64_t *)(LAYOUT_DIRECT + at);
}

static uint64_t *take_table(struct plat *p) {
  phys_t at;
  if (!p->frames) return p->pool_used < LAYOUT_POOL ? (uint64_t *)(entry_pool + PAGE * p->pool_used++) : NULL;
  at = p->frames->take(p->frames);
  return at == PHYS_NONE ? NULL : (uint64_t *)(LAYOUT_DIRECT + at);
}

uint64_t *paging_make_table(struct plat *p) {
  uint64_t *t = take_table(p);
  if (t) memset(t, 0, PAGE);
  return t;
}

void paging_start(struct plat *p) {
  uint64_t *windows = paging_make_table(p);
  p->root = (uint64_t *)entry_tables;
  p->root[0] = 0; /* the identity mapping of entry.S */
  p->root[WINDOW_ENTRY] = paging_phys(p, windows) | PTE_TABLE;
  p->window = LAYOUT_WINDOWS;
  cpu_set_cr3(paging_phys(p, p->root));
}

const uint8_t *paging_peek(struct plat *p, phys_t at) {
  uint64_t *entry = (uint64_t *)(entry_tables + 5 * PAGE) + index_at(PEEK, 0);
  uint64_t wanted = (at & PTE_FRAME) | PTE_P | (p->features.nx ? PTE_NX : 0);
  if (*entry != wanted) {
    *entry = wanted;
    cpu_forget_page(PEEK);
  }
  return (const uint8_t *)PEEK;
}

/* The entry that maps `at`, made with all its tables when `make`; NULL: there is none, or no memory for it. */
static uint64_t *leaf(struct plat *p, uint64_t *root, uintptr_t at, bool make) {
  uint64_t *t = root;
  for (int level = LEVELS - 1; level > 0; level--) {
    uint64_t *e = &t[index_at(at, level)];
    if (!(*e & PTE_P)) {
      uint64_t *below = make ? paging_make_table(p) : NULL;
      if (!below) return NULL;
      *e = paging_phys(p, below) | PTE_TABLE | (at < LAYOUT_USER_END ? PTE_U : 0);
    }
    assert(!(*e & PTE_LARGE));
    t = paging_table(p, *e);
  }
  return &t[index_at(at, 0)];
}

/* The rest of the table that entry e lies in. */
static size_t left_in_table(uintptr_t at) { return ENTRIES - index_at(at, 0); }

static void change(uint64_t *e, uint64_t to, uintptr_t at) {
  bool was = *e & PTE_P;
  *e = to;
  if (was) cpu_forget_page(at);
}

int paging_set(struct plat *p, uint64_t *root, uintptr_t at, uint64_t entry) {
  uint64_t *e = leaf(p, root, at, true);
  if (!e) return ERR_NOMEM;
  change(e, entry, at);
  return 0;
}

/* Protection as entry bits.  What may not be touched at all is not present, with its frame kept. */
static uint64_t bits_of(struct plat *p, struct space *s, unsigned prot) {
  uint64_t bits = PTE_P;
  assert(s || (prot & (PROT_W | PROT_X)) != (PROT_W | PROT_X));
  if (!(prot & (PROT_R | PROT_W | PROT_X))) return PTE_KEPT;
  if (prot & PROT_W) bits |= PTE_W;
  if (prot & PROT_USER) bits |= PTE_U;
  if (!(prot & PROT_X) && p->features.nx) bits |= PTE_NX;
  return bits;
}

/* Program mappings lie in the lower half, kernel mappings in windows; anything else is a caller's bug. */
static void check_place(struct space *s, uintptr_t at, size_t pages) {
  assert(at % PAGE == 0 && pages <= (UINTPTR_MAX - at) / PAGE);
  if (s)
    assert(at + pages * PAGE <= LAYOUT_USER_END);
  else
    assert(at >= LAYOUT_WINDOWS && at < LAYOUT_HIGH);
}

int plat_map(struct plat *p, struct space *s, uintptr_t at, phys_t frame, size_t pages, unsigned prot) {
  uint64_t bits = bits_of(p, s, prot);
  check_place(s, at, pages);
  for (size_t done = 0; done < pages;) {
    uintptr_t here = at + done * PAGE;
    uint64_t *e = leaf(p, root_of(p, s), here, true);
    size_t n = left_in_table(here);
    if (!e) {
      plat_unmap(p, s, at, done);
      return ERR_NOMEM;
    }
    if (n > pages - done) n = pages - done;
    for (size_t i = 0; i < n; i++) change(&e[i], (frame + (done + i) * PAGE) | bits, here + i * PAGE);
    done += n;
  }
  return 0;
}

uintptr_t plat_next(struct plat *p, struct space *s, uintptr_t at, uintptr_t end) {
  while (at < end) {
    uint64_t *t = root_of(p, s);
    int level = LEVELS - 1;
    for (; level > 0 && t[index_at(at, level)] & PTE_P; level--) t = paging_table(p, t[index_at(at, level)]);
    if (level == 0 && t[index_at(at, 0)]) return at;
    at = ((at >> (PAGE_SHIFT + 9 * level)) + 1) << (PAGE_SHIFT + 9 * level); /* nothing in this entry's reach */
  }
  return end;
}

/* A program's lowest table that maps nothing any more goes back. */
static void drop_leaf_table(struct plat *p, struct space *s, uintptr_t at) {
  uint64_t *t = (uint64_t *)s, *e = NULL;
  for (int level = LEVELS - 1; level > 0; level--) {
    e = &t[index_at(at, level)];
    t = paging_table(p, *e);
  }
  phys_t frame = *e & PTE_FRAME;
  change(e, 0, at);
  p->frames->give(p->frames, frame);
}

void plat_unmap(struct plat *p, struct space *s, uintptr_t at, size_t pages) {
  uintptr_t start = at, end = at + pages * PAGE;
  check_place(s, at, pages);
  while ((at = plat_next(p, s, at, end)) < end) {
    uintptr_t table = at & ~(uintptr_t)(ENTRIES * PAGE - 1);
    bool whole = s && table >= start && end - table >= ENTRIES * PAGE;
    uint64_t *e = leaf(p, root_of(p, s), at, false);
    for (size_t n = left_in_table(at); n > 0 && at < end; n--, at += PAGE) change(e++, 0, at);
    if (whole) drop_leaf_table(p, s, table);
  }
}

void plat_protect(struct plat *p, struct space *s, uintptr_t at, size_t pages, unsigned prot) {
  uint64_t bits = bits_of(p, s, prot);
  uintptr_t end = at + pages * PAGE;
  check_place(s, at, pages);
  while ((at = plat_next(p, s, at, end)) < end) {
    uint64_t *e = leaf(p, root_of(p, s), at, false);
    for (size_t n = left_in_table(at); n > 0 && at < end; n--, at += PAGE, e++)
      if (*e) change(e, (*e & PTE_FRAME) | bits, at);
  }
}

phys_t plat_frame(struct plat *p, struct space *s, uintptr_t at) {
  uint64_t *e;
  check_place(s, at & ~(uintptr_t)(PAGE - 1), 1);
  e = leaf(p, root_of(p, s), at, false);
  return e && *e ? *e & PTE_FRAME : PHYS_NONE;
}

void *plat_window(struct plat *p, uint64_t bytes) {
  const uintptr_t end = LAYOUT_WINDOWS + ((uintptr_t)1 << (PAGE_SHIFT + 27));
  uintptr_t at = p->window;
  if (bytes > end - at - PAGE) return NULL;
  p->window += ((bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1)) + PAGE; /* an unmapped page between two windows */
  p->window_last = at;
  return (void *)at;
}

void plat_window_cut(struct plat *p, void *window, uint64_t bytes) {
  uintptr_t at = (uintptr_t)window;
  if (at != p->window_last) return;
  p->window = bytes ? at + ((bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1)) + PAGE : at;
}

void *paging_device(struct plat *p, phys_t at) {
  uint64_t *entry = (uint64_t *)(entry_tables + 5 * PAGE) + index_at(DEVICE, 0);
  *entry = (at & PTE_FRAME) | PTE_P | PTE_W | PTE_UNCACHED | (p->features.nx ? PTE_NX : 0);
  cpu_forget_page(DEVICE);
  return (uint8_t *)DEVICE + at % PAGE;
}

struct space *plat_space_make(struct plat *p) {
  uint64_t *root = paging_make_table(p);
  if (root) memcpy(root + USER_ENTRIES, p->root + USER_ENTRIES, PAGE / 2);
  return (struct space *)root;
}

static void drop_tables(struct plat *p, uint64_t entry, int level) {
  uint64_t *t = paging_table(p, entry);
  for (unsigned i = 0; level > 0 && i < ENTRIES; i++)
    if (t[i] & PTE_P) drop_tables(p, t[i], level - 1);
  p->frames->give(p->frames, entry & PTE_FRAME);
}

void plat_space_drop(struct plat *p, struct space *s) {
  uint64_t *root = (uint64_t *)s;
  if (!s) return;
  if (p->in_use == s) plat_space_use(p, NULL);
  for (unsigned i = 0; i < USER_ENTRIES; i++)
    if (root[i] & PTE_P) drop_tables(p, root[i], LEVELS - 2);
  p->frames->give(p->frames, paging_phys(p, root));
}

void plat_space_use(struct plat *p, struct space *s) {
  if (p->in_use == s) return;
  p->in_use = s;
  cpu_set_cr3(paging_phys(p, root_of(p, s)));
}

uintptr_t plat_user_end(struct plat *p) { return (void)p, LAYOUT_USER_END; }
