/* mkimage/lib/spool.c - a temporary file that has no name: see spool.h. */
#include "mkimage/lib/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/limits.h"

static const char *spool_directory(void) {
  const char *dir = getenv("TMPDIR");
  return dir != NULL && *dir != 0 ? dir : "/tmp";
}

static int spool_make(void) {
  const char *dir = spool_directory();
  char name[LIMIT_PATH];
  int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  size_t len = strlen(dir);
  if (len + sizeof "/mkimage.XXXXXX" > sizeof name) return errno = ENAMETOOLONG, -1;
  memcpy(name, dir, len);
  memcpy(name + len, "/mkimage.XXXXXX", sizeof "/mkimage.XXXXXX");
  if ((fd = mkostemp(name, O_CLOEXEC)) >= 0) unlink(name);
  return fd;
}

int spool_open(const struct say *say, int *fd) {
  *fd = spool_make();
  if (*fd >= 0) return EXIT_DONE;
  return say_errno(say, spool_directory(), "cannot make a temporary file there for the archive's contents", errno);
}

int spool_full(const struct say *say) {
  return say_errno(say, spool_directory(), "cannot write the archive's contents to a temporary file there", errno);
}

int spool_write(const struct say *say, int fd, const uint8_t *bytes, size_t n, uint64_t at) {
  while (n > 0) {
    ssize_t done = pwrite(fd, bytes, n, (off_t)at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return spool_full(say);
    bytes += done;
    at += (uint64_t)done;
    n -= (size_t)done;
  }
  return EXIT_DONE;
}
