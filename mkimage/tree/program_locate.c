/* mkimage/tree/program_locate.c - a program that is named without its directory: see program.h. */
#include <stdio.h>
#include <string.h>

#include "mkimage/tree/program.h"

#define LOCATE_USUAL "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *locate_path(const char *const *env, size_t envs) {
  for (size_t i = 0; i < envs; i++)
    if (strncmp(env[i], "PATH=", 5) == 0) return env[i] + 5;
  return LOCATE_USUAL;
}

static bool locate_runs(const struct tree *t, const char *path) {
  int why;
  const struct tree_name *name = program_find(t, path, &why);
  return name != NULL && S_ISREG(name->inode->mode) && (name->inode->mode & 0111) != 0;
}

/* An empty directory, and one that is not absolute, count from cwd. */
static bool locate_in(const struct tree *t, const char *cwd, const char *dir, size_t len, const char *name,
                      char out[LIMIT_PATH]) {
  bool absolute = len > 0 && *dir == '/';
  int n = snprintf(out, LIMIT_PATH, "%s%s%.*s%s%s", absolute ? "" : cwd, absolute ? "" : "/", (int)len, dir,
                   len > 0 ? "/" : "", name);
  return n < LIMIT_PATH && locate_runs(t, out);
}

int program_locate(const struct tree *t, const struct say *say, const char *name, const char *cwd,
                   const char *const *env, size_t envs, char out[LIMIT_PATH]) {
  if (strlen(name) >= LIMIT_PATH || strlen(cwd) >= LIMIT_PATH)
    return say_error(say, EXIT_UNFIT, "the program '%s': a path that is too long", say_name(name).text);
  if (name[0] == '/') return memcpy(out, name, strlen(name) + 1), EXIT_DONE;
  if (strchr(name, '/') != NULL) {
    if (locate_in(t, cwd, "", 0, name, out)) return EXIT_DONE;
    return say_error(say, EXIT_UNFIT, "the program '%s' is not in '%s' of the rootfs", say_name(name).text,
                     say_name(cwd).text);
  }
  const char *path = locate_path(env, envs);
  for (const char *at = path;; at++) {
    size_t len = strcspn(at, ":");
    if (*name != 0 && locate_in(t, cwd, at, len, name, out)) return EXIT_DONE;
    at += len;
    if (*at == 0) break;
  }
  return say_error(say, EXIT_UNFIT, "the program '%s' is in no directory of PATH (%s) of the rootfs",
                   say_name(name).text, say_name(path).text);
}
