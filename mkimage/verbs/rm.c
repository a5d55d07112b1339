/* mkimage/verbs/rm.c - mkimage rm IMAGE:/path...: entries out of a finished image, as rm(1) does it. */
#include <string.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "mkimage/pack/rebuild.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"
#include "mkimage/verbs/place.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option rm_options[] = {
    {'r', "recursive", NULL, "directories, too, with all that is in them"},
    {'f', "force", NULL, "say nothing of what is not there"},
    {'o', "output", "OUT", "write OUT (- is standard output) and leave IMAGE as it is (default: IMAGE itself)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

struct rm {
  const struct call *c;
  struct tree *t;
  const char **victim; /* clean paths, in the tree's pool */
  size_t victims;
};

/* The entry that a word means, itself and not what it links to. */
static int rm_look(struct rm *rm, const char *path) {
  const struct call *c = rm->c;
  char clean[LIMIT_PATH];
  int status = place_parent(rm->t, &c->say, path, clean);
  if (status != EXIT_DONE) return status;
  const struct tree_name *name = tree_find(rm->t, clean);
  if (name == NULL && call_option(c, "force") != NULL) return EXIT_DONE;
  if (name == NULL) return say_error(&c->say, EXIT_USAGE, "'%s': %s", say_name(path).text, err_sentence(ERR_NOENT));
  if (S_ISDIR(name->inode->mode) && call_option(c, "recursive") == NULL)
    return say_error(&c->say, EXIT_USAGE, "'%s': a directory; -r removes it with all that is in it",
                     say_name(path).text);
  if (!S_ISDIR(name->inode->mode) && path[strlen(path) - 1] == '/')
    return say_error(&c->say, EXIT_USAGE, "'%s': not a directory", say_name(path).text);
  rm->victim[rm->victims++] = name->path;
  return EXIT_DONE;
}

/* One that lies below another is gone with it. */
static bool rm_is_gone(const struct rm *rm, size_t i) {
  for (size_t k = 0; k < i; k++) {
    size_t n = strlen(rm->victim[k]);
    if (strncmp(rm->victim[i], rm->victim[k], n) == 0 && (rm->victim[i][n] == 0 || rm->victim[i][n] == '/'))
      return true;
  }
  return false;
}

static int rm_edit(struct rm *rm) {
  struct place p;
  int status = EXIT_DONE;
  rm->victim = pool_take(&rm->t->pool, (size_t)rm->c->operands * sizeof *rm->victim);
  if (rm->victim == NULL) return say_error(&rm->c->say, EXIT_USAGE, "out of memory");
  for (int i = 0; i < rm->c->operands && status == EXIT_DONE; i++) {
    place_read(&p, rm->c->operand[i]);
    status = rm_look(rm, p.path);
  }
  for (size_t i = 0; i < rm->victims && status == EXIT_DONE; i++)
    if (!rm_is_gone(rm, i)) status = tree_edit_remove(rm->t, &rm->c->say, rm->victim[i]);
  return status == EXIT_DONE ? tree_edit_done(rm->t, &rm->c->say) : status;
}

static int rm_image(const struct call *c, struct look *l, const struct rebuild_target *target) {
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  struct rm rm = {.c = c, .t = &t};
  int status = tree_of_look(&t, &c->say, l);
  if (status == EXIT_DONE) status = rm_edit(&rm);
  if (status == EXIT_DONE) status = rebuild_image(&c->say, &l->im, &t, target);
  tree_drop(&t);
  return status;
}

static int rm_same_image(const struct call *c, struct place *first) {
  struct place p;
  for (int i = 0; i < c->operands; i++) {
    if (!place_read(i == 0 ? first : &p, c->operand[i]))
      return say_error(&c->say, EXIT_USAGE, "'%s': not of the form IMAGE:/path", say_name(c->operand[i]).text);
    if (i > 0 && strcmp(p.image, first->image) != 0)
      return say_error(&c->say, EXIT_USAGE, "one image at a time: '%s' is another than '%s'", say_name(p.image).text,
                       say_name(first->image).text);
  }
  return EXIT_DONE;
}

static int rm_run(struct call *c) {
  struct look l;
  struct place place;
  struct rebuild_target target;
  int status = rm_same_image(c, &place);
  if (status == EXIT_DONE) status = rebuild_target(&target, &c->say, place.image, call_option(c, "output"));
  if (status != EXIT_DONE) return status;
  status = look_tree(&l, &c->say, place.image);
  if (status == EXIT_DONE) status = rebuild_finished(&l.im, &c->say);
  if (status == EXIT_DONE) status = rm_image(c, &l, &target);
  look_close(&l);
  return status;
}

const struct verb verb_rm = {.name = "rm",
                             .operands = "IMAGE:/PATH...",
                             .summary = "Removes entries from a finished image",
                             .options = rm_options,
                             .operands_min = 1,
                             .operands_max = 4096,
                             .run = rm_run};
