/* Touches 4 MiB of new memory every 100 ms until the memory cgroup's limit ends it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP_MEBIBYTES = 4 };

int main(void) {
    for (int total = STEP_MEBIBYTES;; total += STEP_MEBIBYTES) {
        char *block = malloc((size_t)STEP_MEBIBYTES << 20);
        if (block == NULL) {
            puts("malloc failed");
            return 1;
        }
        memset(block, total, (size_t)STEP_MEBIBYTES << 20);
        printf("touched %d MiB\n", total);
        fflush(stdout);
        usleep(100000);
    }
}
