/* mkimage/tree/program.h - is the program in the tree, and can the machine run it? */
#ifndef MKIMAGE_PROGRAM_H
#define MKIMAGE_PROGRAM_H

#include "formats/limits.h"
#include "mkimage/tree/tree.h"

/* Looks the absolute path up in the tree as the machine would, symbolic links inside the root.  The name of what it
 * ends at; NULL with *why: ERR_NOENT, ERR_NOTDIR, ERR_LOOP, ERR_NAMETOOLONG. */
const struct tree_name *program_find(const struct tree *t, const char *path, int *why);

/* What a shell would run for `name`, as an absolute path in *out: as it is, below `cwd` where it has a slash, or the
 * first executable file of the directories of PATH in `env` (the usual ones where it is not there).  EXIT_DONE, or
 * EXIT_UNFIT with the error said. */
int program_locate(const struct tree *t, const struct say *say, const char *name, const char *cwd,
                   const char *const *env, size_t envs, char out[LIMIT_PATH]);

/* There, a regular file, executable, static, for `machine` (ELF_X86_64 ...); or a script whose interpreter is all that.
 * EXIT_DONE, or EXIT_UNFIT with a helpful sentence said. */
int program_check(const struct tree *t, const struct say *say, const char *path, uint16_t machine);

/* Warns when a path that the machine will want before the program runs (its working directory, its standard input)
 * is not in the tree, or not of that kind.  /dev is made by the machine itself. */
void program_expect(const struct tree *t, const struct say *say, const char *what, const char *path, bool directory);

#endif
