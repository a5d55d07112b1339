/* kernel/ramfs/content.c - the bytes of a file: a slice of an arena below, pages of its own above.
 *
 * Floor 4, part of ramfs' fs_ops.  Reading looks for a page of the file's own, then in the slice, and finds a
 * hole else.  Writing into the slice copies one page of it and no more: one changed byte of a large packed file costs
 * a page.  The slice shrinks from its end as pages cover it, so a rewritten file lets go of the archive.
 * Bytes behind the end of the file, in its last page, are zero.
 */
#include <assert.h>
#include <string.h>

#include "kernel/ramfs/ramfs_inner.h"

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t page_of(uint64_t offset) { return offset >> PAGE_SHIFT; }
static uint64_t pages_for(uint64_t bytes) { return page_of(bytes) + (bytes % PAGE != 0); }
static struct content *content_of(const struct inode *f) { return &rnode_of(f)->u.content; }
static uint8_t *page_bytes(const struct inode *f, uint64_t entry) { return ramfs_of(f)->direct + (entry - 1); }

/* --- the slice -------------------------------------------------------------- */

static void slice_shrink(struct content *c, uint64_t to) {
  if (to >= c->slice_len) return;
  const uint8_t *end = c->slice + c->slice_len;
  const uint8_t *from =
      to ? (const uint8_t *)(((uintptr_t)c->slice + to + PAGE - 1) & ~(uintptr_t)(PAGE - 1)) : c->slice;
  if (from < end) arena_drop(c->arena, from, (uint64_t)(end - from));
  c->slice_len = to;
  if (to == 0) c->arena = NULL;
}

/* Lets go of the end of the slice as far as the file's own pages cover it. */
static void slice_trim(struct inode *f) {
  struct content *c = content_of(f);
  uint64_t keep = c->slice_len, left;
  while (keep) {
    uint64_t *entry = extents_at(c, page_of(keep - 1), &left);
    if (!entry || !*entry) break;
    keep = page_of(keep - 1) << PAGE_SHIFT;
    f->own++;
  }
  slice_shrink(c, keep);
}

/* --- pages of its own --------------------------------------------------------- */

static void pages_cut(struct inode *f, uint64_t from, uint64_t to) {
  struct content *c = content_of(f);
  uint64_t overlays, n = extents_cut(ramfs_of(f), c, from, to, pages_for(c->slice_len), &overlays);
  f->own -= n - overlays;
}

/* A page with a copy of the slice's bytes goes over page `index`. */
static int page_over_slice(struct inode *f, uint64_t *entry, uint64_t index) {
  struct content *c = content_of(f);
  uint64_t at = index << PAGE_SHIFT, n = least(PAGE, c->slice_len - at);
  phys_t frame = pages_take(ramfs_of(f)->pages, 1);
  if (frame == PHYS_NONE) return ERR_NOMEM;
  *entry = frame | 1;
  uint8_t *to = page_bytes(f, *entry);
  memcpy(to, c->slice + at, n);
  memset(to + n, 0, PAGE - n);
  slice_trim(f);
  return 0;
}

/* Zeroed pages for `entry` and up to `most` empty ones behind it, contiguous. */
static int pages_fill(struct inode *f, uint64_t *entry, uint64_t most) {
  uint64_t want = 1;
  phys_t frame;
  while (want < most && entry[want] == 0) want++;
  uint64_t got = pages_take_run(ramfs_of(f)->pages, want, &frame);
  if (got == 0) return ERR_NOMEM;
  memset(ramfs_of(f)->direct + frame, 0, got << PAGE_SHIFT);
  for (uint64_t i = 0; i < got; i++) entry[i] = (frame + (i << PAGE_SHIFT)) | 1;
  f->own += got;
  return 0;
}

/* How many pages from this entry on lie in a row. */
static uint64_t pages_row(const uint64_t *entry, uint64_t most) {
  uint64_t n = 1;
  while (n < most && entry[n] == entry[0] + (n << PAGE_SHIFT)) n++;
  return n;
}

/* The entry of page `index`, which has a page then; neighbours up to `most` pages may get theirs. */
static uint64_t *page_own(struct inode *f, uint64_t index, uint64_t most, uint64_t *left) {
  struct content *c = content_of(f);
  uint64_t *entry = extents_make(ramfs_of(f)->heap, c, index, left);
  if (!entry) return NULL;
  if (*entry) return entry;
  int rc =
      index < pages_for(c->slice_len) ? page_over_slice(f, entry, index) : pages_fill(f, entry, least(most, *left));
  return rc ? NULL : entry;
}

/* --- reading and writing --------------------------------------------------------- */

const uint8_t *content_span(struct inode *f, uint64_t offset, uint64_t most, uint64_t *n) {
  const struct content *c = content_of(f);
  uint64_t left, in = offset % PAGE;
  *n = offset < f->size ? least(most, f->size - offset) : 0;
  if (*n == 0) return NULL;
  const uint64_t *entry = extents_at(c, page_of(offset), &left);
  if (entry && *entry) {
    uint64_t row = pages_row(entry, least(left, pages_for(in + *n)));
    *n = least(*n, (row << PAGE_SHIFT) - in);
    return page_bytes(f, *entry) + in;
  }
  uint64_t next = c->root ? extents_next(c, page_of(offset)) : UINT64_MAX;
  if (next <= page_of(INT64_MAX)) *n = least(*n, (next << PAGE_SHIFT) - offset);
  if (offset >= c->slice_len) return NULL;
  *n = least(*n, c->slice_len - offset);
  return c->slice + offset;
}

