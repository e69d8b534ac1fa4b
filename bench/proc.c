#include "proc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int roots[PROC_MOST], root_count;

void proc_follow(const char *pids)
{
    for (char *end; *pids && root_count < PROC_MOST; pids = *end ? end + 1 : end) {
        int pid = (int)strtol(pids, &end, 10);
        if (end == pids) return;
        roots[root_count++] = pid;
    }
}

int proc_following(void) { return root_count; }

double proc_own_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* Reads a small file of /proc; returns NULL when the process has gone. */
static char *slurp(const char *path)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    return n ? text : NULL;
}

/* Parent, and the ticks spent in user and system mode; 0 when the process has gone. */
static int read_stat(int pid, int *parent, double *user, double *system)
{
    char path[64];
    unsigned long user_ticks, system_ticks;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    char *text = slurp(path), *after = text ? strrchr(text, ')') : NULL;    /* the name may hold anything */
    if (!after || sscanf(after + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                         parent, &user_ticks, &system_ticks) != 3) return 0;
    *user = (double)user_ticks * 1e6 / (double)sysconf(_SC_CLK_TCK);
    *system = (double)system_ticks * 1e6 / (double)sysconf(_SC_CLK_TCK);
    return 1;
}

/* Nanoseconds on the processor of all threads. The kernel may be built without schedstat: then -1. */
static double threads_ns(int pid)
{
    char path[320];
    double sum = -1;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return -1;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task->d_name);
        char *text = slurp(path);
        if (text) sum = (sum < 0 ? 0 : sum) + strtod(text, NULL);
    }
    closedir(tasks);
    return sum;
}

static double resident_kib(int pid)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    char *text = slurp(path);
    if (text) sscanf(text, "%*d %ld", &pages);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static int known(const int *pids, int count, int pid)
{
    for (int i = 0; i < count; i++) if (pids[i] == pid) return 1;
    return 0;
}

/* The roots and everything below them: passes over /proc until one finds nobody new. */
static int family(int pids[PROC_MOST])
{
    int count = root_count, before;
    double user, system;
    memcpy(pids, roots, sizeof roots);
    do {
        before = count;
        DIR *all = opendir("/proc");
        if (!all) return count;
        for (struct dirent *entry; (entry = readdir(all)) && count < PROC_MOST;) {
            int pid = atoi(entry->d_name), parent;
            if (pid > 0 && !known(pids, count, pid) && read_stat(pid, &parent, &user, &system) &&
                known(pids, count, parent)) pids[count++] = pid;
        }
        closedir(all);
    } while (count > before);
    return count;
}

proc_sample proc_look(void)
{
    proc_sample sum = { 0 };
    int pids[PROC_MOST], count = root_count ? family(pids) : 0, parent;
    for (int i = 0; i < count; i++) {
        double user = 0, system = 0, ns = threads_ns(pids[i]);
        if (!read_stat(pids[i], &parent, &user, &system)) continue;
        sum.user_us += user;
        sum.system_us += system;
        sum.cpu_us += ns >= 0 ? ns / 1000 : user + system;
        sum.rss_kib += resident_kib(pids[i]);
    }
    return sum;
}
