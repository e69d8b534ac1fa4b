/*
 * wire - the bytes of RFC 6455 that both ends need: the handshake's answer, frame heads, masks.
 * Knows no socket; the callers own their buffers.
 */
#ifndef WIRE_H
#define WIRE_H
#include <stddef.h>

enum { WIRE_CONTINUATION = 0, WIRE_TEXT = 1, WIRE_CLOSE = 8, WIRE_PING = 9, WIRE_PONG = 10 };
#define WIRE_HEAD_MAX 14
#define WIRE_BODY_MAX ((size_t)64 << 20)

typedef struct {
    int opcode, final, masked;
    unsigned char mask[4];
    size_t head, body;          /* lengths; the body begins head bytes after the frame does */
} wire_frame;

/* Sec-WebSocket-Accept for a key (28 characters and the closing zero). */
void wire_accept(const char *key, size_t key_len, char out[29]);

/* 1: a whole frame lies there; 0: more bytes are needed; -1: longer than WIRE_BODY_MAX. */
int wire_parse(const char *bytes, size_t have, wire_frame *frame);

/* Writes a final frame's head, with the mask when there is one; returns its length. */
size_t wire_head(char *to, int opcode, size_t body, const unsigned char *mask);

void wire_mask(char *body, size_t n, const unsigned char mask[4]);
#endif
