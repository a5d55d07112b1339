/* mkimage/pack/depfile.c - rules for make: see depfile.h. */
#include "mkimage/pack/depfile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mkimage/lib/output.h"

/* A name as make reads it: `%` is special in a target only, a backslash only in front of what is special.  False: it
 * cannot be written in a rule. */
static bool depfile_name(FILE *to, const char *name, const char *special) {
  if (strpbrk(name, "\n\r") != NULL) return false;
  for (const char *p = name; *p != 0; p++) {
    if (*p == '$') putc('$', to);
    if (strchr(special, *p) != NULL || (*p == '\\' && p[1] != 0 && strchr(special, p[1]) != NULL)) putc('\\', to);
    putc(*p, to);
  }
  return true;
}

static bool depfile_target(FILE *to, const char *name) { return depfile_name(to, name, " \t#:%"); }

/* A container image in a directory: whatever changes in it changes its table. */
static int depfile_box(const struct depfile *d, int (*each)(FILE *to, const char *path), FILE *to) {
  static const char *const tables[] = {"index.json", "manifest.json"};
  char path[PATH_MAX];
  int rc = 0;
  for (size_t i = 0; i < sizeof tables / sizeof tables[0] && rc == 0; i++)
    if (snprintf(path, sizeof path, "%s/%s", d->rootfs, tables[i]) < (int)sizeof path && access(path, F_OK) == 0)
      rc = each(to, path);
  return rc;
}

/* Calls each() for every file that the image depends on, with its path. */
static int depfile_each(const struct depfile *d, int (*each)(FILE *to, const char *path), FILE *to) {
  char path[PATH_MAX];
  struct stat st;
  int rc = 0;
  for (size_t i = 0; i < d->froms && rc == 0; i++) rc = each(to, d->from[i]);
  if (strcmp(d->rootfs, "-") == 0 || rc != 0) return rc;
  if (stat(d->rootfs, &st) != 0 || !S_ISDIR(st.st_mode)) return each(to, d->rootfs);
  if (d->tree->launch.of != NULL) return depfile_box(d, each, to);
  size_t len = strlen(d->rootfs);
  while (len > 1 && d->rootfs[len - 1] == '/') len--;
  for (size_t i = 0; i < d->tree->names && rc == 0; i++) {
    const char *name = d->tree->name[i].path;
    int n = strcmp(name, ".") == 0 ? snprintf(path, sizeof path, "%.*s", (int)len, d->rootfs)
                                   : snprintf(path, sizeof path, "%.*s/%s", (int)len, d->rootfs, name);
    if (n < (int)sizeof path && lstat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
      rc = each(to, path);
  }
  return rc;
}

static int depfile_need(FILE *to, const char *path) {
  fputs(" \\\n  ", to);
  return depfile_name(to, path, " \t#:") ? 0 : -1;
}

static int depfile_phony(FILE *to, const char *path) {
  bool ok = depfile_target(to, path);
  fputs(":\n", to);
  return ok ? 0 : -1;
}

static int depfile_print(const struct depfile *d, FILE *to) {
  int rc = 0;
  for (size_t i = 0; i < d->targets; i++) {
    if (i > 0) putc(' ', to);
    if (!depfile_target(to, d->target[i])) return -1;
  }
  putc(':', to);
  rc = depfile_each(d, depfile_need, to);
  putc('\n', to);
  return rc == 0 ? depfile_each(d, depfile_phony, to) : rc;
}

int depfile_write(const struct depfile *d, const struct say *say, const char *path) {
  struct output out;
  char *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  int rc = to != NULL ? depfile_print(d, to) : 0;
  bool written = to != NULL && fclose(to) == 0;
  int status = !written ? say_error(say, EXIT_USAGE, "out of memory") : EXIT_DONE;
  if (rc != 0)
    status =
        say_error(say, EXIT_UNFIT, "%s: a name with a line break cannot stand in a rule for make; do without --depfile",
                  say_name(path).text);
  if (status == EXIT_DONE && (status = output_open(&out, say, path)) == EXIT_DONE) {
    status = output_write(&out, text, n, 0);
    if (status == EXIT_DONE)
      status = output_commit(&out, 0);
    else
      output_drop(&out);
  }
  free(text);
  return status;
}
