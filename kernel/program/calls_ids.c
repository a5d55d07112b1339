/* kernel/program/calls_ids.c - user and group ids: asked for, and changed under Linux's rules.
 *
 * Whoever has the effective id 0 may become anybody; anybody else only what one of its own ids says.
 */
#include "kernel/program/calls.h"

#define SAME UINT32_MAX

int64_t call_getuid(struct thread *t, const uint64_t a[6]) { return t->process->cred.uid; }
int64_t call_geteuid(struct thread *t, const uint64_t a[6]) { return t->process->cred.euid; }
int64_t call_getgid(struct thread *t, const uint64_t a[6]) { return t->process->cred.gid; }
int64_t call_getegid(struct thread *t, const uint64_t a[6]) { return t->process->cred.egid; }

/* The three ids of a user or of a group, in one shape for one set of rules. */
struct ids {
  uint32_t *real, *effective, *saved, *fs;
};

static struct ids of_user(struct cred *c) { return (struct ids){&c->uid, &c->euid, &c->suid, &c->fsuid}; }
static struct ids of_group(struct cred *c) { return (struct ids){&c->gid, &c->egid, &c->sgid, &c->fsgid}; }

static bool may(const struct cred *c, const struct ids *i, uint32_t want, bool by_saved) {
  return c->euid == 0 || want == SAME || want == *i->real || want == *i->effective || (by_saved && want == *i->saved);
}

static int64_t set_one(struct cred *c, struct ids i, uint32_t id) {
  if (id == SAME) return ERR_INVAL;
  if (c->euid == 0)
    *i.real = *i.saved = id;
  else if (id != *i.real && id != *i.saved)
    return ERR_PERM;
  *i.effective = *i.fs = id;
  return 0;
}

static int64_t set_two(struct cred *c, struct ids i, uint32_t real, uint32_t effective) {
  uint32_t old = *i.real;
  if (!may(c, &i, real, false) || !may(c, &i, effective, true)) return ERR_PERM;
  if (effective != SAME) *i.effective = effective;
  if (real != SAME) *i.real = real;
  if (real != SAME || (effective != SAME && effective != old)) *i.saved = *i.effective;
  *i.fs = *i.effective;
  return 0;
}

static int64_t set_three(struct cred *c, struct ids i, const uint64_t a[6]) {
  uint32_t real = (uint32_t)a[0], effective = (uint32_t)a[1], saved = (uint32_t)a[2];
  if (!may(c, &i, real, true) || !may(c, &i, effective, true) || !may(c, &i, saved, true)) return ERR_PERM;
  if (real != SAME) *i.real = real;
  if (effective != SAME) *i.effective = effective;
  if (saved != SAME) *i.saved = saved;
  *i.fs = *i.effective;
  return 0;
}

static int64_t get_three(struct thread *t, struct ids i, const uint64_t a[6]) {
  int e = user_out(t, a[0], i.real, 4);
  if (e == 0) e = user_out(t, a[1], i.effective, 4);
  return e < 0 ? e : user_out(t, a[2], i.saved, 4);
}

/* Answers the id before, whether it changed or not. */
static int64_t set_fs(struct cred *c, struct ids i, uint32_t id) {
  uint32_t old = *i.fs;
  if (id != SAME && (may(c, &i, id, true) || id == old)) *i.fs = id;
  return old;
}

static struct cred *cred(struct thread *t) { return &t->process->cred; }

int64_t call_setuid(struct thread *t, const uint64_t a[6]) {
  return set_one(cred(t), of_user(cred(t)), (uint32_t)a[0]);
}
int64_t call_setgid(struct thread *t, const uint64_t a[6]) {
  return set_one(cred(t), of_group(cred(t)), (uint32_t)a[0]);
}
int64_t call_setreuid(struct thread *t, const uint64_t a[6]) {
  return set_two(cred(t), of_user(cred(t)), (uint32_t)a[0], (uint32_t)a[1]);
}
int64_t call_setregid(struct thread *t, const uint64_t a[6]) {
  return set_two(cred(t), of_group(cred(t)), (uint32_t)a[0], (uint32_t)a[1]);
}
int64_t call_setresuid(struct thread *t, const uint64_t a[6]) { return set_three(cred(t), of_user(cred(t)), a); }
int64_t call_setresgid(struct thread *t, const uint64_t a[6]) { return set_three(cred(t), of_group(cred(t)), a); }
int64_t call_getresuid(struct thread *t, const uint64_t a[6]) { return get_three(t, of_user(cred(t)), a); }
int64_t call_getresgid(struct thread *t, const uint64_t a[6]) { return get_three(t, of_group(cred(t)), a); }
int64_t call_setfsuid(struct thread *t, const uint64_t a[6]) {
  return set_fs(cred(t), of_user(cred(t)), (uint32_t)a[0]);
}
int64_t call_setfsgid(struct thread *t, const uint64_t a[6]) {
  return set_fs(cred(t), of_group(cred(t)), (uint32_t)a[0]);
}

int64_t call_getgroups(struct thread *t, const uint64_t a[6]) {
  const struct cred *c = cred(t);
  if ((int)a[0] < 0) return ERR_INVAL;
  if ((int)a[0] == 0) return c->group_count;
  if ((unsigned)a[0] < c->group_count) return ERR_INVAL;
  int e = user_out(t, a[1], c->groups, c->group_count * sizeof c->groups[0]);
  return e < 0 ? e : (int64_t)c->group_count;
}

int64_t call_setgroups(struct thread *t, const uint64_t a[6]) {
  struct cred *c = cred(t);
  uint32_t groups[VFS_GROUPS];
  if (c->euid != 0) return ERR_PERM;
  if ((uint32_t)a[0] > VFS_GROUPS) return ERR_INVAL;
  int e = user_in(t, groups, a[1], (uint32_t)a[0] * sizeof groups[0]);
  if (e < 0) return e;
  for (unsigned i = 0; i < (uint32_t)a[0]; i++) c->groups[i] = groups[i];
  c->group_count = (uint32_t)a[0];
  return 0;
}
