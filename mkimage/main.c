/* mkimage/main.c - the tool: finds the verb in the table, reads its options, runs it.
 *
 * A first word that is no verb begins `mkimage app.cfg rootfs`, the verb build.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mkimage/lib/near.h"
#include "mkimage/lib/progress.h"
#include "mkimage/verbs/uboot.h"
#include "mkimage/verbs/verbs.h"

static void main_help(void) {
  int widest = 0;
  printf("Usage: mkimage [OPTION]... app.cfg ROOTFS\n"
         "       mkimage VERB [OPTION]... ARGUMENT...\n"
         "Makes bootable machine images that run one program, looks into them, runs them.\n\n");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) {
    int n = (int)strlen((*v)->operands);
    if (n > widest) widest = n;
  }
  for (const struct verb *const *v = verbs_all; *v != NULL; v++)
    printf("  %-10s %-*s  %s\n", (*v)->name, widest, (*v)->operands, (*v)->summary);
  printf("\nmkimage VERB --help tells the options of a verb, mkimage --version the version.\n");
}

static bool main_is_common(const char *word) {
  return strcmp(word, "-q") == 0 || strcmp(word, "-v") == 0 || strcmp(word, "--quiet") == 0 ||
         strcmp(word, "--verbose") == 0 || strcmp(word, "--json") == 0;
}

/* A word that is neither a verb nor a file that could be an app.cfg. */
static int main_unknown(const struct say *s, const char *word) {
  struct near n = near_start(word);
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) near_try(&n, (*v)->name);
  return say_error(
      s, EXIT_USAGE, "'%s' is no verb, and no app.cfg of this name is there%s%s%s (mkimage --help lists the verbs)",
      say_name(word).text, n.nearest ? "; is '" : "", n.nearest ? n.nearest : "", n.nearest ? "' meant?" : "");
}

/* `mkimage -l IMAGE` is what U-Boot's tool of the same name calls it. */
static const struct verb *main_verb(const char *word) {
  return strcmp(word, "-l") == 0 ? &verb_info : verbs_find(word);
}

/* `mkimage -q swap ...` means `mkimage swap -q ...`: the verb is put first. */
static void main_verb_first(int argc, char **argv) {
  int at = 1;
  while (at < argc && main_is_common(argv[at])) at++;
  if (at >= argc || argv[at][0] == '-') return;
  char *verb = argv[at];
  for (; at > 1; at--) argv[at] = argv[at - 1];
  argv[1] = verb;
}

/* A standard descriptor that is closed stays of no use: nothing that is opened may take its number, or messages would
 * go into it. */
static void main_hold_standard(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
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
  struct progress progress = {0};
  bool ended = false;
  main_hold_standard();
  if (argc < 2) return say_error(&s, EXIT_USAGE, "nothing to do (mkimage --help tells how)");
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    main_help();
    return main_end(&s, EXIT_DONE);
  }
  main_verb_first(argc, argv);
  const struct verb *v = main_verb(argv[1]);
  int first = v != NULL ? 2 : 1;
  if (v == NULL && uboot_option(argv[1])) return uboot_refuse(&s, argv[1]);
  if (v == NULL && argv[1][0] != '-' && access(argv[1], F_OK) != 0) return main_unknown(&s, argv[1]);
  if (v == NULL) v = &verb_build;
  int status = call_parse(&c, v, argc - first, argv + first, &ended);
  c.say.progress = &progress;
  c.say.began = say_clock();
  if (status == EXIT_DONE && !ended) status = c.verb->run(&c);
  return main_end(&s, status);
}
