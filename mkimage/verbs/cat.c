/* mkimage/verbs/cat.c - the verb cat: a file's bytes, as a program in the machine would read them. */
#include <fcntl.h>
#include <stdio.h>

#include "formats/archive.h"
#include "mkimage/look/look.h"
#include "mkimage/verbs/verbs.h"

enum { CAT_PIECE = 65536 };

static int cat_fail(const struct say *say, const char *path, int rc) {
  return say_error(say, say_status(rc), "%s: %s", say_name(path).text, taproot_sentence(rc));
}

static int cat_copy(struct look *l, const struct say *say, const char *path) {
  char piece[CAT_PIECE];
  ssize_t n;
  int fd = taproot_open(l->t, path, O_RDONLY, 0);
  if (fd < 0) return cat_fail(say, path, fd);
  while ((n = taproot_read(l->t, fd, piece, sizeof piece)) > 0)
    if (fwrite(piece, 1, (size_t)n, stdout) != (size_t)n) return EXIT_USAGE; /* main says it */
  taproot_close(l->t, fd);
  return n < 0 ? cat_fail(say, path, (int)n) : EXIT_DONE;
}

/* A device or FIFO has no bytes in an archive; opening it would mean something else. */
static int cat_path(struct look *l, const struct say *say, const char *path) {
  struct taproot_stat st;
  int rc = taproot_stat(l->t, path, &st);
  if (rc < 0) return cat_fail(say, path, rc);
  if ((st.mode & MODE_TYPE) != MODE_FILE)
    return say_error(say, EXIT_USAGE, "%s: %s", say_name(path).text,
                     (st.mode & MODE_TYPE) == MODE_DIR ? "is a directory" : "not a regular file");
  return cat_copy(l, say, path);
}

static int cat_verb(struct call *c) {
  struct look l;
  int status = look_open(&l, &c->say, c->operand[0]);
  if (status == EXIT_DONE) status = look_unpack(&l, &c->say);
  for (int i = 1; status == EXIT_DONE && i < c->operands; i++) status = cat_path(&l, &c->say, c->operand[i]);
  look_close(&l);
  return status;
}

const struct verb verb_cat = {
    .name = "cat",
    .operands = "IMAGE PATH...",
    .summary = "Writes the bytes of files to standard output",
    .operands_min = 2,
    .operands_max = 4096,
    .run = cat_verb,
};
