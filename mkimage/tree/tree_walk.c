/* mkimage/tree/tree_walk.c - lists directories in several threads: see tree_walk.h.
 *
 * Directories wait in a list, each is opened by its path below the root: no
 * depth of the tree takes descriptors or stack.  Each thread has a working
 * directory of its own and goes where it lists: nothing but a name lists the
 * extended attributes of an entry, and the way to it through /proc is three times as long.
 */
#include "mkimage/tree/tree_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/lib/crew.h"
#include "mkimage/tree/tree_parts.h"

enum { WALK_THREADS = 8, WALK_LIST_ROOM = 32 << 10 };

struct walk_state {
  struct tree *t;
  const struct recipe *r;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  struct walk_dir *waiting;
  unsigned busy; /* threads that may still find directories */
  bool no_memory;
};

struct walk_thread {
  struct walk_state *s;
  struct pool pool;
  pthread_t thread;
  bool own_place; /* it has a working directory of its own */
  bool there;     /* which is the directory at hand */
  _Alignas(struct dirent64) char list[WALK_LIST_ROOM];
};

/* --- entries -------------------------------------------------------------------------- */

void walk_fill(struct tree_inode *n, const struct stat *st, const char *path) {
  bool device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
  n->mode = st->st_mode;
  n->uid = st->st_uid;
  n->gid = st->st_gid;
  n->mtime = st->st_mtim.tv_sec;
  n->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
  n->rdev_major = device ? major(st->st_rdev) : 0;
  n->rdev_minor = device ? minor(st->st_rdev) : 0;
  n->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
  n->place = S_ISREG(st->st_mode) && st->st_size > 0 ? TREE_DISK : TREE_NOWHERE;
  n->disk = path;
  n->seen = tree_see(st);
}

static bool walk_attributes(const struct walk_thread *w, int dir, const char *name) {
  char where[64 + LIMIT_NAME];
  if (!w->there) snprintf(where, sizeof where, "/proc/self/fd/%d/%s", dir, name);
  ssize_t n = llistxattr(w->there ? name : where, NULL, 0);
  return n > 0 || (n < 0 && errno == E2BIG);
}

static bool walk_target(struct walk_thread *w, int dir, const char *name, struct walk_entry *e) {
  char target[LIMIT_TARGET + 2];
  ssize_t len = readlinkat(dir, name, target, sizeof target);
  if (len < 0) {
    e->fault = WALK_LINK;
    e->error = errno;
    return true;
  }
  if (len > LIMIT_TARGET) e->fault = WALK_LONG_TARGET;
  e->inode->target = pool_copy(&w->pool, target, (size_t)len);
  e->inode->size = (uint64_t)len;
  return e->inode->target != NULL;
}

static bool walk_new_dir(struct walk_thread *w, struct walk_entry *e) {
  struct walk_dir *d = e->dir = calloc(1, sizeof *d);
  if (d == NULL) return false;
  d->path = e->path;
  return true;
}

/* False: no memory.  *kept: it is not excluded. */
static bool walk_look(struct walk_thread *w, int dir, const char *name, struct walk_entry *e, bool *kept) {
  struct stat st;
  *kept = true;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    e->fault = WALK_STAT;
    e->error = errno;
    return true;
  }
  *kept = !tree_excluded(w->s->t, w->s->r, e->path, S_ISDIR(st.st_mode));
  if (!*kept) return true;
  e->inode = pool_take(&w->pool, sizeof *e->inode);
  if (e->inode == NULL) return false;
  walk_fill(e->inode, &st, e->path);
  e->linked = st.st_nlink > 1 && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode);
  e->attributes = walk_attributes(w, dir, name);
  if (S_ISLNK(st.st_mode)) return walk_target(w, dir, name, e);
  return !S_ISDIR(st.st_mode) || walk_new_dir(w, e);
}

/* "directory/name", in the pool. */
static const char *walk_path(struct walk_thread *w, const char *dir, const char *name, size_t *len) {
  size_t front = strcmp(dir, ".") == 0 ? 0 : strlen(dir) + 1, n = strlen(name);
  char *path = pool_take(&w->pool, front + n + 1);
  if (path == NULL) return NULL;
  if (front > 0) memcpy(path, dir, front - 1), path[front - 1] = '/';
  memcpy(path + front, name, n);
  *len = front + n;
  return path;
}

