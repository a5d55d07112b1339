/* mkimage/tree/program.c - what would stop the program's start is said before any boot: see program.h. */
#include "mkimage/tree/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/elf.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "mkimage/lib/near.h"

enum { SCRIPT_LINE = 256, SCRIPT_DEPTH = 4 };

/* --- find ------------------------------------------------------------------------- */

/* Puts a link's target in front of what is left of the path. */
static int program_follow(char *rest, const char *target, const char *at, char *done) {
  char next[LIMIT_PATH];
  if (snprintf(next, sizeof next, "%s/%s", target, at) >= (int)sizeof next) return ERR_NAMETOOLONG;
  if (target[0] == '/') done[0] = 0;
  memcpy(rest, next, strlen(next) + 1);
  return 0;
}

/* Drops the last component of "a/b". */
static void program_up(char *done) {
  char *slash = strrchr(done, '/');
  if (slash != NULL)
    *slash = 0;
  else
    done[0] = 0;
}

/* done + one component, the entry of it or NULL. */
static const struct tree_name *program_step(const struct tree *t, char *done, const char *part, size_t len) {
  size_t used = strlen(done);
  if (used + len + 2 > LIMIT_PATH) return NULL;
  snprintf(done + used, LIMIT_PATH - used, "%s%.*s", used ? "/" : "", (int)len, part);
  return tree_find(t, done);
}

const struct tree_name *program_find(const struct tree *t, const char *path, int *why) {
  char rest[LIMIT_PATH], done[LIMIT_PATH] = "";
  unsigned links = 0;
  const struct tree_name *here = tree_find(t, ".");
  *why = ERR_NAMETOOLONG;
  if (strlen(path) >= sizeof rest) return NULL;
  memcpy(rest, path, strlen(path) + 1);
  for (char *at = rest; *(at += strspn(at, "/")) != 0;) {
    size_t len = strcspn(at, "/");
    *why = ERR_NOTDIR;
    if (!S_ISDIR(here->inode->mode)) return NULL;
    if (len == 2 && memcmp(at, "..", 2) == 0)
      program_up(done), here = tree_find(t, done[0] ? done : ".");
    else if (len != 1 || *at != '.')
      here = program_step(t, done, at, len);
    *why = ERR_NOENT;
    if (here == NULL) return NULL;
    at += len;
    if (!S_ISLNK(here->inode->mode)) continue;
    *why = ERR_LOOP;
    if (++links > LIMIT_SYMLINKS) return NULL;
    program_up(done);
    if ((*why = program_follow(rest, here->inode->target, at, done)) < 0) return NULL;
    here = tree_find(t, done[0] ? done : ".");
    at = rest;
  }
  *why = 0;
  return here;
}

/* --- check -------------------------------------------------------------------------- */

struct program_bytes {
  uint8_t *bytes;
  uint64_t have;
};

static int program_take(void *arg, const uint8_t *bytes, size_t n) {
  struct program_bytes *b = arg;
  memcpy(b->bytes + b->have, bytes, n);
  b->have += n;
  return 0;
}

static int program_elf(const struct say *say, const char *path, const struct program_bytes *b, uint16_t machine) {
  struct flaw flaw = {0};
  struct elf elf;
  int rc = elf_open(&elf, b->bytes, b->have, b->have, &flaw);
  if (rc == 0) rc = elf_check_program(&elf, machine, &flaw);
  if (rc == 0) return EXIT_DONE;
  return say_error(say, EXIT_UNFIT, "the program '%s' cannot run in the machine: %s", say_name(path).text, flaw.reason);
}

static int program_check_depth(const struct tree *t, const struct say *say, const char *path, uint16_t machine,
                               unsigned depth);

