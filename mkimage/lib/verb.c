/* mkimage/lib/verb.c - the option parser: see verb.h. */
#include "mkimage/lib/verb.h"

#include <stdio.h>
#include <string.h>

const struct verb_option verb_common[] = {{'v', "verbose", NULL, "say more"},
                                          {'q', "quiet", NULL, "say errors only"},
                                          {'j', "jobs", "N", "work with N threads (default: one for each processor)"},
                                          {'h', "help", NULL, "this help"},
                                          {0, "version", NULL, "the version"},
                                          {0, NULL, NULL, NULL}};

/* The row of a table with this letter, or with this long name of len bytes; -1 when there is none. */
static int verb_find(const struct verb_option *table, char letter, const char *name, size_t len) {
  for (int i = 0; table != NULL && table[i].name != NULL; i++) {
    if (letter != 0 && table[i].letter == letter) return i;
    if (letter == 0 && strlen(table[i].name) == len && memcmp(table[i].name, name, len) == 0) return i;
  }
  return -1;
}

static void verb_help_rows(const struct verb_option *table) {
  for (; table != NULL && table->name != NULL; table++) {
    char left[64];
    snprintf(left, sizeof left, "%c%c%s --%s%s%s", table->letter ? '-' : ' ', table->letter ? table->letter : ' ',
             table->letter ? "," : " ", table->name, table->value ? " " : "", table->value ? table->value : "");
    printf("  %-26s %s\n", left, table->help);
  }
}

void verb_help(const struct verb *v) {
  printf("Usage: mkimage %s [OPTION]... %s\n%s.\n\n", v->name, v->operands, v->summary);
  verb_help_rows(v->options);
  verb_help_rows(verb_common);
  printf("\nmkimage(1) has the whole story.\n");
}

const char *call_option(const struct call *c, const char *name) {
  int i = verb_find(c->verb->options, 0, name, strlen(name));
  return i < 0 ? NULL : c->value[i];
}

int call_file(const struct call *c, const char *name) {
  const char *file = call_option(c, name);
  if (file == NULL || (*file != 0 && strcmp(file, "-") != 0)) return EXIT_DONE;
  return say_error(&c->say, EXIT_USAGE, "--%s: %s; it takes a file", name,
                   *file != 0 ? "standard output has something else" : "a name is missing");
}

bool call_number(const char *text, uint64_t max, uint64_t *out) {
  uint64_t n = 0;
  if (*text == 0) return false;
  for (; *text != 0; text++) {
    unsigned digit = (unsigned)*text - '0';
    if (digit > 9 || digit > max || n > (max - digit) / 10) return false;
    n = n * 10 + digit;
  }
  *out = n;
  return true;
}

static bool call_jobs(struct call *c, const char *value) {
  enum { JOBS_MOST = 1024 };
  uint64_t n;
  if (!call_number(value, JOBS_MOST, &n) || n == 0)
    return say_error(&c->say, EXIT_USAGE, "--jobs takes a number from 1 to %d", JOBS_MOST), false;
  c->say.jobs = (unsigned)n;
  return true;
}

/* False: the value is wrong, and it is said. */
static bool call_common(struct call *c, int row, const char *value, bool *ended) {
  enum { VERBOSE, QUIET, JOBS, HELP, VERSION }; /* rows of verb_common */
  if (row == VERBOSE) c->say.verbose = true;
  if (row == QUIET) c->say.quiet = true;
  if (row == JOBS) return call_jobs(c, value);
  if (row == HELP) verb_help(c->verb);
  if (row == VERSION) printf("mkimage %s\n", TAPROOT_VERSION);
  *ended = row >= HELP;
  return true;
}

static bool call_takes(const struct verb_option *table, int row) { return row >= 0 && table[row].value != NULL; }

/* One option, letter or long name; `attached` is the value that stands in the same word, NULL when there is none.
 * Returns how many further words it took, or -1 with the error said. */
static int call_one(struct call *c, char letter, const char *name, size_t len, const char *attached, const char *next,
                    bool *ended) {
  int row = verb_find(c->verb->options, letter, name, len);
  int common = row < 0 ? verb_find(verb_common, letter, name, len) : -1;
  char shown[256];
  if (letter)
    snprintf(shown, sizeof shown, "-%.200s", say_bytes(&letter, 1).text);
  else
    snprintf(shown, sizeof shown, "--%.200s", say_bytes(name, len).text);
  if (row < 0 && common < 0) {
    say_error(&c->say, EXIT_USAGE, "unknown option %s (mkimage %s --help lists the options)", shown, c->verb->name);
    return -1;
  }
  bool takes = call_takes(c->verb->options, row) || call_takes(verb_common, common);
  const char *value = !takes ? "" : attached != NULL ? attached : next;
  if (!takes && attached != NULL) {
    say_error(&c->say, EXIT_USAGE, "option %s takes no value", shown);
    return -1;
  }
  if (takes && value == NULL) {
    say_error(&c->say, EXIT_USAGE, "option %s needs a value: %s", shown,
              row >= 0 ? c->verb->options[row].value : verb_common[common].value);
    return -1;
  }
  if (row < 0 && !call_common(c, common, value, ended)) return -1;
  if (row >= 0) c->value[row] = value;
  return takes && attached == NULL;
}

/* One word of the form --name, --name=value, -x, -xVALUE or -xyz. */
static int call_word(struct call *c, const char *word, const char *next, bool *ended) {
  if (word[1] == '-') {
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    return call_one(c, 0, name, len, equals ? equals + 1 : NULL, next, ended);
  }
  int took = 0;
  for (const char *p = word + 1; *p != 0 && took == 0 && !*ended; p++) {
    int row = verb_find(c->verb->options, *p, NULL, 0), common = row < 0 ? verb_find(verb_common, *p, NULL, 0) : -1;
    bool takes = call_takes(c->verb->options, row) || call_takes(verb_common, common);
    took = call_one(c, *p, NULL, 0, takes && p[1] ? p + 1 : NULL, next, ended);
    if (takes && p[1]) break;
  }
  return took;
}

static int call_count(const struct call *c) {
  if (c->operands < c->verb->operands_min)
    return say_error(&c->say, EXIT_USAGE, "something is missing: mkimage %s [OPTION]... %s", c->verb->name,
                     c->verb->operands);
  if (c->operands > c->verb->operands_max)
    return say_error(&c->say, EXIT_USAGE, "one argument too many: '%s' (usage: mkimage %s [OPTION]... %s)",
                     say_name(c->operand[c->verb->operands_max]).text, c->verb->name, c->verb->operands);
  return EXIT_DONE;
}

int call_parse(struct call *c, const struct verb *verb, int argc, char **argv, bool *ended) {
  *c = (struct call){.verb = verb, .operand = argv};
  *ended = false;
  for (int i = 0; i < argc; i++) {
    char *word = argv[i];
    if (strcmp(word, "--") == 0) {
      c->has_rest = verb->rest;
      c->rest = argv + i + 1;
      c->rests = verb->rest ? argc - i - 1 : 0;
      for (i++; i < argc && !verb->rest; i++) c->operand[c->operands++] = argv[i];
      break;
    }
    if (word[0] != '-' || word[1] == 0) {
      c->operand[c->operands++] = word;
      continue;
    }
    int took = call_word(c, word, i + 1 < argc ? argv[i + 1] : NULL, ended);
    if (took < 0) return EXIT_USAGE;
    if (*ended) return EXIT_DONE;
    i += took;
  }
  c->say.json = call_option(c, "json") != NULL;
  return call_count(c);
}
