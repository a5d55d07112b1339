/* mkimage/verbs/cp.h - what the files of the verb cp share. */
#ifndef MKIMAGE_CP_H
#define MKIMAGE_CP_H

#include "mkimage/verbs/place.h"
#include "mkimage/verbs/verbs.h"

/* The last operand is the destination, those before it the sources. */
int cp_in(const struct call *c, const struct place *to);
int cp_out(const struct call *c, const struct place *from); /* from: the first source, an image as all of them */

#endif
