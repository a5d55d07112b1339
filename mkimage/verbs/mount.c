/* mkimage/verbs/mount.c - the verb mount: an image's root as a directory, and with --commit its changes back into the
 * image.
 */
#include "mkimage/mount/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkimage/look/look.h"
#include "mkimage/pack/rebuild.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"
#include "mkimage/verbs/verbs.h"

enum { MOUNT_MIB = 1 << 20, MOUNT_MAX_MIB = 1 << 20 };

static const struct verb_option mount_options[] = {
    {0, "commit", NULL, "write what was changed back into IMAGE when it is unmounted"},
    {0, "ro", NULL, "read only"},
    {0, "fakeroot", NULL, "everybody counts as user 0 of the image"},
    {'b', "background", NULL, "return when it is mounted"},
    {'f', "foreground", NULL, "stay until it is unmounted (the default)"},
    {'m', "memory", "MIB", "memory for the tree and what is written to it (default: 8192)"},
    {'o', "options", "WORDS", "further mount options, separated by commas (allow_other, ...)"},
    {0, NULL, NULL, NULL}};

struct mounting {
  const struct call *c;
  struct look look;
  struct rebuild_target target; /* --commit */
  struct stat seen;             /* the image, when it was opened */
  const char *dir;
  int told;      /* --background: who waits for a byte; -1: nobody */
  pid_t command; /* 0: none */
  int ended;     /* pidfd of the command; -1 */
};

/* --- what is asked ----------------------------------------------------------------------- */

static bool mount_asked(const struct mounting *m, const char *option) { return call_option(m->c, option) != NULL; }

static int mount_check(const struct mounting *m) {
  const struct say *say = &m->c->say;
  struct stat st;
  if (mount_asked(m, "commit") && mount_asked(m, "ro"))
    return say_error(say, EXIT_USAGE, "--commit and --ro exclude each other");
  if (mount_asked(m, "commit") && mount_asked(m, "background"))
    return say_error(say, EXIT_USAGE,
                     "--commit tells by its status whether it went well: leave --background away, and "
                     "let the shell put it into the background (mkimage mount --commit ... &)");
  if (m->c->has_rest && m->c->rests == 0) return say_error(say, EXIT_USAGE, "a command is missing behind --");
  if (mount_asked(m, "background") && m->c->has_rest)
    return say_error(say, EXIT_USAGE, "--background and a command exclude each other");
  if (mount_asked(m, "background") && mount_asked(m, "foreground"))
    return say_error(say, EXIT_USAGE, "--background and --foreground exclude each other");
  if (mount_asked(m, "commit") && strcmp(m->c->operand[0], "-") == 0)
    return say_error(say, EXIT_USAGE, "nothing can be written back to standard input");
  if (stat(m->dir, &st) != 0) return say_errno(say, m->dir, "cannot be mounted on", errno);
  if (!S_ISDIR(st.st_mode)) return say_error(say, EXIT_USAGE, "%s: not a directory", say_name(m->dir).text);
  return EXIT_DONE;
}

static int mount_memory(const struct call *c, uint64_t *bytes) {
  const char *text = call_option(c, "memory");
  uint64_t mib = 0;
  *bytes = 0;
  if (text == NULL) return EXIT_DONE;
  if (!call_number(text, MOUNT_MAX_MIB, &mib) || mib == 0)
    return say_error(&c->say, EXIT_USAGE, "--memory: not a number from 1 to %d: '%s'", MOUNT_MAX_MIB,
                     say_name(text).text);
  *bytes = mib * MOUNT_MIB;
  return EXIT_DONE;
}

/* --- the image --------------------------------------------------------------------------------- */

static bool mount_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Where --commit will write, while the path still means what it was meant to mean. */
static int mount_target(struct mounting *m) {
  const struct say *say = &m->c->say;
  const char *path = m->c->operand[0];
  int status = rebuild_target(&m->target, say, path, NULL);
  if (status != EXIT_DONE) return status;
  return stat(m->target.path, &m->seen) == 0 ? EXIT_DONE : say_errno(say, path, "cannot open", errno);
}

static int mount_open(struct mounting *m) {
  const struct call *c = m->c;
  struct taproot_options o = {.now_ns = -1};
  int status = mount_memory(c, &o.memory);
  if (status == EXIT_DONE && mount_asked(m, "commit")) status = mount_target(m);
  if (status == EXIT_DONE) status = look_open(&m->look, &c->say, c->operand[0]);
  if (status != EXIT_DONE) return status;
  if (mount_asked(m, "commit") && m->look.im.kind != IMAGE_PACKED)
    return say_error(&c->say, EXIT_USAGE, "%s: --commit writes finished images only", say_name(m->look.im.name).text);
  m->look.t = taproot_start(&o);
  return look_unpack(&m->look, &c->say);
}

/* --- back into the image -------------------------------------------------------------------------- */

static int mount_write(struct mounting *m) {
  struct say now = m->c->say, *say = &now;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  static const struct taproot_caller root = {0};
  now.began = say_clock();
  taproot_become(m->look.t, &root);
  int status = look_list(&m->look, say);
  if (status == EXIT_DONE) status = tree_of_look(&t, say, &m->look);
  if (status == EXIT_DONE) status = tree_edit_done(&t, say);
  if (status == EXIT_DONE) status = rebuild_image(say, &m->look.im, &t, &m->target);
  tree_drop(&t);
  return status;
}

