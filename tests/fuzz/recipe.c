/* tests/fuzz/recipe.c - any bytes as the packing recipe of a manifest: refused with a sentence, or what is written
 * again from it is read as the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/config/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct recipe recipe, same;
  struct flaw flaw = {0};
  uint8_t *once, *twice;
  size_t length, length_twice;
  int rc = recipe_decode(&recipe, bytes, n, &flaw);
  assert(rc == flaw.code && (rc == 0 || flaw.reason));
  if (rc == 0) {
    assert(recipe_encode(&recipe, &once, &length) == 0);
    assert(recipe_decode(&same, once, length, &flaw) == 0 && same.files == recipe.files);
    assert(recipe_encode(&same, &twice, &length_twice) == 0);
    assert(length == length_twice && memcmp(once, twice, length) == 0);
    recipe_drop(&same);
    free(once);
    free(twice);
  }
  recipe_drop(&recipe);
  return 0;
}
