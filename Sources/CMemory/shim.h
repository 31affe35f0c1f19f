/* mallopt(3), which Swift's Glibc module lacks. */
#include <malloc.h>

/* memfd_create(2) and the sealing of fcntl(2): the C library has them, but declares them only with _GNU_SOURCE, which Swift's Glibc
   module is built without. <linux/fcntl.h> has the numbers, and others that would stand beside Glibc's. */
#include <linux/memfd.h>

int memfd_create(const char *, unsigned int);

/* F_ADD_SEALS; F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE: after this nobody can change what is in it. */
#define EXHIBIT_ADD_SEALS 1033
#define EXHIBIT_SEAL_ALL 15

/* getauxval(3), and nss.h's way to name the services that answer for names. */
#include <nss.h>
#include <sys/auxv.h>
