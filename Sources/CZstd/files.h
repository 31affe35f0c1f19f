/* renameat2(2) and fallocate(2): glibc has them, but declares them only with _GNU_SOURCE, which Swift's Glibc module is
   built without. */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/* fstatfs(2), which Swift's Glibc module lacks. */
#include <sys/vfs.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int renameat2(int, const char *, int, const char *, unsigned int);
int fallocate(int, int, off_t, off_t);

/* chattr +C: blocks that are held for a new file of btrfs can then be written when the disk is full. File systems
   without the flag refuse it, which does not matter. */
static inline void avoid_copy_on_write(int descriptor) {
    int flags;
    if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_NOCOW_FL;
        (void)ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
    }
}