/* "#! /bin/sh -e": the interpreter is checked like a program. */
static int program_script(const struct tree *t, const struct say *say, const char *path, const struct program_bytes *b,
                          uint16_t machine, unsigned depth) {
  char line[SCRIPT_LINE];
  size_t n = b->have - 2 < sizeof line - 1 ? (size_t)b->have - 2 : sizeof line - 1;
  memcpy(line, b->bytes + 2, n);
  line[n] = 0;
  char *name = line + strspn(line, " \t");
  name[strcspn(name, " \t\r\n")] = 0;
  if (name[0] != '/')
    return say_error(say, EXIT_UNFIT, "the program '%s' is a script without an interpreter's absolute path",
                     say_name(path).text);
  if (depth == 0)
    return say_error(say, EXIT_UNFIT, "the program '%s' is a script of scripts, too deep", say_name(path).text);
  say_detail(say, "'%s' is a script; its interpreter is '%s'", say_name(path).text, say_name(name).text);
  return program_check_depth(t, say, name, machine, depth - 1);
}

static int program_content(const struct tree *t, const struct say *say, const char *path, const struct tree_inode *n,
                           uint16_t machine, unsigned depth) {
  struct program_bytes b = {malloc(n->size + 1), 0};
  if (b.bytes == NULL) return say_error(say, EXIT_USAGE, "out of memory while the program is checked");
  int status = tree_read(t, say, n, program_take, &b);
  if (status != EXIT_DONE) {
  } else if (b.have >= 2 && b.bytes[0] == '#' && b.bytes[1] == '!') {
    status = program_script(t, say, path, &b, machine, depth);
  } else if (b.have < 4 || memcmp(b.bytes, "\177ELF", 4) != 0) {
    status = say_error(say, EXIT_UNFIT, "the program '%s' is neither an ELF executable nor a script with #!",
                       say_name(path).text);
  } else {
    status = program_elf(say, path, &b, machine);
  }
  free(b.bytes);
  return status;
}

static const char *program_base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* Something that can be run and has nearly this name, in whatever directory, may be what was meant. */
static int program_missing(const struct tree *t, const struct say *say, const char *path, int why) {
  struct near n = near_start(program_base(path));
  const char *meant = NULL;
  for (size_t i = 0; i < t->names; i++) {
    const struct tree_name *name = &t->name[i];
    const char *base = program_base(name->path);
    if (!S_ISREG(name->inode->mode) || (name->inode->mode & 0111) == 0) continue;
    near_try(&n, base);
    if (n.nearest == base) meant = name->path;
  }
  return say_error(say, EXIT_UNFIT, "the program '%s' is not in the rootfs: %s%s%s%s", say_name(path).text,
                   err_sentence(why), meant != NULL ? "; is '/" : "", meant != NULL ? say_name(meant).text : "",
                   meant != NULL ? "' meant?" : "");
}

static int program_check_depth(const struct tree *t, const struct say *say, const char *path, uint16_t machine,
                               unsigned depth) {
  int why;
  const struct tree_name *name = program_find(t, path, &why);
  if (name == NULL) return program_missing(t, say, path, why);
  if (!S_ISREG(name->inode->mode))
    return say_error(say, EXIT_UNFIT, "the program '%s' is not a regular file", say_name(path).text);
  if ((name->inode->mode & 0111) == 0)
    return say_error(say, EXIT_UNFIT, "the program '%s' is not executable (mode %04o): chmod +x it",
                     say_name(path).text, name->inode->mode & 07777);
  return program_content(t, say, path, name->inode, machine, depth);
}

int program_check(const struct tree *t, const struct say *say, const char *path, uint16_t machine) {
  return program_check_depth(t, say, path, machine, SCRIPT_DEPTH);
}

/* --- what stands around it -------------------------------------------------------------- */

void program_expect(const struct tree *t, const struct say *say, const char *what, const char *path, bool directory) {
  int why;
  const struct tree_name *name = program_find(t, path, &why);
  const char *below = path + strspn(path, "/");
  if (strncmp(below, "dev", 3) == 0 && (below[3] == 0 || below[3] == '/')) return;
  if (name == NULL)
    say_warn(say, "%s '%s' is not in the rootfs (%s): the machine will stop", what, say_name(path).text,
             err_sentence(why));
  else if (directory != (bool)S_ISDIR(name->inode->mode))
    say_warn(say, "%s '%s' is %s directory: the machine will stop", what, say_name(path).text, directory ? "no" : "a");
}
