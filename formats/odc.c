/* formats/odc.c - the odc header from the field table of odc.h.  Floor 0. */
#include <stdbool.h>

#include "formats/err.h"
#include "formats/odc.h"

static bool decode_field(const uint8_t *p, size_t digits, uint64_t *value) {
  *value = 0;
  for (size_t i = 0; i < digits; i++) {
    if (p[i] < '0' || p[i] > '7') return false;
    *value = *value << 3 | (uint64_t)(p[i] - '0');
  }
  return true;
}

int odc_decode(struct odc *h, const uint8_t *p, size_t *bad, size_t *bad_len) {
  size_t at = sizeof ODC_MAGIC - 1;
#define ODC_DECODE(name, digits)                                                                                       \
  if (*bad = at, *bad_len = digits, !decode_field(p + at, digits, &h->name)) return ERR_NUMBER;                        \
  at += digits;
  ODC_FIELDS(ODC_DECODE)
#undef ODC_DECODE
  return 0;
}