static int mount_commit(struct mounting *m, bool changed) {
  const struct say *say = &m->c->say;
  const char *name = m->c->operand[0];
  struct stat now;
  if (!changed) {
    say_info(say, "%s: nothing was changed", say_name(name).text);
    return EXIT_DONE;
  }
  int status = EXIT_DONE;
  if (stat(m->target.path, &now) != 0 || !mount_same(&now, &m->seen))
    status =
        say_error(say, EXIT_USAGE, "%s: somebody else has changed the image since it was mounted", say_name(name).text);
  if (status == EXIT_DONE) status = mount_write(m);
  if (status != EXIT_DONE)
    say_error(say, status, "%s: what was changed in %s is not in the image, which is as it was", say_name(name).text,
              say_name(m->dir).text);
  return status;
}

/* --- the mount ---------------------------------------------------------------------------------------- */

_Noreturn static void mount_exec(const struct mounting *m) {
  sigset_t none;
  char **words = calloc((size_t)m->c->rests + 1, sizeof *words);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int i = 0; words != NULL && i < m->c->rests; i++) words[i] = m->c->rest[i];
  if (words != NULL) execvp(words[0], words);
  say_errno(&m->c->say, m->c->rest[0], "cannot be started", errno);
  _exit(errno == ENOENT ? 127 : 126);
}

/* It may stand on the mount itself: nobody waits here for it to start. */
static int mount_command(struct mounting *m) {
  fflush(NULL);
  m->command = fork();
  if (m->command == 0) mount_exec(m);
  if (m->command > 0) m->ended = (int)syscall(SYS_pidfd_open, m->command, 0);
  if (m->command < 0 || m->ended < 0) say_errno(&m->c->say, m->c->rest[0], "cannot be started", errno);
  return m->ended >= 0 ? m->ended : open("/dev/null", O_RDONLY | O_CLOEXEC); /* which can be read at once */
}

/* Its status as the shell has it. */
static int mount_command_end(struct mounting *m) {
  int status = 0;
  if (m->ended >= 0) close(m->ended);
  if (m->command <= 0) return EXIT_USAGE;
  while (waitpid(m->command, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void mount_tell(struct mounting *m) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; null >= 0 && fd < 3; fd++) dup2(null, fd);
  if (null > 2) close(null);
  (void)!chdir("/"); /* no place is held; nothing is written back from here */
  (void)!write(m->told, "", 1);
  close(m->told);
  m->told = -1;
}

static int mount_ready(void *arg) {
  struct mounting *m = arg;
  if (m->told >= 0) {
    mount_tell(m);
  } else if (m->c->has_rest) {
    return mount_command(m);
  } else {
    say_info(&m->c->say, "%s is mounted on %s; fusermount3 -u %s ends it", say_name(m->c->operand[0]).text,
             say_name(m->dir).text, say_name(m->dir).text);
    fflush(stdout);
  }
  return -1;
}

static int mount_here(struct mounting *m) {
  bool changed = false;
  const struct mount_plan plan = {.t = m->look.t,
                                  .say = &m->c->say,
                                  .name = m->look.im.name,
                                  .dir = m->dir,
                                  .options = call_option(m->c, "options"),
                                  .read_only = mount_asked(m, "ro"),
                                  .fakeroot = mount_asked(m, "fakeroot"),
                                  .ready = mount_ready,
                                  .arg = m};
  int status = mount_serve(&plan, &changed);
  int ended = m->c->has_rest && status == EXIT_DONE ? mount_command_end(m) : 0;
  if (ended != 0 && mount_asked(m, "commit") && changed)
    say_error(&m->c->say, ended, "%s: the command failed (status %d), and nothing was written",
              say_name(m->c->operand[0]).text, ended);
  if (ended != 0) return ended;
  if (mount_asked(m, "commit") && (status == EXIT_DONE || changed)) {
    int committed = mount_commit(m, changed);
    if (status == EXIT_DONE) status = committed;
  }
  return status;
}

static int mount_all(struct mounting *m) {
  int status = mount_open(m);
  if (status == EXIT_DONE) status = mount_here(m);
  look_close(&m->look);
  return status;
}

/* The child said that it has mounted, or ended with a status that it has said the reason of. */
static int mount_wait(pid_t child, int fd) {
  char byte;
  int ended = 0;
  ssize_t n;
  while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (n == 1) return EXIT_DONE;
  while (waitpid(child, &ended, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(ended) && WEXITSTATUS(ended) != 0 ? WEXITSTATUS(ended) : EXIT_USAGE;
}

static int mount_behind(struct mounting *m) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return say_errno(&m->c->say, m->dir, "cannot mount in the background", errno);
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) return say_errno(&m->c->say, m->dir, "cannot mount in the background", errno);
  close(ends[child == 0 ? 0 : 1]);
  if (child > 0) return mount_wait(child, ends[0]);
  m->told = ends[1];
  setsid();
  return mount_all(m);
}

static int mount_verb(struct call *c) {
  struct mounting m = {.c = c, .dir = c->operand[1], .told = -1, .ended = -1};
  int status = mount_check(&m);
  if (status != EXIT_DONE) return status;
  return mount_asked(&m, "background") ? mount_behind(&m) : mount_all(&m);
}

const struct verb verb_mount = {
    .name = "mount",
    .operands = "IMAGE DIR [-- COMMAND...]",
    .summary = "Shows the root of an image as a directory, to be read and written",
    .options = mount_options,
    .operands_min = 2,
    .operands_max = 2,
    .rest = true,
    .run = mount_verb,
};
