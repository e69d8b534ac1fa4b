#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONGEST ((size_t)1 << 20)
#define STAMP_DIGITS 19

static char expanded[LONGEST + 64];
static size_t filled;

uint64_t text_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void put(const char *bytes, size_t n)
{
    if (filled + n > LONGEST) {
        fprintf(stderr, "load: a text grew beyond %zu bytes\n", LONGEST);
        exit(2);
    }
    memcpy(expanded + filled, bytes, n);
    filled += n;
}

static void put_number(uint64_t number)
{
    char digits[24];
    put(digits, (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number));
}

/* Returns the placeholder's length, 0 when the brace is only a brace; *pad is where the filler belongs. */
static size_t put_word(const char *brace, const text_words *words, size_t *pad)
{
    static const char *names[] = { "{i}", "{p}", "{r}", "{id}", "{peer}", "{ts}", "{pad}" };
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        size_t n = strlen(names[k]);
        if (strncmp(brace, names[k], n) != 0) continue;
        switch (k) {
        case 0: put_number((uint64_t)words->number); break;
        case 1: put_number((uint64_t)words->partner); break;
        case 2: put_number((uint64_t)words->room); break;
        case 3: put(words->id, strlen(words->id)); break;
        case 4: put(words->peer, strlen(words->peer)); break;
        case 5: put_number(words->stamp); break;
        default: *pad = filled;
        }
        return n;
    }
    return 0;
}

static void fill(size_t at, size_t n)
{
    static const char filler[] = "some plain words without any markup in them ";
    if (filled + n > LONGEST) n = LONGEST - filled;
    memmove(expanded + at + n, expanded + at, filled - at);
    for (size_t i = 0; i < n; i++) expanded[at + i] = filler[i % (sizeof filler - 1)];
    filled += n;
}

const char *text_expand(const char *template, const text_words *words, size_t *len)
{
    size_t pad = LONGEST;
    filled = 0;
    while (*template) {
        size_t plain = strcspn(template, "{");
        put(template, plain);
        template += plain;
        if (!*template) break;
        size_t word = put_word(template, words, &pad);
        if (!word) put(template, 1);
        template += word ? word : 1;
    }
    if (pad < LONGEST && words->size > filled) fill(pad, words->size - filled);
    expanded[filled] = 0;
    *len = filled;
    return expanded;
}

static int digit(char c) { return c >= '0' && c <= '9'; }

/* A run of 19 digits covers every 19th place exactly once, so only those places need a look. */
uint64_t text_stamp(const char *text, size_t n, size_t *at, uint64_t low, uint64_t high)
{
    for (size_t probe = *at + STAMP_DIGITS - 1; probe < n; probe += STAMP_DIGITS) {
        if (!digit(text[probe])) continue;
        size_t first = probe, last = probe;
        while (first > *at && digit(text[first - 1])) first--;
        while (last + 1 < n && digit(text[last + 1])) last++;
        if (last + 1 - first == STAMP_DIGITS) {
            uint64_t value = 0;
            for (size_t i = first; i <= last; i++) value = value * 10 + (uint64_t)(text[i] - '0');
            if (value >= low && value <= high) { *at = last + 1; return value; }
        }
        probe = last;
    }
    *at = n;
    return 0;
}
