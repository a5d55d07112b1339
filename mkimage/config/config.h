/* mkimage/config/config.h - app.cfg: what to run, on what, and how to pack.  app.cfg(5) describes every setting.
 *
 * Everything wrong in the file is said in one run, each as "FILE:LINE: message".
 */
#ifndef MKIMAGE_CONFIG_H
#define MKIMAGE_CONFIG_H

#include "mkimage/config/recipe.h"

struct config {
  const char *name;
  const char **platform;
  size_t platforms;
  uint64_t memory;     /* bytes; 0: not given */
  const char *program; /* absolute path */
  const char **arg;    /* without argv[0] */
  size_t args;
  const char **env;
  size_t envs;
  const char *cwd;      /* "/" by default */
  const char *input;    /* "console", "null", or an absolute path */
  const char *external; /* "replace", "any", "overlay" or "refuse" */
  struct recipe recipe; /* its pool holds all the strings */
};

/* EXIT_DONE, or EXIT_USAGE with everything said.  Drop it in either case. */
int config_load(struct config *c, const struct say *say, const char *path);
void config_drop(struct config *c);

/* The `.manifest` section for a platform, in *bytes (from malloc), a multiple of the page. */
int config_manifest(const struct config *c, const struct say *say, const char *platform, uint8_t **bytes, size_t *n);

#endif