static bool walk_entry(struct walk_thread *w, struct walk_dir *d, int fd, const char *name) {
  struct walk_entry e = {0};
  size_t len;
  bool kept = true;
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
  if ((e.path = walk_path(w, d->path, name, &len)) == NULL) return false;
  if (len >= LIMIT_PATH)
    e.fault = WALK_LONG_PATH;
  else if (!walk_look(w, fd, name, &e, &kept))
    return false;
  if (!kept) return true;
  if (d->entries == d->room) {
    size_t room = d->room ? d->room * 2 : 16;
    struct walk_entry *more = reallocarray(d->entry, room, sizeof *more);
    if (more == NULL) return free(e.dir), false;
    d->entry = more;
    d->room = room;
  }
  d->entry[d->entries++] = e;
  return true;
}

/* --- directories ------------------------------------------------------------------------ */

static int walk_compare(const void *a, const void *b) {
  return strcmp(((const struct walk_entry *)a)->path, ((const struct walk_entry *)b)->path);
}

static bool walk_list(struct walk_thread *w, struct walk_dir *d, int fd) {
  ssize_t n;
  w->there = w->own_place && fchdir(fd) == 0;
  while ((n = getdents64(fd, w->list, sizeof w->list)) > 0)
    for (ssize_t at = 0; at < n;) {
      const struct dirent64 *e = (const struct dirent64 *)(const void *)(w->list + at);
      if (!walk_entry(w, d, fd, e->d_name)) return false;
      at += e->d_reclen;
    }
  if (n < 0) d->fault = WALK_LIST, d->error = errno;
  if (d->entries > 1) qsort(d->entry, d->entries, sizeof *d->entry, walk_compare);
  return true;
}

static bool walk_read(struct walk_thread *w, struct walk_dir *d) {
  int fd = openat(w->s->t->root_fd, d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    d->fault = WALK_OPEN;
    d->error = errno;
    return true;
  }
  bool ok = walk_list(w, d, fd);
  close(fd);
  return ok;
}

/* With the lock held: the directories in `d` wait to be read. */
static void walk_push(struct walk_state *s, const struct walk_dir *d) {
  for (size_t i = d->entries; i-- > 0;) {
    struct walk_dir *below = d->entry[i].dir;
    if (below == NULL) continue;
    below->next = s->waiting;
    s->waiting = below;
  }
}

static void *walk_run(void *arg) {
  struct walk_thread *w = arg;
  struct walk_state *s = w->s;
  w->own_place = unshare(CLONE_FS) == 0;
  pthread_mutex_lock(&s->lock);
  while (!s->no_memory && (s->waiting != NULL || s->busy > 0)) {
    struct walk_dir *d = s->waiting;
    if (d == NULL) {
      pthread_cond_wait(&s->wake, &s->lock);
      continue;
    }
    s->waiting = d->next;
    s->busy++;
    pthread_mutex_unlock(&s->lock);
    bool ok = walk_read(w, d);
    pthread_mutex_lock(&s->lock);
    s->busy--;
    if (!ok) s->no_memory = true;
    walk_push(s, d);
    if (s->waiting != NULL || s->busy == 0 || s->no_memory) pthread_cond_broadcast(&s->wake);
  }
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

/* --- threads ---------------------------------------------------------------------------- */

/* The caller's thread waits: its working directory stays.  Signals are for it. */
static bool walk_threads(struct walk_state *s, struct walk_thread *w, unsigned wanted) {
  sigset_t all, before;
  unsigned n = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; n < wanted; n++) {
    w[n].s = s;
    if (pthread_create(&w[n].thread, NULL, walk_run, &w[n]) != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  for (unsigned i = 0; i < n; i++) {
    pthread_join(w[i].thread, NULL);
    pool_join(&s->t->pool, &w[i].pool);
  }
  return n > 0 && !s->no_memory;
}

struct walk_dir *walk(struct tree *t, const struct say *say, const struct recipe *r) {
  unsigned jobs = say->jobs > 0 ? say->jobs : crew_processors();
  if (jobs > WALK_THREADS) jobs = WALK_THREADS;
  struct walk_dir *top = calloc(1, sizeof *top);
  struct walk_thread *w = calloc(jobs, sizeof *w);
  struct walk_state s = {.t = t, .r = r, .waiting = top};
  bool ok = top != NULL && w != NULL;
  if (ok) {
    top->path = ".";
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.wake, NULL);
    ok = walk_threads(&s, w, jobs);
    pthread_cond_destroy(&s.wake);
    pthread_mutex_destroy(&s.lock);
  }
  free(w);
  if (ok) return top;
  walk_drop_all(top);
  return NULL;
}

void walk_drop(struct walk_dir *d) {
  if (d == NULL) return;
  free(d->entry);
  free(d);
}

void walk_drop_all(struct walk_dir *d) {
  for (size_t i = 0; d != NULL && i < d->entries; i++) walk_drop_all(d->entry[i].dir);
  walk_drop(d);
}
