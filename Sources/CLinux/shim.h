/* fstatfs(2), which Swift's Glibc module lacks. */
#include <sys/vfs.h>

/* setns(2) and unshare(2): the C library has them, but declares them only with _GNU_SOURCE, which Swift's Glibc module is built
   without. <linux/sched.h> has the numbers, and others that would stand beside Glibc's. */
int setns(int, int);
int unshare(int);

#define EXHIBIT_CLONE_NEWNET 0x40000000
#define EXHIBIT_CLONE_NEWNS 0x00020000

/* Extended attributes (xattr(7)), which Swift's Glibc module lacks. <sys/xattr.h> brings <sys/types.h> with it, whose types would
   then stand beside Glibc's; on Linux a ssize_t is a ptrdiff_t. */
#include <stddef.h>

ptrdiff_t listxattr(const char *, char *, size_t);
ptrdiff_t getxattr(const char *, const char *, void *, size_t);

/* For tests, which make what is read. */
int setxattr(const char *, const char *, const void *, size_t, int);

/* getdents64(2), which glibc declares with _GNU_SOURCE only, and since 2.30. Without <sys/types.h>, whose types Swift would then take
   for this module's and not for Glibc's. */
long getdents64(int, void *, unsigned long);

/* statx(2): the C library declares it with _GNU_SOURCE only, and Swift sees the type of the same name in its place. */
#include <linux/stat.h>
int statx(int, const char *restrict, int, unsigned int, struct statx *restrict);
static inline int exhibit_statx(int descriptor, unsigned int mask, struct statx *restrict answer) {
    /* AT_EMPTY_PATH | AT_NO_AUTOMOUNT */
    return statx(descriptor, "", 0x1000 | 0x800, mask, answer);
}

/* klogctl(3), which Swift's Glibc module lacks. */
int klogctl(int, char *, int);
