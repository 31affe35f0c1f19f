/* renameat2(2): glibc has it since 2.28, but declares it only with _GNU_SOURCE, which Swift's Glibc module is built
   without. */
#include <stdio.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
int renameat2(int, const char *, int, const char *, unsigned int);
#endif
