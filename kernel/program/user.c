/* kernel/program/user.c - copies between kernel and program, bringing pages as they are missed.
 *
 * plat_copy_* never faults: it tells how far it came.  What stopped it is resolved by vm_fault, page by page, and the
 * copy goes on; a page that is there and still refuses is the program's bad pointer.
 */
#include "kernel/program/user.h"

#include <string.h>

enum user_way { USER_IN, USER_OUT, USER_ZERO };

static size_t user_move(struct plat *p, enum user_way way, uint64_t user, uint8_t *kernel, size_t n) {
  switch (way) {
  case USER_IN:
    return plat_copy_in(p, kernel, user, n);
  case USER_OUT:
    return plat_copy_out(p, user, kernel, n);
  default:
    return plat_zero_out(p, user, n);
  }
}

/* Resolves the page at `user`; out of memory ends the program, as it does in a trap. */
static int user_resolve(struct thread *t, uint64_t user, unsigned access) {
  struct process *p = t->process;
  int e = vm_fault(p->vm, user, access);
  if (e == ERR_NOMEM && !p->ended) {
    process_say(p, "program: out of memory: wanted %llu, left %llu", (unsigned long long)p->vm->wanted_and_had[0],
                (unsigned long long)p->vm->wanted_and_had[1]);
    process_kill(p, LX_SIGKILL);
  }
  return e < 0 ? ERR_FAULT : 0;
}

/* How many of n bytes came: fewer only before a bad pointer. */
static size_t user_reach(struct thread *t, enum user_way way, uint64_t user, uint8_t *kernel, size_t n) {
  struct process *p = t->process;
  unsigned access = way == USER_IN ? PROT_R : PROT_W;
  size_t done = 0;
  if (user > p->vm->end || n > p->vm->end - user) return 0;
  for (;;) {
    uint8_t *at = kernel ? kernel + done : NULL;
    size_t moved = user_move(p->plat, way, user + done, at, n - done);
    done += moved;
    if (done == n || user_resolve(t, user + done, access) < 0) return done;
    size_t rest = PAGE - ((user + done) & (PAGE - 1)), part = n - done < rest ? n - done : rest;
    at = kernel ? kernel + done : NULL;
    moved = user_move(p->plat, way, user + done, at, part);
    done += moved;
    if (moved != part || done == n) return done;
  }
}

static int user_copy(struct thread *t, enum user_way way, uint64_t user, uint8_t *kernel, size_t n) {
  return user_reach(t, way, user, kernel, n) == n ? 0 : ERR_FAULT;
}

int user_in(struct thread *t, void *to, uint64_t from, size_t n) { return user_copy(t, USER_IN, from, to, n); }
int user_out(struct thread *t, uint64_t to, const void *from, size_t n) {
  return user_copy(t, USER_OUT, to, (uint8_t *)from, n);
}
int user_zero(struct thread *t, uint64_t to, size_t n) { return user_copy(t, USER_ZERO, to, NULL, n); }

int64_t user_string(struct thread *t, char *to, size_t room, uint64_t from) {
  for (size_t have = 0; have < room;) {
    size_t part = 256 - ((from + have) & 255); /* never across a page for nothing */
    if (part > room - have) part = room - have;
    int e = user_in(t, to + have, from + have, part);
    if (e < 0) return e;
    const char *end = memchr(to + have, 0, part);
    if (end) return end - to;
    have += part;
  }
  return ERR_NAMETOOLONG;
}

int user_path_or_empty(struct thread *t, unsigned which, uint64_t from) {
  int64_t n = user_string(t, t->path[which], LIMIT_PATH, from);
  return n < 0 ? (int)n : 0;
}

int user_path(struct thread *t, unsigned which, uint64_t from) {
  int e = user_path_or_empty(t, which, from);
  return e < 0 ? e : t->path[which][0] ? 0 : ERR_NOENT;
}

static int user_io_step(struct io *io, enum user_way way, uint8_t *kernel, size_t n) {
  struct user_io *u = (struct user_io *)io;
  while (n > 0) {
    size_t left = u->vec->len - u->at, part = n < left ? n : left;
    size_t came = user_reach(u->thread, way, u->vec->base + u->at, kernel, part);
    u->at += came, n -= came, io->left -= came, kernel = kernel ? kernel + came : NULL;
    if (came < part) return ERR_FAULT;
    if (u->at == u->vec->len && io->left > 0) u->vec++, u->at = 0;
  }
  return 0;
}

static int user_io_into(struct io *io, void *kernel, size_t n) { return user_io_step(io, USER_OUT, kernel, n); }
static int user_io_from(struct io *io, void *kernel, size_t n) { return user_io_step(io, USER_IN, kernel, n); }
static int user_io_zero(struct io *io, size_t n) { return user_io_step(io, USER_ZERO, NULL, n); }

/* A shared mapping may be of the very file that is being read or written: its pages are brought first, so that no
 * fault changes the file's storage under the copy. */
static int user_settle(struct thread *t, bool into, uint64_t base, uint64_t n) {
  const struct areas *s = &t->process->vm->areas;
  for (size_t i = areas_index(s, base); i < s->count && s->at[i]->start < base + n; i++) {
    const struct area *a = s->at[i];
    if (!a->shared || !a->inode) continue;
    uint64_t from = a->start > base ? a->start : base & ~(uint64_t)(PAGE - 1);
    for (; from < base + n && from < a->end; from += PAGE)
      if (plat_frame(t->process->plat, t->process->vm->space, from) == PHYS_NONE &&
          user_resolve(t, from, into ? PROT_W : PROT_R) < 0)
        break;
  }
  return 0;
}

static int user_io_check(struct thread *t, bool into, const struct lx_iovec *v) {
  uint64_t end = t->process->vm->end;
  if (v->base > end || v->len > end - v->base) return ERR_FAULT;
  return user_settle(t, into, v->base, v->len);
}

static void user_io_start(struct user_io *u, struct thread *t, bool into, struct lx_iovec *vec, uint64_t n) {
  u->io.left = n < USER_MOST ? n : USER_MOST;
  u->io.move = into ? user_io_into : user_io_from;
  u->io.zero = user_io_zero;
  u->thread = t;
  u->vec = vec;
  u->at = 0;
}

int user_io_one(struct user_io *u, struct thread *t, bool into, uint64_t base, uint64_t n) {
  u->few[0] = (struct lx_iovec){base, n};
  u->owned = NULL;
  user_io_start(u, t, into, u->few, n);
  return user_io_check(t, into, u->few);
}

int user_io_many(struct user_io *u, struct thread *t, bool into, uint64_t vectors, uint64_t count) {
  uint64_t sum = 0;
  u->owned = NULL;
  if (count > USER_VECTORS) return ERR_INVAL;
  struct lx_iovec *v = u->few; /* a program says with these that there is no memory left */
  if (count > USER_FEW) v = u->owned = heap_take(t->process->heap, count * sizeof *v);
  if (!v) return ERR_NOMEM;
  int e = user_in(t, v, vectors, count * sizeof *v);
  for (uint64_t i = 0; e == 0 && i < count; i++) {
    e = v[i].len > INT64_MAX - sum ? ERR_INVAL : user_io_check(t, into, &v[i]);
    sum += v[i].len;
  }
  user_io_start(u, t, into, v, sum);
  if (e < 0) user_io_done(u);
  return e;
}

void user_io_done(struct user_io *u) {
  if (u->owned) heap_give(u->thread->process->heap, u->owned);
  u->owned = NULL;
}
