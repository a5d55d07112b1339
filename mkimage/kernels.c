/* mkimage/kernels.c - finds the kernel of a platform: see kernels.h. */
#include "mkimage/kernels.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory this program lies in, "." when the system does not tell. */
static void kernels_own_directory(char dir[PATH_MAX]) {
  ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
  dir[n > 0 ? n : 0] = 0;
  char *slash = strrchr(dir, '/');
  if (slash != NULL)
    *slash = 0;
  else
    memcpy(dir, ".", 2);
}

static bool kernels_there(char *path, size_t room, const char *dir, const char *below, const char *platform) {
  int n = snprintf(path, room, "%s%s/%s/kernel.elf", dir, below, platform);
  return n > 0 && (size_t)n < room && access(path, F_OK) == 0;
}

int kernels_open(struct image *im, const struct say *say, const char *platform, const char *dir, char *path,
                 size_t room) {
  char own[PATH_MAX];
  if (dir == NULL) dir = getenv("TAPROOT_KERNELS");
  kernels_own_directory(own);
  bool found = dir != NULL ? kernels_there(path, room, dir, "", platform)
                           : kernels_there(path, room, own, "", platform) ||
                                 kernels_there(path, room, own, "/../lib/taproot", platform);
  *im = (struct image){0};
  if (!found && dir != NULL)
    return say_error(say, EXIT_USAGE, "platform '%s': there is no %s/%s/kernel.elf", platform, say_name(dir).text,
                     platform);
  if (!found)
    return say_error(say, EXIT_USAGE, "platform '%s': no kernel.elf in %s/%s or %s/../lib/taproot/%s", platform,
                     say_name(own).text, platform, say_name(own).text, platform);
  int status = image_open(im, say, path);
  if (status != EXIT_DONE || im->kind == IMAGE_KERNEL) return status;
  image_close(im);
  return say_error(say, EXIT_DAMAGED, "%s: not a kernel without a rootfs", say_name(path).text);
}
