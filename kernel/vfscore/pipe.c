/* kernel/vfscore/pipe.c - pipes, with and without a name: a ring of sixteen pages.
 *
 * Floor 4.  A page is taken when bytes come to it and given back when they have been read.  Writes of up to a page
 * go in whole or not at all.  A FIFO's pipe hangs at its inode while it is open.
 */
#include <assert.h>

#include "kernel/mem/pages.h"
#include "kernel/vfscore/vfs_inner.h"

enum { PIPE_PAGES = 16, PIPE_ROOM = PIPE_PAGES * PAGE, PIPE_ATOMIC = PAGE };

struct pipe {
  unsigned readers, writers;
  uint64_t opened;     /* writers ever */
  uint64_t head, tail; /* bytes ever written, ever read */
  uint8_t *page[PIPE_PAGES];
};

static uint64_t pipe_full(const struct pipe *p) { return p->head - p->tail; }
static uint64_t pipe_free(const struct pipe *p) { return PIPE_ROOM - pipe_full(p); }
static uint8_t **pipe_page(struct pipe *p, uint64_t at) { return &p->page[at / PAGE % PIPE_PAGES]; }
static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* A pipe has no offsets: its file keeps how many writers there had been when it came and found none. */
static void pipe_enter(struct file *f, struct pipe *p) {
  f->pipe = p;
  f->offset = p->writers ? 0 : p->opened;
  if (file_reads(f)) p->readers++;
  if (file_writes(f)) p->writers++, p->opened++;
}

int pipe_attach(struct file *f) {
  struct extra *e = extra_of(f->vfs, f->inode);
  if (!e) return ERR_NOMEM;
  if (!e->pipe) e->pipe = heap_take_zero(f->vfs->heap, sizeof *e->pipe);
  if (!e->pipe) return ERR_NOMEM;
  struct pipe *p = e->pipe;
  pipe_enter(f, p);
  if ((f->flags & VFS_ACCMODE) == VFS_WRONLY && p->readers == 0) return f->flags & VFS_NONBLOCK ? ERR_NXIO : ERR_AGAIN;
  if ((f->flags & VFS_ACCMODE) == VFS_RDONLY && p->writers == 0 && !(f->flags & VFS_NONBLOCK)) return ERR_AGAIN;
  return 0;
}

static void pipe_drop(struct vfs *v, struct pipe *p) {
  for (int i = 0; i < PIPE_PAGES; i++) heap_give(v->heap, p->page[i]);
  heap_give(v->heap, p);
}

void pipe_detach(struct file *f) {
  struct pipe *p = f->pipe;
  if (!p) return;
  if (file_reads(f)) p->readers--;
  if (file_writes(f)) p->writers--;
  f->pipe = NULL;
  if (p->readers + p->writers) return;
  pipe_drop(f->vfs, p);
  if (f->inode) ((struct extra *)f->inode->extra)->pipe = NULL;
}

int vfs_pipe(struct vfs *v, unsigned flags, struct file *ends[2]) {
  struct pipe *p = heap_take_zero(v->heap, sizeof *p);
  unsigned keep = flags & VFS_NONBLOCK;
  struct file *r = p ? file_make(v, NULL, VFS_RDONLY | keep) : NULL;
  if (r) pipe_enter(r, p);
  struct file *w = r ? file_make(v, NULL, VFS_WRONLY | keep) : NULL;
  if (!w) {
    if (r)
      file_close(r);
    else
      heap_give(v->heap, p);
    return ERR_NOMEM;
  }
  pipe_enter(w, p);
  ends[0] = r;
  ends[1] = w;
  return 0;
}

int64_t pipe_read(struct file *f, struct io *io) {
  struct pipe *p = f->pipe;
  uint64_t done = 0;
  if (io->left == 0) return 0;
  if (pipe_full(p) == 0) return p->writers ? ERR_AGAIN : 0;
  while (io->left && pipe_full(p)) {
    uint64_t in = p->tail % PAGE, n = least(io->left, least(pipe_full(p), PAGE - in));
    uint8_t **page = pipe_page(p, p->tail);
    if (io->move(io, *page + in, n)) return done ? (int64_t)done : ERR_FAULT;
    p->tail += n;
    done += n;
    bool shared = pipe_full(p) > PIPE_ROOM - PAGE; /* the newest bytes stand in front of the oldest */
    if ((p->tail % PAGE && pipe_full(p)) || shared) continue;
    heap_give(f->vfs->heap, *page);
    *page = NULL;
  }
  return (int64_t)done;
}

int64_t pipe_write(struct file *f, struct io *io) {
  struct pipe *p = f->pipe;
  uint64_t done = 0;
  if (io->left == 0) return 0;
  if (p->readers == 0) return ERR_PIPE;
  if (pipe_free(p) == 0 || (io->left <= PIPE_ATOMIC && pipe_free(p) < io->left)) return ERR_AGAIN;
  while (io->left && pipe_free(p)) {
    uint64_t in = p->head % PAGE, n = least(io->left, least(pipe_free(p), PAGE - in));
    uint8_t **page = pipe_page(p, p->head);
    if (!*page) *page = heap_take(f->vfs->heap, PAGE);
    if (!*page) return done ? (int64_t)done : ERR_NOMEM;
    if (io->move(io, *page + in, n)) return done ? (int64_t)done : ERR_FAULT;
    p->head += n;
    done += n;
  }
  return (int64_t)done;
}

unsigned pipe_poll(struct file *f) {
  const struct pipe *p = f->pipe;
  unsigned now = 0;
  bool gone = p->writers == 0 && p->opened != f->offset; /* none yet is no hang-up */
  if (file_reads(f)) now |= (pipe_full(p) ? VFS_IN : 0) | (gone ? VFS_HUP : 0);
  if (file_writes(f)) now |= (pipe_free(p) >= PIPE_ATOMIC ? VFS_OUT : 0) | (p->readers ? 0 : VFS_ERR);
  return now;
}

uint64_t pipe_waiting(const struct file *f) { return pipe_full(f->pipe); }
