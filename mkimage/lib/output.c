/* mkimage/lib/output.c - temporary file and rename: see output.h. */
#include "mkimage/lib/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "formats/digest.h"
#include "mkimage/lib/spool.h"

/* Those that would end us; one that is ignored (nohup) stays without meaning, though held back it would be seen. */
static void output_signals(sigset_t *set) {
  static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  struct sigaction now;
  sigemptyset(set);
  for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
    if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(set, ending[i]);
}

static bool output_interrupted(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 &&
         (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP));
}

/* The directory of the target, in `dir`. */
static bool output_directory(const char *target, char dir[PATH_MAX]) {
  const char *slash = strrchr(target, '/');
  size_t len = slash == NULL ? 1 : slash == target ? 1 : (size_t)(slash - target);
  if (len >= PATH_MAX) return false;
  memcpy(dir, slash == NULL ? "." : target, len);
  dir[len] = 0;
  return true;
}

/* --- temporary names --------------------------------------------------------------- */

enum { OUTPUT_NAMES = 100, OUTPUT_SWEEP = 4 };

/* The n-th name beside the target, the same in every run: ".mkimage.HASH.N". */
static bool output_name(struct output *o, unsigned n) {
  char dir[PATH_MAX];
  const char *slash = strrchr(o->target, '/'), *base = slash != NULL ? slash + 1 : o->target;
  uint8_t sum[DIGEST_BYTES];
  if (!output_directory(o->target, dir)) return false;
  digest_over(DIGEST_XXH3, base, strlen(base), sum);
  return snprintf(o->temporary, sizeof o->temporary, "%s/.mkimage.%08x%08x.%02u", dir, bytes_le32(sum),
                  bytes_le32(sum + 4), n) < (int)sizeof o->temporary;
}

