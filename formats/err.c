/* formats/err.c - sentences and families, both generated from the one list.
 *
 * Floor 0.  The list itself stands in err.h.
 */
#include "formats/err.h"

#define ERR_SENTENCE(name, number, family, sentence)                                                                   \
  case ERR_##name:                                                                                                     \
    return sentence;

const char *err_sentence(int code) {
  switch (code) {
    ERR_LIST(ERR_SENTENCE)
  default:
    return "unknown error";
  }
}

#define ERR_BUG_NAME    ERR_BUG_FAMILY
#define ERR_ABSENT_NAME ERR_ABSENT
#define ERR_CALLER_NAME ERR_CALLER
#define ERR_ROOM_NAME   ERR_ROOM
#define ERR_BYTES_NAME  ERR_BYTES
#define ERR_FAMILY(name, number, family, sentence)                                                                     \
  case ERR_##name:                                                                                                     \
    return ERR_##family##_NAME;

enum err_family err_family(int code) {
  switch (code) {
    ERR_LIST(ERR_FAMILY)
  default:
    return ERR_BUG_FAMILY;
  }
}
