/*
 * text - what a message says: templates with placeholders, and the stamp by which it is found again.
 *
 *   {i} the connection's number   {p} its partner's number   {r} its room's number
 *   {id} {peer}                   what the script kept for the connection and for its partner
 *   {ts}                          the stamp: nanoseconds since 1970, 19 digits, never the same twice; put it inside a
 *                                 string, for a server in JavaScript rounds a number of that length
 *   {pad}                         words that fill the whole text up to the wanted size
 */
#ifndef TEXT_H
#define TEXT_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int number, partner, room;
    const char *id, *peer;
    uint64_t stamp;
    size_t size;
} text_words;

/* Lies in one shared buffer until the next call. */
const char *text_expand(const char *template, const text_words *words, size_t *len);

/* The first run of exactly 19 digits from *at on whose value lies in [low, high]; *at moves behind it; 0 if none. */
uint64_t text_stamp(const char *text, size_t n, size_t *at, uint64_t low, uint64_t high);

uint64_t text_now(void);
#endif