/* 1: the temporary name is this file's; 0: another's, or nobody's; -1: errno. */
static int output_has_name(const struct output *o, int fd) {
  struct stat held, named;
  if (fstat(fd, &held) != 0) return -1;
  if (lstat(o->temporary, &named) != 0) return errno == ENOENT ? 0 : -1;
  return held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* A file that has the temporary name already: nobody's when it is not locked.  True: it is gone. */
static bool output_clean(const struct output *o) {
  int fd = open(o->temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  bool gone = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && output_has_name(o, fd) == 1 && unlink(o->temporary) == 0;
  if (fd >= 0) close(fd);
  return gone;
}

/* The file that was made with the temporary name.  Between its birth and its lock another run may take it for nobody's:
 * then it is closed, and 0 returned. */
static int output_keep(struct output *o, int fd) {
  flock(fd, LOCK_EX | LOCK_NB);
  int has = output_has_name(o, fd), error = errno;
  if (has == 1) return fd;
  close(fd);
  if (has < 0) unlink(o->temporary), o->temporary[0] = 0;
  errno = error;
  return has;
}

static int output_create_named(struct output *o) {
  for (unsigned n = 0; n < OUTPUT_NAMES;) {
    if (!output_name(o, n)) return errno = ENAMETOOLONG, -1;
    int fd = open(o->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && (fd = output_keep(o, fd)) != 0) return fd;
    if (fd < 0 && errno != EEXIST) break;
    if (fd == 0 || !output_clean(o)) n++;
  }
  o->temporary[0] = 0;
  return -1;
}

/* A file without a name gets a temporary one, for rename to replace the target at once. */
static int output_link(struct output *o) {
  char self[64];
  snprintf(self, sizeof self, "/proc/self/fd/%d", o->fd);
  flock(o->fd, LOCK_EX | LOCK_NB);
  for (unsigned n = 0; n < OUTPUT_NAMES;) {
    if (!output_name(o, n)) return errno = ENAMETOOLONG, -1;
    if (linkat(AT_FDCWD, self, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW) == 0) return 0;
    if (errno != EEXIST) break;
    if (!output_clean(o)) n++;
  }
  o->temporary[0] = 0;
  return -1;
}

/* What an earlier run left that was killed. */
static void output_sweep(struct output *o) {
  for (unsigned n = 0; n < OUTPUT_SWEEP && output_name(o, n); n++)
    if (access(o->temporary, F_OK) == 0) output_clean(o);
  o->temporary[0] = 0;
}

/* --- open and write ------------------------------------------------------------------ */

/* A file that has no name yet gets one through /proc: where that is not mounted, in a bare chroot, it must be born with
 * one. */
static int output_create_nameless(const char *dir) {
  if (access("/proc/self/fd", X_OK) != 0) return errno = EOPNOTSUPP, -1;
  return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
}

static int output_create(struct output *o) {
  char dir[PATH_MAX];
  if (!output_directory(o->target, dir)) return errno = ENAMETOOLONG, -1;
  output_sweep(o);
  int fd = output_create_nameless(dir);
  return fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) ? fd : output_create_named(o);
}

int output_open(struct output *o, const struct say *say, const char *target) {
  sigset_t hold;
  struct stat st;
  *o = (struct output){.say = say, .target = target, .fd = -1, .lock = -1};
  if (stat(target, &st) == 0 && !S_ISREG(st.st_mode))
    return say_error(say, EXIT_USAGE, "%s: is there, and is not a regular file", say_name(target).text);
  if (strcmp(target, "-") == 0)
    return say_error(say, EXIT_USAGE, "-: this needs a file, standard output has something else (./- is a file, too)");
  output_signals(&hold);
  sigprocmask(SIG_BLOCK, &hold, &o->before);
  o->fd = output_create(o);
  if (o->fd >= 0) return EXIT_DONE;
  int error = errno;
  sigprocmask(SIG_SETMASK, &o->before, NULL);
  return say_errno(say, target, "cannot create", error);
}

int output_open_standard(struct output *o, const struct say *say) {
  *o = (struct output){.say = say, .target = "standard output", .fd = -1, .lock = -1};
  if (isatty(1)) return say_error(say, EXIT_USAGE, "bytes for a machine are not written to a terminal: -o FILE");
  o->fd = 1;
  o->standard = true;
  return EXIT_DONE;
}

int output_open_laid(struct output *o, const struct say *say) {
  int status = output_open_standard(o, say);
  if (status == EXIT_DONE) status = spool_open(say, &o->fd);
  o->laid = status == EXIT_DONE;
  return status;
}

static ssize_t output_some(struct output *o, const uint8_t *p, size_t n, uint64_t at) {
  if (!o->standard || o->laid) return pwrite(o->fd, p, n, (off_t)at);
  assert(at == o->written);
  ssize_t done = write(o->fd, p, n);
  if (done > 0) o->written += (uint64_t)done;
  return done;
}

int output_write(struct output *o, const void *bytes, size_t n, uint64_t at) {
  const uint8_t *p = bytes;
  if (output_interrupted()) return say_error(o->say, EXIT_USAGE, "%s: interrupted", say_name(o->target).text);
  while (n > 0) {
    ssize_t done = output_some(o, p, n, at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return say_errno(o->say, o->target, "cannot write", errno);
    p += done;
    at += (uint64_t)done;
    n -= (size_t)done;
  }
  return EXIT_DONE;
}

/* --- commit ------------------------------------------------------------------------------ */

static mode_t output_mode(mode_t mode) {
  mode_t mask = umask(0);
  umask(mask);
  return mode != 0 ? mode : 0666 & ~mask;
}

/* All that was laid down, from its beginning on. */
static int output_pour(struct output *o) {
  uint8_t piece[65536];
  int from = o->fd, status = EXIT_DONE;
  ssize_t n = 1;
  o->fd = 1;
  o->laid = false;
  while (status == EXIT_DONE && n != 0) {
    n = pread(from, piece, sizeof piece, (off_t)o->written);
    if (n < 0 && errno == EINTR) continue;
    status = n < 0 ? say_errno(o->say, o->target, "cannot read what was laid down for it", errno)
                   : output_write(o, piece, (size_t)n, o->written);
  }
  close(from);
  return status;
}

int output_commit(struct output *o, mode_t mode) {
  int error = 0, status = EXIT_DONE;
  if (o->laid) return output_pour(o);
  if (o->standard) return EXIT_DONE;
  if (output_interrupted()) return say_error(o->say, EXIT_USAGE, "%s: interrupted", say_name(o->target).text);
  if (fchmod(o->fd, output_mode(mode)) != 0) error = errno;
  if (error == 0 && o->temporary[0] == 0 && output_link(o) != 0) error = errno;
  o->lock = fcntl(o->fd, F_DUPFD_CLOEXEC, 3);
  if (close(o->fd) != 0 && error == 0) error = errno;
  o->fd = -1;
  if (error == 0 && rename(o->temporary, o->target) != 0) error = errno;
  if (error != 0)
    status = say_errno(o->say, o->target, "cannot write", error);
  else
    o->temporary[0] = 0;
  output_drop(o);
  return status;
}

void output_drop(struct output *o) {
  if (o->laid) close(o->fd), o->laid = false;
  if (o->target == NULL || o->standard) return;
  if (o->temporary[0] != 0) unlink(o->temporary);
  if (o->fd >= 0) close(o->fd);
  if (o->lock >= 0) close(o->lock);
  sigprocmask(SIG_SETMASK, &o->before, NULL);
  *o = (struct output){.fd = -1, .lock = -1};
}
