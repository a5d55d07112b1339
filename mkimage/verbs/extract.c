/* mkimage/verbs/extract.c - the verb extract: the tree that the machine will see, onto a disk. */
#include "mkimage/look/extract.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/archive.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option extract_options[] = {
    {'C', "directory", "DIR", "where to; made when it is not there"},
    {0, "skip-devices", NULL, "leave device nodes out (making them wants root)"},
    {0, "skip-xattrs", NULL, "leave extended attributes out (some want root)"},
    {0, NULL, NULL, NULL}};

static int extract_verb(struct call *c) {
  struct look l;
  const char *dir = call_option(c, "directory");
  struct extract x = {.look = &l, .say = &c->say, .root = -1, .parent = -1};
  x.owner = geteuid() == 0;
  x.mask = MODE_BITS;
  x.skip_devices = call_option(c, "skip-devices") != NULL;
  x.skip_xattrs = call_option(c, "skip-xattrs") != NULL;
  if (dir == NULL) return say_error(&c->say, EXIT_USAGE, "where to? mkimage extract -C DIR IMAGE");
  int status = look_tree(&l, &c->say, c->operand[0]);
  if (status == EXIT_DONE) status = extract_open(&x, dir, true);
  umask(0); /* each mode is given in full */
  if (status == EXIT_DONE) status = extract_tree(&x);
  if (status == EXIT_DONE) say_detail(&c->say, "%llu entries", (unsigned long long)l.nodes);
  extract_close(&x);
  look_close(&l);
  return status;
}

const struct verb verb_extract = {
    .name = "extract",
    .operands = "-C DIR IMAGE",
    .summary = "Writes the tree below a directory, and never outside it",
    .options = extract_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = extract_verb,
};
