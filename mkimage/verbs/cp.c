/* mkimage/verbs/cp.c - mkimage cp: files into a finished image, or out of an image, as cp(1) does it. */
#include "mkimage/verbs/cp.h"

#include <string.h>

static const struct verb_option cp_options[] = {
    {'r', "recursive", NULL, "directories, too, with all that is in them"},
    {'p', "preserve", NULL, "the exact mode, owner and time"},
    {'o', "output", "OUT", "write OUT (- is standard output) and leave IMAGE as it is (default: IMAGE itself)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

static int cp_sources(const struct call *c, bool images, struct place *first) {
  struct place p;
  for (int i = 0; i + 1 < c->operands; i++) {
    if (place_read(i == 0 ? first : &p, c->operand[i]) != images)
      return say_error(&c->say, EXIT_USAGE,
                       images ? "'%s': not of the form IMAGE:/path"
                              : "'%s': from one image to another: extract it first",
                       say_name(c->operand[i]).text);
    if (images && i > 0 && strcmp(p.image, first->image) != 0)
      return say_error(&c->say, EXIT_USAGE, "one image at a time: '%s' is another than '%s'", say_name(p.image).text,
                       say_name(first->image).text);
  }
  return EXIT_DONE;
}

static int cp_run(struct call *c) {
  struct place to, from;
  bool in = place_read(&to, c->operand[c->operands - 1]), out = !in && place_read(&from, c->operand[0]);
  if (!in && !out)
    return say_error(&c->say, EXIT_USAGE, "nothing here is in an image: a path in one is written IMAGE:/path");
  if (out && call_option(c, "output") != NULL)
    return say_error(&c->say, EXIT_USAGE, "--output: what comes out of an image changes none");
  if (out && c->say.json)
    return say_error(&c->say, EXIT_USAGE, "--json: no image is written when files come out of one");
  int status = cp_sources(c, out, &from);
  if (status != EXIT_DONE) return status;
  return in ? cp_in(c, &to) : cp_out(c, &from);
}

const struct verb verb_cp = {.name = "cp",
                             .operands = "FROM... TO",
                             .summary = "Copies files into an image or out of one; there a path is IMAGE:/PATH",
                             .options = cp_options,
                             .operands_min = 2,
                             .operands_max = 4096,
                             .run = cp_run};