uint8_t *content_span_for_write(struct inode *f, uint64_t offset, uint64_t most, uint64_t *n) {
  uint64_t left, in = offset % PAGE;
  *n = 0;
  if (most == 0 || offset > INT64_MAX) return NULL;
  most = least(most, (uint64_t)EXTENT_FAN << PAGE_SHIFT);
  uint64_t *entry = page_own(f, page_of(offset), pages_for(in + most), &left);
  if (!entry) return NULL;
  uint64_t row = pages_row(entry, least(left, pages_for(in + most)));
  *n = least(most, (row << PAGE_SHIFT) - in);
  return page_bytes(f, *entry) + in;
}

/* Zeroes [offset, end) of one page, if the file has it. */
static void page_wipe(struct inode *f, uint64_t offset, uint64_t end) {
  uint64_t left, *entry = extents_at(content_of(f), page_of(offset), &left);
  if (entry && *entry && offset < end) memset(page_bytes(f, *entry) + offset % PAGE, 0, end - offset);
}

int content_resize(struct inode *f, uint64_t size) {
  if (size > INT64_MAX) return ERR_FBIG;
  if (size <= f->size) {
    pages_cut(f, pages_for(size), UINT64_MAX);
    slice_shrink(content_of(f), size);
    if (size % PAGE) page_wipe(f, size, pages_for(size) << PAGE_SHIFT);
    slice_trim(f);
  }
  f->size = size;
  return 0;
}

int content_punch(struct inode *f, uint64_t offset, uint64_t n) {
  struct content *c = content_of(f);
  if (n == 0 || offset > INT64_MAX || n > INT64_MAX - offset) return n ? ERR_FBIG : 0;
  uint64_t end = offset + n, left;
  /* A slice cannot have holes: what is left of it becomes the file's own. */
  if (offset < c->slice_len)
    for (uint64_t p = pages_for(c->slice_len); p-- > 0;)
      if (p < pages_for(c->slice_len) && !page_own(f, p, 1, &left)) return ERR_NOMEM;
  uint64_t first = pages_for(offset), last = page_of(end);
  if (first > last) {
    page_wipe(f, offset, end);
    return 0;
  }
  page_wipe(f, offset, first << PAGE_SHIFT);
  if (end % PAGE) page_wipe(f, last << PAGE_SHIFT, end);
  pages_cut(f, first, last);
  return 0;
}

int64_t content_seek(struct inode *f, uint64_t offset, bool hole) {
  const struct content *c = content_of(f);
  uint64_t left;
  if (offset >= f->size) return ERR_NXIO;
  uint64_t page = page_of(offset), slice = pages_for(c->slice_len);
  if (!hole) {
    if (page < slice) return (int64_t)offset;
    uint64_t next = extents_next(c, page);
    if (next >= pages_for(f->size)) return ERR_NXIO;
    return (int64_t)(next == page ? offset : next << PAGE_SHIFT);
  }
  for (const uint64_t *entry; page < slice || ((entry = extents_at(c, page, &left)) && *entry);)
    page = page < slice ? slice : page + 1;
  uint64_t at = page == page_of(offset) ? offset : page << PAGE_SHIFT;
  return (int64_t)least(at, f->size);
}

/* A long symlink counts as a page, as on Linux's tmpfs. */
uint64_t content_blocks(const struct inode *f) {
  if (ramfs_is(f, MODE_LINK)) return f->size < 128 ? 0 : PAGE / 512;
  if (!ramfs_is(f, MODE_FILE)) return 0;
  return (f->own + pages_for(content_of(f)->slice_len)) * (PAGE / 512);
}

/* --- frames for mappings ------------------------------------------------------------- */

/* The frame behind a page of the slice, when it holds this page of the file and nothing else. */
static phys_t slice_frame(const struct content *c, uint64_t index) {
  uint64_t at = index << PAGE_SHIFT;
  if (((uintptr_t)c->slice & (PAGE - 1)) != 0) return PHYS_NONE;
  for (uint64_t i = least(PAGE, c->slice_len - at); i < PAGE; i++)
    if (c->slice[at + i]) return PHYS_NONE;
  return arena_frame(c->arena, c->slice + at);
}

int content_frame(struct inode *f, uint64_t index, bool shared, phys_t *frame) {
  const struct content *c = content_of(f);
  uint64_t left;
  if (index >= pages_for(f->size)) return ERR_NXIO;
  const uint64_t *entry = shared ? page_own(f, index, 1, &left) : extents_at(c, index, &left);
  if (shared && !entry) return ERR_NOMEM;
  *frame = PHYS_NONE;
  if (entry && *entry)
    *frame = *entry - 1;
  else if (index < pages_for(c->slice_len))
    *frame = slice_frame(c, index);
  return *frame == PHYS_NONE ? ERR_AGAIN : pages_hold(ramfs_of(f)->pages, *frame, 1);
}

/* --- the whole ---------------------------------------------------------------------------- */

void content_drop(struct inode *f) {
  pages_cut(f, 0, UINT64_MAX);
  slice_shrink(content_of(f), 0);
  f->size = 0;
}

int content_adopt(struct inode *f, struct arena *arena, const void *data, uint64_t n) {
  struct content *c = content_of(f);
  int rc = arena_hold(arena, data, n);
  if (rc < 0) return rc;
  if (c->arena || c->root) content_drop(f);
  c->arena = n ? arena : NULL;
  c->slice = data;
  c->slice_len = n;
  f->size = n;
  return 0;
}
