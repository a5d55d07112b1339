/* kernel/program/user.h - the program's memory, touched through copy-in and copy-out only.
 *
 * Missing pages are brought as for the program's own access; what the program may not touch is ERR_FAULT.
 */
#ifndef KERNEL_PROGRAM_USER_H
#define KERNEL_PROGRAM_USER_H

#include "kernel/program/thread.h"

int user_in(struct thread *t, void *to, uint64_t from, size_t n);
int user_out(struct thread *t, uint64_t to, const void *from, size_t n);
int user_zero(struct thread *t, uint64_t to, size_t n);

/* A NUL-terminated string of at most room - 1 bytes: its length, ERR_FAULT, ERR_NAMETOOLONG. */
int64_t user_string(struct thread *t, char *to, size_t room, uint64_t from);
/* A path into t->path[which]: 0, ERR_FAULT, ERR_NAMETOOLONG; ERR_NOENT when it is empty. */
int user_path(struct thread *t, unsigned which, uint64_t from);
int user_path_or_empty(struct thread *t, unsigned which, uint64_t from);

/* Bytes of a read or a write, over one stretch of user memory or many. */
enum { USER_VECTORS = 1024, USER_FEW = 8, USER_MOST = 0x7ffff000 /* bytes in one call, as Linux */ };
struct user_io {
  struct io io;
  struct thread *thread;
  struct lx_iovec few[USER_FEW];
  struct lx_iovec *vec, *owned; /* owned: of the heap, when they are more than few */
  size_t at;                    /* bytes done of *vec */
};
/* into: the call writes to user memory (a read).  0, ERR_FAULT, ERR_INVAL. */
int user_io_one(struct user_io *u, struct thread *t, bool into, uint64_t base, uint64_t n);
/* The vectors are copied in; user_io_done gives them back. */
int user_io_many(struct user_io *u, struct thread *t, bool into, uint64_t vectors, uint64_t count);
void user_io_done(struct user_io *u);

#endif
