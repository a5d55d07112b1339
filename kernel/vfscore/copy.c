/* kernel/vfscore/copy.c - bytes from file to file, and room made in advance.
 *
 * Floor 4.  Between regular files bytes go from span to span; to anything else straight from the
 * span.  The destination's span is asked for first: making it may replace the source's storage.
 */
#include <string.h>

#include "kernel/vfscore/vfs_inner.h"

struct copying {
  struct file *out, *in;
  uint64_t to, from, n;
};

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }
static bool is_regular(const struct file *f) { return f->inode && inode_is(f->inode, MODE_FILE); }
static bool is_dir(const struct file *f) { return f->inode && inode_is(f->inode, MODE_DIR); }

/* One piece; bytes copied, 0: no room. */
static uint64_t copy_piece(const struct copying *k, uint64_t done) {
  struct inode *out = k->out->inode, *in = k->in->inode;
  uint64_t n, m;
  uint8_t *to = out->fs->ops->span_for_write(out, k->to + done, k->n - done, &n);
  if (!to) return 0;
  const uint8_t *from = in->fs->ops->span(in, k->from + done, n, &m);
  if (from)
    memcpy(to, from, m);
  else
    memset(to, 0, m);
  return m;
}

static int64_t copy_regular(const struct copying *k) {
  struct inode *out = k->out->inode;
  uint64_t before = out->size, end = k->to + k->n, done = 0, n;
  if (out == k->in->inode && k->to < k->from + k->n && k->from < end) return ERR_INVAL;
  int rc = end > before ? out->fs->ops->resize(out, end) : 0;
  if (rc) return rc;
  while (done < k->n && (n = copy_piece(k, done))) done += n;
  if (done < k->n && end > before) out->fs->ops->resize(out, done && k->to + done > before ? k->to + done : before);
  if (done == 0) return ERR_NOSPC;
  file_changed(k->out);
  return (int64_t)done;
}

/* To a pipe, a device, or whatever takes bytes. */
static int64_t copy_out(const struct copying *k) {
  static const uint8_t zeros[512];
  struct inode *in = k->in->inode;
  uint64_t done = 0, n;
  while (done < k->n) {
    struct io_memory m;
    const uint8_t *from = in->fs->ops->span(in, k->from + done, k->n - done, &n);
    if (!from) n = least(n, sizeof zeros);
    io_write_from(&m, from ? from : zeros, n);
    int64_t moved = file_write(k->out, &m.io);
    if (moved <= 0) return done ? (int64_t)done : moved;
    done += (uint64_t)moved;
    if ((uint64_t)moved < n) break;
  }
  return (int64_t)done;
}

int64_t file_copy(struct file *out, uint64_t *out_offset, struct file *in, uint64_t *in_offset, uint64_t n) {
  struct copying k = {out, in, out_offset ? *out_offset : out->offset, in_offset ? *in_offset : in->offset, n};
  if ((in->flags | out->flags) & VFS_PATH) return ERR_BADF;
  if (is_dir(in) || is_dir(out)) return ERR_ISDIR;
  if (!is_regular(in) || (!is_regular(out) && out_offset)) return ERR_INVAL;
  if (!file_reads(in) || !file_writes(out)) return ERR_BADF;
  if (is_regular(out) && out->flags & VFS_APPEND) return ERR_BADF;
  if (k.from > INT64_MAX || k.to > INT64_MAX) return ERR_INVAL;
  k.n = k.from < in->inode->size ? least(n, in->inode->size - k.from) : 0;
  if (k.n == 0) return 0;
  if (is_regular(out) && k.n > INT64_MAX - k.to) return ERR_FBIG;
  if (!(in->flags & VFS_NOATIME)) vfs_touch_atime(in->vfs, in->inode);
  int64_t done = is_regular(out) ? copy_regular(&k) : copy_out(&k);
  if (done <= 0) return done;
  *(in_offset ? in_offset : &in->offset) = k.from + (uint64_t)done;
  if (is_regular(out)) *(out_offset ? out_offset : &out->offset) = k.to + (uint64_t)done;
  return done;
}

/* --- fallocate ----------------------------------------------------------------- */

enum { KEEP_SIZE = 1, PUNCH_HOLE = 2 };

static int allocate_range(struct inode *i, uint64_t offset, uint64_t n) {
  struct fs_space space;
  i->fs->ops->space(i->fs, &space);
  if (n > space.bytes_free + i->size) return ERR_NOSPC; /* do not fill the memory only to find out */
  for (uint64_t done = 0, part; done < n; done += part)
    if (!i->fs->ops->span_for_write(i, offset + done, n - done, &part)) {
      i->fs->ops->resize(i, i->size); /* what was made behind the end goes again */
      return ERR_NOSPC;
    }
  return 0;
}

int file_allocate(struct file *f, int mode, uint64_t offset, uint64_t n) {
  if (!file_writes(f)) return ERR_BADF;
  if (n == 0 || offset > INT64_MAX || n > INT64_MAX) return ERR_INVAL;
  if (mode != 0 && mode != KEEP_SIZE && mode != (PUNCH_HOLE | KEEP_SIZE)) return ERR_OPNOTSUPP;
  if (!f->inode || f->pipe) return ERR_SPIPE;
  if (!is_regular(f)) return ERR_NODEV;
  if (n > INT64_MAX - offset) return ERR_FBIG;
  struct inode *i = f->inode;
  int rc = mode & PUNCH_HOLE ? i->fs->ops->punch(i, offset, n) : allocate_range(i, offset, n);
  if (rc) return rc == ERR_NOMEM ? ERR_NOSPC : rc;
  if (mode == 0 && offset + n > i->size) rc = i->fs->ops->resize(i, offset + n);
  file_changed(f);
  return rc;
}
