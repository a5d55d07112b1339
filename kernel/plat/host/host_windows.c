/* kernel/plat/host/host_windows.c - windows: reserved addresses into which frames are mapped.
 *
 * Mapping a frame is mapping that page of the RAM file once more.  Only the kernel's own space (NULL) exists.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "host_inner.h"

enum { HOST_TABLE = 512 /* pages that one page table maps */ };

static void *reserve(uint64_t bytes, int prot) {
  void *at = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

static void window_drop(struct host_window *w) {
  if (w->base) munmap(w->base, w->pages * PAGE);
  if (w->frame) munmap(w->frame, w->pages * sizeof *w->frame);
  free(w);
}

void host_windows_drop(struct plat *p) {
  for (struct host_window *next; p->windows; p->windows = next) {
    next = p->windows->next;
    window_drop(p->windows);
  }
}

void *plat_window(struct plat *p, uint64_t bytes) {
  if (bytes == 0 || bytes > INT64_MAX) return NULL;
  struct host_window *w = calloc(1, sizeof *w);
  if (!w) return NULL;
  w->pages = (bytes + PAGE - 1) / PAGE;
  w->base = reserve(w->pages * PAGE, PROT_NONE);
  w->frame = reserve(w->pages * sizeof *w->frame, PROT_READ | PROT_WRITE);
  if (!w->base || !w->frame) {
    window_drop(w);
    return NULL;
  }
  w->next = p->windows;
  p->windows = w;
  return w->base;
}

void plat_window_cut(struct plat *p, void *window, uint64_t bytes) {
  struct host_window *w = p->windows;
  uint64_t keep = (bytes + PAGE - 1) / PAGE;
  if (!w || w->base != window || keep >= w->pages) return;
  if (keep == 0) {
    p->windows = w->next;
    window_drop(w);
    return;
  }
  uint64_t frames = keep * sizeof *w->frame, kept = (frames + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  munmap(w->base + keep * PAGE, (w->pages - keep) * PAGE);
  if (kept < w->pages * sizeof *w->frame) munmap((uint8_t *)w->frame + kept, w->pages * sizeof *w->frame - kept);
  w->pages = keep;
}

/* The window around an address and the page's index in it; NULL: none. */
static struct host_window *window_of(struct plat *p, uintptr_t at, uint64_t *index) {
  for (struct host_window *w = p->windows; w; w = w->next) {
    *index = (at - (uintptr_t)w->base) / PAGE;
    if (at >= (uintptr_t)w->base && *index < w->pages) return w;
  }
  return NULL;
}

static int host_prot(unsigned prot) {
  return (prot & PROT_R ? PROT_READ : 0) | (prot & PROT_W ? PROT_WRITE : 0) | (prot & PROT_X ? PROT_EXEC : 0);
}

/* What a machine's page tables would take by the time that `pages` pages of the window have been mapped. */
static bool take_tables(struct plat *p, struct host_window *w, uint64_t pages) {
  for (; p->frames && w->tables * HOST_TABLE < pages; w->tables++)
    if (p->frames->take(p->frames) == PHYS_NONE) return false;
  return true;
}

int plat_map(struct plat *p, struct space *s, uintptr_t at, phys_t frame, size_t pages, unsigned prot) {
  uint64_t index;
  struct host_window *w = s ? NULL : window_of(p, at, &index);
  if (!w || w->pages - index < pages || frame > p->bytes || p->bytes - frame < pages * PAGE) return ERR_NOMEM;
  if (!take_tables(p, w, index + pages)) return ERR_NOMEM;
  void *got = mmap((void *)at, pages * PAGE, host_prot(prot), MAP_SHARED | MAP_FIXED, p->memfd, (off_t)frame);
  if (got == MAP_FAILED) return ERR_NOMEM;
  for (size_t i = 0; i < pages; i++) w->frame[index + i] = frame / PAGE + i + 1;
  return 0;
}

/* The host may refuse to split its mappings further; a page then stays readable, but is not ours any more. */
void plat_unmap(struct plat *p, struct space *s, uintptr_t at, size_t pages) {
  uint64_t index;
  struct host_window *w = s ? NULL : window_of(p, at, &index);
  if (!w || w->pages - index < pages) return;
  for (size_t i = 0; i < pages; i++) w->frame[index + i] = 0;
  (void)mmap((void *)at, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

void plat_protect(struct plat *p, struct space *s, uintptr_t at, size_t pages, unsigned prot) {
  uint64_t index;
  if (s || !window_of(p, at, &index)) return;
  (void)mprotect((void *)at, pages * PAGE, host_prot(prot));
}

phys_t plat_frame(struct plat *p, struct space *s, uintptr_t at) {
  uint64_t index;
  struct host_window *w = s ? NULL : window_of(p, at, &index);
  return w && w->frame[index] ? (w->frame[index] - 1) * PAGE : PHYS_NONE;
}
