/* mkimage/config/launch.h - what a rootfs itself says is to be run: a container image, or an image of ours.
 *
 * app.cfg wins; what it is silent about is taken from here (config_launch).
 */
#ifndef MKIMAGE_LAUNCH_H
#define MKIMAGE_LAUNCH_H

#include <stddef.h>

struct launch {
  const char *of;      /* who says it, for messages; NULL: nobody says anything */
  const char *program; /* absolute; NULL: arg[0] is to be looked for */
  const char **arg;    /* argv, with argv[0] */
  size_t args;
  size_t fixed; /* how many of them stay when app.cfg gives `args`: entrypoint, or argv[0] */
  const char **env;
  size_t envs;
  const char *cwd, *input; /* NULL: nothing is said */
};

#endif
