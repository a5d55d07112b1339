/* mkimage/verbs/verbs.h - the verbs.  Each is a `const struct verb verb_NAME` in the file that does it
 * (mkimage/verbs/NAME.c), declared here and listed in verbs.c's table.
 */
#ifndef MKIMAGE_VERBS_H
#define MKIMAGE_VERBS_H

#include "mkimage/lib/verb.h"

extern const struct verb verb_append;
extern const struct verb verb_build; /* also what `mkimage app.cfg ROOTFS` means */
extern const struct verb verb_cat;
extern const struct verb verb_completion;
extern const struct verb verb_cp;
extern const struct verb verb_diff;
extern const struct verb verb_export;
extern const struct verb verb_extract;
extern const struct verb verb_hash;
extern const struct verb verb_info;
extern const struct verb verb_init;
extern const struct verb verb_ls;
extern const struct verb verb_mount;
extern const struct verb verb_pack;
extern const struct verb verb_rm;
extern const struct verb verb_run;
extern const struct verb verb_swap;
extern const struct verb verb_test;
extern const struct verb verb_tree;
extern const struct verb verb_upgrade;
extern const struct verb verb_verify;

/* The option of all that write images or archives. */
#define VERBS_REPORT                                                                                                   \
  { 0, "json", NULL, "tell what was written as one JSON object a line" }

/* In the order of the help; NULL behind the last. */
extern const struct verb *const verbs_all[];

/* The verb of this name, or NULL. */
const struct verb *verbs_find(const char *name);

#endif
