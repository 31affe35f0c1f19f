#include "onethread.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define swiftcall __attribute__((swiftcall))

/* The concurrency library's own: Sources/Concurrency of the Swift project, ConcurrencyHooks.def and Task.h. */
extern void(swiftcall *swift_task_enqueueGlobal_hook)(void *job, void *original);
extern swiftcall void swift_job_run(void *job, void *executor, uintptr_t implementation);

enum { ROOM = 4096 };
static void *jobs[ROOM];
static unsigned first, count;

static swiftcall void enqueue(void *job, void *original) {
    (void)original;
    if (count == ROOM) {
        fputs("onethread: more tasks than any reader starts\n", stderr);
        abort();
    }
    jobs[(first + count++) % ROOM] = job;
}

void onethread_install(void) { swift_task_enqueueGlobal_hook = enqueue; }

void onethread_run(void) {
    while (count > 0) {
        void *job = jobs[first];
        first = (first + 1) % ROOM;
        count--;
        /* No executor: that of the global pool. */
        swift_job_run(job, 0, 0);
    }
}
