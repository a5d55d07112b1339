/* mkimage/image/decoders.h - which codecs a kernel can decode, as its file says (formats/codec_note.h). */
#ifndef MKIMAGE_DECODERS_H
#define MKIMAGE_DECODERS_H

#include "mkimage/image/image.h"

/* The codecs' names, a blank between, from the kernel of an image; NULL when it does not say. */
const char *decoders_of(const struct image *im);

/* The version of the kernel; NULL when it does not say. */
const char *decoders_version(const struct image *im);

/* Whether `name` is one of the names. */
bool decoders_have(const char *names, const char *name);

#endif
