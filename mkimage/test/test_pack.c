/* mkimage/test/test_pack.c - images for the tests alone, packed from a directory into a place that goes again. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkimage/test/test.h"

static int pack_run(const struct say *say, char *dir, const char *config, const char *rootfs) {
  char *words[] = {"mkimage", "build", "-q", "-o", dir, "--", (char *)(uintptr_t)config, (char *)(uintptr_t)rootfs,
                   NULL};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const struct test_self s = {.words = words, .in = null, .out = null, .error = 2};
  int status = null >= 0 ? test_self(&s) : -1;
  if (null >= 0) close(null);
  if (status == -1) return say_errno(say, rootfs, "cannot be packed", errno);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_USAGE; /* it said why */
}

int test_pack(struct test_place *p, const struct say *say, const char *config, const char *rootfs) {
  const char *tmp = getenv("TMPDIR");
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGHUP);
  if (snprintf(p->dir, sizeof p->dir, "%s/mkimage-test.XXXXXX", tmp != NULL && *tmp != 0 ? tmp : "/tmp") >=
      (int)sizeof p->dir)
    return say_error(say, EXIT_USAGE, "TMPDIR: the path is too long");
  sigprocmask(SIG_BLOCK, &ends, &p->before);
  p->made = mkdtemp(p->dir) != NULL;
  return p->made ? pack_run(say, p->dir, config, rootfs) : say_errno(say, p->dir, "cannot make it", errno);
}

/* What it holds are the images, and nothing else. */
static void pack_remove(const struct test_place *p, const struct config *c) {
  char path[PATH_MAX + 256];
  for (size_t i = 0; i < c->platforms; i++) {
    snprintf(path, sizeof path, "%s/%s-%s.elf", p->dir, c->name, c->platform[i]);
    unlink(path);
  }
  rmdir(p->dir);
}

void test_unpack(struct test_place *p, const struct config *c) {
  if (!p->made) return;
  pack_remove(p, c);
  p->made = false;
  sigprocmask(SIG_SETMASK, &p->before, NULL); /* a signal that waited ends us now */
}
