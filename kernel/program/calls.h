/* kernel/program/calls.h - the system calls: plain functions over (thread, six arguments), reached by a table.
 *
 * A call answers a positive amount, 0, or a negative code of formats/err.h, which carry Linux's numbers.  The table
 * can be called without a trap.
 */
#ifndef KERNEL_PROGRAM_CALLS_H
#define KERNEL_PROGRAM_CALLS_H

#include "kernel/program/calls_list.h"
#include "kernel/program/thread.h"
#include "kernel/program/user.h"

#define CALLS_PROTOTYPE(number, name) int64_t call_##name(struct thread *t, const uint64_t a[6]);
CALLS_LIST(CALLS_PROTOTYPE)
#undef CALLS_PROTOTYPE

/* Serves a call; one that is not there answers ERR_NOSYS and is logged once. */
int64_t calls_dispatch(struct thread *t, uint64_t number, const uint64_t a[6]);

/* Whether a call whose wait a signal ended may be run again after the handler (SA_RESTART). */
bool calls_restart(uint64_t number);

/* --- what the files of this room share ------------------------------------------ */

/* An open file by number: ERR_BADF. */
int calls_file(struct thread *t, uint64_t fd, struct file **f);
/* The same for reading and writing: not one opened with O_PATH. */
int calls_io_file(struct thread *t, uint64_t fd, struct file **f);

/* The directory where path[which], copied in already, begins: for a dirfd or AT_FDCWD. */
int calls_dir(struct thread *t, uint64_t dirfd, const char *path, struct inode **dir);

/* The inode a call means, held: by path (copied in to path[which]), or, with AT_EMPTY_PATH in flags and an empty path,
 * the descriptor's own.  AT_SYMLINK_NOFOLLOW counts.  *f is set when it was a descriptor. */
int calls_inode(struct thread *t, uint64_t dirfd, uint64_t path, unsigned flags, struct inode **inode, struct file **f);

/* After a file was cut: mappings lose the pages behind its end. */
void calls_cut(struct thread *t, const struct inode *file);

/* Time: seconds and nanoseconds of the program as ns; ERR_FAULT, ERR_INVAL (negative, or too many of the part). */
int calls_time_in(struct thread *t, uint64_t at, int64_t per_second, uint64_t *ns);
/* Uptime ns at which a stretch ends, without wrapping. */
uint64_t calls_deadline(struct thread *t, uint64_t ns);

#endif
