/* mkimage/verbs/init.c - mkimage init DIR: an app.cfg and a first rootfs to start from.
 *
 * What is written is examples/hello, carried inside the tool (init_files.S), its
 * program ready made: the next command packs it, and no compiler is needed.
 * Nothing that is there already is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mkimage/lib/output.h"
#include "mkimage/verbs/verbs.h"

extern const char init_app_cfg[], init_app_cfg_end[], init_hello_c[], init_hello_c_end[], init_motd[], init_motd_end[],
    init_hello[], init_hello_end[];

/* In the order of making; a row without bytes is a directory. */
static const struct init_row {
  const char *path;
  mode_t mode;
  const char *bytes, *end;
} init_rows[] = {
    {"rootfs", 0755, NULL, NULL},
    {"rootfs/bin", 0755, NULL, NULL},
    {"rootfs/etc", 0755, NULL, NULL},
    {"rootfs/bin/hello", 0755, init_hello, init_hello_end},
    {"rootfs/etc/motd", 0644, init_motd, init_motd_end},
    {"hello.c", 0644, init_hello_c, init_hello_c_end},
    {"app.cfg", 0644, init_app_cfg, init_app_cfg_end},
};
enum { INIT_ROWS = sizeof init_rows / sizeof init_rows[0] };

static int init_path(const struct say *s, const char *dir, const struct init_row *row, char path[PATH_MAX]) {
  if (snprintf(path, PATH_MAX, "%s/%s", dir, row->path) < PATH_MAX) return EXIT_DONE;
  return say_error(s, EXIT_USAGE, "%s: the path is too long", say_name(dir).text);
}

/* Files that are there belong to somebody: all of them are looked for before the first is written. */
static int init_free(const struct say *s, const char *dir) {
  char path[PATH_MAX];
  struct stat st;
  int status = EXIT_DONE;
  for (int i = 0; i < INIT_ROWS && status == EXIT_DONE; i++) {
    status = init_path(s, dir, &init_rows[i], path);
    if (status != EXIT_DONE || lstat(path, &st) != 0 || (init_rows[i].bytes == NULL && S_ISDIR(st.st_mode))) continue;
    status = say_error(s, EXIT_USAGE, "%s is there already, and nothing was written; choose another directory",
                       say_name(path).text);
  }
  return status;
}

static int init_dir(const struct say *s, const char *path) {
  return mkdir(path, 0777) == 0 || errno == EEXIST ? EXIT_DONE : say_errno(s, path, "cannot make it", errno);
}

static int init_file(const struct say *s, const char *path, const struct init_row *row) {
  struct output out;
  mode_t mask = umask(0);
  umask(mask);
  int status = output_open(&out, s, path);
  if (status != EXIT_DONE) return status;
  status = output_write(&out, row->bytes, (size_t)(row->end - row->bytes), 0);
  if (status == EXIT_DONE) return output_commit(&out, row->mode & ~mask);
  output_drop(&out);
  return status;
}

static int init_run(struct call *c) {
  const char *dir = c->operands > 0 ? c->operand[0] : ".";
  char path[PATH_MAX];
  int status = *dir == 0 ? say_error(&c->say, EXIT_USAGE, "a directory without a name") : init_free(&c->say, dir);
  if (status == EXIT_DONE) status = init_dir(&c->say, dir);
  for (int i = 0; i < INIT_ROWS && status == EXIT_DONE; i++) {
    const struct init_row *row = &init_rows[i];
    status = init_path(&c->say, dir, row, path);
    if (status == EXIT_DONE) status = row->bytes == NULL ? init_dir(&c->say, path) : init_file(&c->say, path, row);
  }
  if (status != EXIT_DONE) return status;
  bool here = strcmp(dir, ".") == 0;
  say_info(&c->say, "%s: app.cfg, rootfs/, and hello.c, which rootfs/bin/hello was made of", say_name(dir).text);
  say_info(&c->say, "next: %s%s%smkimage app.cfg rootfs/ && mkimage run hello-kvm-x86_64.elf", here ? "" : "cd ",
           here ? "" : say_name(dir).text, here ? "" : " && ");
  return EXIT_DONE;
}

const struct verb verb_init = {.name = "init",
                               .operands = "[DIR]",
                               .summary = "Writes a commented app.cfg and a first rootfs to start from",
                               .operands_max = 1,
                               .run = init_run};
