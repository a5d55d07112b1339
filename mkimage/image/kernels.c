/* mkimage/image/kernels.c - finds the kernel of a platform: see kernels.h. */
#include "mkimage/image/kernels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "mkimage/image/decoders.h"

/* The directory this program lies in, "." when the system does not tell.  Where /proc is not mounted, the path that it
 * was started by has to do. */
static void kernels_own_directory(char dir[PATH_MAX]) {
  const char *started = (const char *)getauxval(AT_EXECFN);
  ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
  dir[n > 0 ? n : 0] = 0;
  if (n <= 0 && (started == NULL || realpath(started, dir) == NULL)) dir[0] = 0;
  char *slash = strrchr(dir, '/');
  if (slash != NULL)
    *slash = 0;
  else
    memcpy(dir, ".", 2);
}

static bool kernels_path(char path[PATH_MAX], const char *folder, const char *file) {
  int n = snprintf(path, PATH_MAX, "%s/%s", folder, file);
  return n > 0 && n < PATH_MAX;
}

/* Whether DIR BELOW/PLATFORM holds a kernel; `folder` gets its name. */
static bool kernels_there(char folder[PATH_MAX], const char *dir, const char *below, const char *platform) {
  char path[PATH_MAX];
  int n = snprintf(folder, PATH_MAX, "%s%s/%s", dir, below, platform);
  return n > 0 && n < PATH_MAX && kernels_path(path, folder, "kernel.elf") && access(path, F_OK) == 0;
}

static int kernels_find(const struct say *say, const struct kernels_wish *w, char folder[PATH_MAX]) {
  const char *dir = w->dir != NULL ? w->dir : getenv("TAPROOT_KERNELS");
  char own[PATH_MAX];
  if (w->dir == NULL && dir != NULL && *dir == 0) dir = NULL; /* set to nothing: not set */
  kernels_own_directory(own);
  if (dir != NULL && kernels_there(folder, dir, "", w->platform)) return EXIT_DONE;
  if (dir != NULL)
    return say_error(say, EXIT_USAGE, "platform '%s': there is no %s/%s/kernel.elf", w->platform, say_name(dir).text,
                     w->platform);
  if (kernels_there(folder, own, "", w->platform)) return EXIT_DONE;
  if (kernels_there(folder, own, "/../lib/taproot", w->platform)) return EXIT_DONE;
  return say_error(say, EXIT_USAGE, "platform '%s': no kernel.elf in %s/%s or %s/../lib/taproot/%s", w->platform,
                   say_name(own).text, w->platform, say_name(own).text, w->platform);
}

static bool kernels_fits(const struct image *im, const struct kernels_wish *w) {
  const char *names = decoders_of(im);
  if (names == NULL) return true;
  for (const struct codec *const *c = codec_list; *c != NULL; c++)
    if ((w->all || (*c)->id == w->codec) && !decoders_have(names, (*c)->name)) return false;
  return true;
}

int kernels_open(struct image *im, const struct say *say, const struct kernels_wish *wish, char path[PATH_MAX]) {
  static const char *const files[] = {"kernel.elf", "kernel-full.elf"};
  char folder[PATH_MAX];
  int status = kernels_find(say, wish, folder);
  *im = (struct image){0};
  for (size_t i = 0; status == EXIT_DONE && i < sizeof files / sizeof files[0]; i++) {
    if (!kernels_path(path, folder, files[i]) || (access(path, F_OK) != 0 && errno == ENOENT)) continue;
    status = image_open(im, say, path);
    if (status == EXIT_DONE && im->kind != IMAGE_KERNEL)
      status = say_error(say, EXIT_DAMAGED, "%s: not a kernel without a rootfs", say_name(path).text);
    if (status == EXIT_DONE && kernels_fits(im, wish)) return EXIT_DONE;
    image_close(im);
  }
  if (status != EXIT_DONE) return status;
  return say_error(say, EXIT_USAGE, "no kernel in %s decodes %s", say_name(folder).text,
                   wish->all ? "every codec" : codec_name(wish->codec));
}
