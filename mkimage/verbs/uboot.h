/* mkimage/verbs/uboot.h - U-Boot's mkimage has the same name: its calls are recognised and told apart.
 *
 * `-l IMAGE` means the same in both, and is our verb info.  What else begins
 * with one of U-Boot's options cannot be meant for us.
 */
#ifndef MKIMAGE_UBOOT_H
#define MKIMAGE_UBOOT_H

#include "mkimage/lib/say.h"

/* Whether this word, the first of a call, is an option of U-Boot's mkimage that ours has not. */
bool uboot_option(const char *word);

/* Says so, and what ours is called with.  EXIT_USAGE. */
int uboot_refuse(const struct say *s, const char *word);

#endif
