/* mkimage/verbs/verbs.c - the table of verbs: see verbs.h. */
#include "mkimage/verbs/verbs.h"

#include <string.h>

const struct verb *const verbs_all[] = {
    &verb_init,    &verb_build,  &verb_pack, &verb_export, &verb_swap,       &verb_cp,   &verb_rm,  &verb_append,
    &verb_upgrade, &verb_run,    &verb_test, &verb_info,   &verb_ls,         &verb_tree, &verb_cat, &verb_extract,
    &verb_mount,   &verb_verify, &verb_diff, &verb_hash,   &verb_completion, NULL,
};

const struct verb *verbs_find(const char *name) {
  for (const struct verb *const *v = verbs_all; *v != NULL; v++)
    if (strcmp((*v)->name, name) == 0) return *v;
  return NULL;
}
