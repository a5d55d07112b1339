/* mkimage/main.c - the tool: finds the verb in the table, reads its options, runs it.
 *
 * A first word that is no verb begins `mkimage app.cfg rootfs`, the verb pack.
 */
#include <stdio.h>
#include <string.h>

#include "mkimage/verbs.h"

static const struct verb *const main_verbs[] = {
    &verb_pack, &verb_swap, &verb_info, &verb_ls, &verb_cat, &verb_extract, &verb_verify, &verb_run, NULL,
};

static void main_help(void) {
  printf("Usage: mkimage [OPTION]... app.cfg ROOTFS\n"
         "       mkimage VERB [OPTION]... ARGUMENT...\n"
         "Makes bootable machine images that run one program, looks into them, runs them.\n\n");
  for (const struct verb *const *v = main_verbs; *v != NULL; v++)
    printf("  %-8s %-24s %s\n", (*v)->name, (*v)->operands, (*v)->summary);
  printf("\nmkimage VERB --help tells the options of a verb, mkimage --version the version.\n");
}

static const struct verb *main_find(const char *name) {
  for (const struct verb *const *v = main_verbs; *v != NULL; v++)
    if (strcmp((*v)->name, name) == 0) return *v;
  return NULL;
}

static bool main_is_common(const char *word) {
  return strcmp(word, "-q") == 0 || strcmp(word, "-v") == 0 || strcmp(word, "--quiet") == 0 ||
         strcmp(word, "--verbose") == 0;
}

/* `mkimage -q swap ...` means `mkimage swap -q ...`: the verb is put first. */
static void main_verb_first(int argc, char **argv) {
  int at = 1;
  while (at < argc && main_is_common(argv[at])) at++;
  if (at >= argc || main_find(argv[at]) == NULL) return;
  char *verb = argv[at];
  for (; at > 1; at--) argv[at] = argv[at - 1];
  argv[1] = verb;
}

/* Whatever was printed must have arrived: a full disk behind standard output is an error too. */
static int main_end(const struct say *s, int status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  int failed = say_error(s, EXIT_USAGE, "standard output: cannot write");
  return status == EXIT_DONE ? failed : status;
}

int main(int argc, char **argv) {
  struct say s = {0};
  struct call c;
  bool ended = false;
  if (argc < 2) return say_error(&s, EXIT_USAGE, "nothing to do (mkimage --help tells how)");
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    main_help();
    return main_end(&s, EXIT_DONE);
  }
  main_verb_first(argc, argv);
  const struct verb *v = main_find(argv[1]);
  int first = v != NULL ? 2 : 1;
  if (v == NULL) v = main_find("pack");
  if (v == NULL) return say_error(&s, EXIT_USAGE, "unknown verb '%s'", say_name(argv[1]).text);
  int status = call_parse(&c, v, argc - first, argv + first, &ended);
  if (status == EXIT_DONE && !ended) status = c.verb->run(&c);
  return main_end(&s, status);
}
