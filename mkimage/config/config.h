/* mkimage/config/config.h - app.cfg: what to run, on what, and how to pack.  app.cfg(5) describes every setting.
 *
 * Everything wrong in the file is said in one run, each as "FILE:LINE: message".
 */
#ifndef MKIMAGE_CONFIG_H
#define MKIMAGE_CONFIG_H

#include "mkimage/config/launch.h"
#include "mkimage/config/recipe.h"

/* One entry of `tests`: of what the tree holds, where there is a path, else of a boot.  NULL or not has_*: nothing is
 * said of it. */
struct config_test {
  const char *name; /* NULL: it has none */
  const char *path; /* clean; "." for the root */
  bool absent;      /* nothing has this path */
  uint32_t type;    /* S_IF*; 0 */
  bool has_mode, has_owner;
  uint32_t mode, uid, gid;
  const char *target, *sha256; /* sha256: 64 digits, a-f small */

  const char *equals, *matches; /* of the content, or of the program's standard output */

  bool has_args;
  const char **arg;
  size_t args;
  const char *input;                   /* standard input */
  const char **expect, **expect_error; /* parts of standard output, in this order; of standard error */
  size_t expects, expect_errors;
  int64_t status;
  uint64_t timeout; /* seconds */
};

struct config {
  const char *file; /* app.cfg, as it was named */
  const char *name;
  const char **platform;
  size_t platforms;
  uint64_t memory;     /* bytes; 0: not given */
  const char *program; /* absolute path; NULL: app.cfg names none */
  const char *argv0;   /* NULL: the program's path */
  const char **arg;    /* without argv[0] */
  size_t args;
  const char **env;
  size_t envs;
  const char *cwd;                   /* "/" by default */
  const char *input;                 /* "console", "null", or an absolute path */
  const char *external;              /* "replace", "any", "overlay" or "refuse" */
  bool has_args, has_cwd, has_input; /* were they given? */
  struct config_test *test;
  size_t tests;
  struct recipe recipe; /* its pool holds all the strings */
};

/* EXIT_DONE, or EXIT_USAGE with everything said.  Drop it in either case. */
int config_load(struct config *c, const struct say *say, const char *path);
void config_drop(struct config *c);

/* What app.cfg is silent about is taken from what the rootfs says: program and arguments, working directory, standard
 * input; of the environment each variable that app.cfg does not name.  `out` is a copy with both, for config_manifest;
 * it lives as long as c and the pool, and is not dropped.  Its program may be a name without a slash, or relative to
 * cwd.  EXIT_USAGE, said, where neither names a program. */
int config_launch(const struct config *c, const struct say *say, const struct launch *l, struct pool *pool,
                  struct config *out);

/* The `.manifest` section for a platform, in *bytes (from malloc), a multiple of the page. */
int config_manifest(const struct config *c, const struct say *say, const char *platform, uint8_t **bytes, size_t *n);

#endif
