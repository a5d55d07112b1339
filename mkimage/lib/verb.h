/* mkimage/lib/verb.h - a verb of the tool, and how its arguments are read.
 *
 * Each verb is one row: its name, its help, its options as a table, and the
 * function that does it.  The one parser is driven by that table, and so is
 * --help; a verb only asks for the values.
 */
#ifndef MKIMAGE_VERB_H
#define MKIMAGE_VERB_H

#include "mkimage/lib/say.h"

enum { VERB_OPTIONS_MAX = 16 };

struct verb_option {
  char letter;       /* 0: none */
  const char *name;  /* long name, without the dashes */
  const char *value; /* what the value is, for the help; NULL: a flag */
  const char *help;
};

struct call;

struct verb {
  const char *name;
  const char *operands;              /* for the help: "IMAGE [PATH]" */
  const char *summary;               /* one line */
  const struct verb_option *options; /* ends with a row without a name; NULL: none */
  int operands_min, operands_max;
  bool rest; /* what follows "--" is kept apart (run) instead of being operands */
  int (*run)(struct call *c);
};

/* One invocation. */
struct call {
  struct say say;
  const struct verb *verb;
  const char *value[VERB_OPTIONS_MAX]; /* beside verb->options: NULL when not given, "" for a flag */
  char **operand;                      /* `operands` of them */
  int operands;
  char **rest; /* what followed "--", when verb->rest */
  int rests;
  bool has_rest; /* "--" was given */
};

/* The value of an option by its long name; NULL when it was not given. */
const char *call_option(const struct call *c, const char *name);

/* Is the value of this option a file's name, where it was given?  "" and "-" are none: standard output has something
 * else.  EXIT_DONE, or EXIT_USAGE with the error said. */
int call_file(const struct call *c, const char *name);

/* Reads the arguments after the verb's name; argv is reordered.  EXIT_DONE: run
 * the verb; otherwise the status to end with, the error said.  *ended is set when
 * help or version was printed and nothing is left to do. */
int call_parse(struct call *c, const struct verb *verb, int argc, char **argv, bool *ended);

/* Reads a whole decimal number up to max. False when it is anything else. */
bool call_number(const char *text, uint64_t max, uint64_t *out);

void verb_help(const struct verb *v);

/* The options that every verb takes; ends with a row without a name. */
extern const struct verb_option verb_common[];

#endif
