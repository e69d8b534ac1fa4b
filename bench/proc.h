/*
 * proc - what some processes cost: processor time and memory of the given pids and all their descendants.
 * A server may keep a small parent beside the process that works; both are paid for.
 */
#ifndef PROC_H
#define PROC_H
#include <stdint.h>

#define PROC_MOST 256

typedef struct {
    double cpu_us;              /* on the processor, all threads, user and system */
    double user_us, system_us;  /* the same by the kernel's coarser clock: good for a share, not for a cost */
    double rss_kib;             /* resident; pages shared between the processes count for each */
} proc_sample;

/* pids: "12,34". */
void proc_follow(const char *pids);
int proc_following(void);
proc_sample proc_look(void);
double proc_own_us(void);
#endif
