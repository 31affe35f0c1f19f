/* renameat2(2) and fallocate(2): glibc has them, but declares them only with _GNU_SOURCE, which Swift's Glibc module is
   built without. */
#include <stdio.h>
#include <sys/types.h>
#include <linux/falloc.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
int renameat2(int, const char *, int, const char *, unsigned int);
#endif

int fallocate(int, int, off_t, off_t);
