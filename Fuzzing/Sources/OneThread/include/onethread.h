/* Runs Swift's tasks on the thread that asks for it, one after the other: what a fuzzer finds is then found again. */
#pragma once

/* From now on, tasks wait until onethread_run. */
void onethread_install(void);
/* Runs tasks until none is left. */
void onethread_run(void);
