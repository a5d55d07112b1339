/* formats/xxhash_inline.h - libxxhash's header with its code, for a place without malloc.
 *
 * The header's own creators of states allocate; nobody here calls them, and
 * with these two names defined away they compile without an allocator.
 */
#ifndef FORMATS_XXHASH_INLINE_H
#define FORMATS_XXHASH_INLINE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define malloc(n) ((void)(n), NULL)
#define free(p)   ((void)(p))
#define XXH_INLINE_ALL
#include <xxhash.h>
#undef malloc
#undef free

#endif
