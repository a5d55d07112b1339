/* mkimage/verbs/completion.c - mkimage completion SHELL: the shell's completion of verbs and options.
 *
 * Written from the tables that the parser and --help are driven by, so that a
 * new option is completed without a word here.  Operands and values are files.
 */
#include <stdio.h>
#include <string.h>

#include "mkimage/verbs/verbs.h"

/* --- pieces ------------------------------------------------------------------------- */

/* Calls print() for each option of a verb: its own and the common ones. */
static void completion_options(const struct verb *v, void (*print)(const struct verb *v, const struct verb_option *o)) {
  for (const struct verb_option *o = v->options; o != NULL && o->name != NULL; o++) print(v, o);
  for (const struct verb_option *o = verb_common; o->name != NULL; o++) print(v, o);
}

/* Help text inside single quotes; with `more`, these characters get a backslash. */
static void completion_quoted(const char *text, const char *more) {
  for (; *text != 0; text++) {
    if (*text == '\'')
      fputs("'\\''", stdout);
    else
      printf(strchr(more, *text) != NULL ? "\\%c" : "%c", *text);
  }
}

static bool completion_is_directory(const struct verb_option *o) { return strcmp(o->value, "DIR") == 0; }

/* --- bash ---------------------------------------------------------------------------- */

static void bash_word(const struct verb *v, const struct verb_option *o) {
  if (o->letter) printf("-%c ", o->letter);
  printf("--%s ", o->name);
}

static void bash_value(const struct verb *v, const struct verb_option *o) {
  if (o->value == NULL) return;
  printf("    %s,--%s", v->name, o->name);
  if (o->letter) printf("|%s,-%c", v->name, o->letter);
  printf(") COMPREPLY=($(compgen -%c -- \"$word\")); return ;;\n", completion_is_directory(o) ? 'd' : 'f');
}

static void completion_bash(void) {
  puts("# bash completion for mkimage, written by `mkimage completion bash`\n"
       "_mkimage() {\n"
       "  local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} verb= options= i\n"
       "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
       "    [[ ${COMP_WORDS[i]} == -- ]] && { COMPREPLY=($(compgen -f -- \"$word\")); return; }\n"
       "    [[ -z $verb && ${COMP_WORDS[i]} != -* ]] && verb=${COMP_WORDS[i]}\n"
       "  done\n"
       "  case $verb,$last in");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) completion_options(*v, bash_value);
  puts("  esac\n  case $verb in");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) {
    printf("    %s) options='", (*v)->name);
    completion_options(*v, bash_word);
    puts("' ;;");
  }
  printf("    '') COMPREPLY=($(compgen -f -W '");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) printf("%s ", (*v)->name);
  puts("--help --version' -- \"$word\")); return ;;\n"
       "  esac\n"
       "  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
       "  elif [[ $verb == completion ]]; then COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$word\"))\n"
       "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
       "}\n"
       "complete -o filenames -F _mkimage mkimage taproot-mkimage");
}

/* --- zsh ------------------------------------------------------------------------------- */

static void zsh_option(const struct verb *v, const struct verb_option *o) {
  const char *kind = o->value == NULL ? "" : completion_is_directory(o) ? ":directory:_files -/" : ":file:_files";
  if (o->letter) {
    printf("        '-%c[", o->letter);
    completion_quoted(o->help, "[]:");
    printf("]%s' \\\n", kind);
  }
  printf("        '--%s%s[", o->name, o->value ? "=" : "");
  completion_quoted(o->help, "[]:");
  printf("]%s' \\\n", kind);
}

static void completion_zsh(void) {
  puts("#compdef mkimage taproot-mkimage\n"
       "# zsh completion for mkimage, written by `mkimage completion zsh`\n"
       "_mkimage() {\n"
       "  local -a verbs=(");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) {
    printf("    '%s:", (*v)->name);
    completion_quoted((*v)->summary, ":");
    puts("'");
  }
  puts("  )\n"
       "  if (( CURRENT == 2 )); then _describe verb verbs; _files; return; fi\n"
       "  local verb=${words[2]}\n"
       "  shift words; (( CURRENT-- ))\n"
       "  case $verb in");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) {
    printf("    %s) _arguments -s -S \\\n", (*v)->name);
    completion_options(*v, zsh_option);
    puts(*v == &verb_completion ? "        '1:shell:(bash zsh fish)' ;;" : "        '*:file:_files' ;;");
  }
  puts("    *) _files ;;\n  esac\n}\n"
       "if [[ ${funcstack[1]} == _mkimage ]]; then _mkimage \"$@\"; else compdef _mkimage mkimage taproot-mkimage; fi");
}

/* --- fish ------------------------------------------------------------------------------ */

static void fish_option(const struct verb *v, const struct verb_option *o) {
  printf("complete -c mkimage -n '__fish_seen_subcommand_from %s' -l %s", v->name, o->name);
  if (o->letter) printf(" -s %c", o->letter);
  if (o->value != NULL) printf(" -r%s", completion_is_directory(o) ? "a '(__fish_complete_directories)'" : "F");
  printf(" -d '");
  completion_quoted(o->help, "");
  puts("'");
}

static void completion_fish(void) {
  puts("# fish completion for mkimage, written by `mkimage completion fish`");
  for (const struct verb *const *v = verbs_all; *v != NULL; v++) {
    printf("complete -c mkimage -n '__fish_use_subcommand' -a %s -d '", (*v)->name);
    completion_quoted((*v)->summary, "");
    puts("'");
    completion_options(*v, fish_option);
  }
  puts("complete -c mkimage -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n"
       "complete -c taproot-mkimage -w mkimage");
}

/* --- the verb --------------------------------------------------------------------------- */

static int completion_run(struct call *c) {
  static const struct {
    const char *name;
    void (*print)(void);
  } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
  for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
    if (strcmp(c->operand[0], shells[i].name) != 0) continue;
    shells[i].print();
    return EXIT_DONE;
  }
  return say_error(&c->say, EXIT_USAGE, "no completion for '%s': bash, zsh or fish", say_name(c->operand[0]).text);
}

const struct verb verb_completion = {.name = "completion",
                                     .operands = "bash|zsh|fish",
                                     .summary = "Prints the shell's completion of verbs and options",
                                     .operands_min = 1,
                                     .operands_max = 1,
                                     .run = completion_run};
