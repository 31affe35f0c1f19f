/* Extended attributes (xattr(7)), which Swift's Glibc module lacks. <sys/xattr.h> brings <sys/types.h> with it, whose types would
   then stand beside Glibc's; on Linux a ssize_t is a ptrdiff_t. */
#include <stddef.h>

ptrdiff_t listxattr(const char *, char *, size_t);
ptrdiff_t getxattr(const char *, const char *, void *, size_t);

/* For tests, which make what is read. */
int setxattr(const char *, const char *, const void *, size_t, int);
