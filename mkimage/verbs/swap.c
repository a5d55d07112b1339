/* mkimage/verbs/swap.c - mkimage swap IMAGE ROOTFS [-o OUT]: another rootfs for a finished image.
 *
 * No compiler, no linker, no other program: the tail of the file and a few
 * sizes are written anew.  What app.cfg said stays, the recipe is applied again.
 */
#include "mkimage/pack/rebuild.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option swap_options[] = {
    {'o', "output", "OUT", "write OUT (- is standard output) and leave IMAGE as it is (default: IMAGE itself)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

static int swap_image(const struct call *c, const struct image *im, const struct rebuild_target *target) {
  struct recipe recipe;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  int status = recipe_of_image(&recipe, &c->say, im);
  if (status == EXIT_DONE) status = recipe_clamp(&recipe, &c->say);
  if (status == EXIT_DONE) status = tree_load(&t, &c->say, c->operand[1], &recipe);
  if (status == EXIT_DONE) status = rebuild_swap(&c->say, im, &t, &recipe, target);
  tree_drop(&t);
  recipe_drop(&recipe);
  return status;
}

static int swap_run(struct call *c) {
  struct image im;
  struct rebuild_target target;
  int status = rebuild_target(&target, &c->say, c->operand[0], call_option(c, "output"));
  if (status == EXIT_DONE) status = rebuild_open(&im, &c->say, c->operand[0]);
  if (status != EXIT_DONE) return status;
  status = swap_image(c, &im, &target);
  image_close(&im);
  return status;
}

const struct verb verb_swap = {.name = "swap",
                               .operands = "IMAGE ROOTFS",
                               .summary = "Replaces the rootfs of a finished image",
                               .options = swap_options,
                               .operands_min = 2,
                               .operands_max = 2,
                               .run = swap_run};
