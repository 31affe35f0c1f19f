/* memfd_create(2): the C library has it, but declares it only with _GNU_SOURCE, which Swift's Glibc module is built without. */
#include <linux/fcntl.h>
#include <linux/memfd.h>

int memfd_create(const char *, unsigned int);

/* After this nobody can change what is in it. Macros that are more than a number are not seen from Swift. */
enum { EXHIBIT_ADD_SEALS = F_ADD_SEALS };
enum { EXHIBIT_SEAL_ALL = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };
