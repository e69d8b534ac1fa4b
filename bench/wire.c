#include "wire.h"

#include <stdint.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static uint32_t left(uint32_t value, int by) { return value << by | value >> (32 - by); }

static void sha1_block(uint32_t state[5], const unsigned char block[64])
{
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 80; t++) w[t] = left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (int t = 0; t < 80; t++) {
        uint32_t mix, constant;
        if (t < 20) { mix = (b & c) | (~b & d); constant = 0x5A827999; }
        else if (t < 40) { mix = b ^ c ^ d; constant = 0x6ED9EBA1; }
        else if (t < 60) { mix = (b & c) | (b & d) | (c & d); constant = 0x8F1BBCDC; }
        else { mix = b ^ c ^ d; constant = 0xCA62C1D6; }
        uint32_t next = left(a, 5) + mix + e + constant + w[t];
        e = d; d = c; c = left(b, 30); b = a; a = next;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e;
}

/* n stays below 119: a key and the GUID are 60 bytes, so two blocks always suffice. */
static void sha1_short(const unsigned char *text, size_t n, unsigned char digest[20])
{
    uint32_t state[5] = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 };
    unsigned char padded[128] = { 0 };
    size_t blocks = n < 56 ? 1 : 2, end = blocks * 64;
    memcpy(padded, text, n);
    padded[n] = 0x80;
    padded[end - 2] = (unsigned char)(n * 8 >> 8);
    padded[end - 1] = (unsigned char)(n * 8);
    for (size_t block = 0; block < blocks; block++) sha1_block(state, padded + block * 64);
    for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

void wire_accept(const char *key, size_t key_len, char out[29])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char text[119], digest[21] = { 0 };
    size_t guid = sizeof GUID - 1, n = 0;
    if (key_len > sizeof text - guid - 1) key_len = sizeof text - guid - 1;
    memcpy(text, key, key_len);
    memcpy(text + key_len, GUID, guid);
    sha1_short(text, key_len + guid, digest);
    for (int i = 0; i < 21; i += 3) {
        uint32_t three = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | digest[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) out[n++] = letters[three >> shift & 63];
    }
    out[27] = '=';      /* 20 bytes leave one place of the last four empty */
    out[28] = 0;
}

int wire_parse(const char *bytes, size_t have, wire_frame *frame)
{
    const unsigned char *p = (const unsigned char *)bytes;
    if (have < 2) return 0;
    uint64_t length = p[1] & 127;
    size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (have < 2 + extra) return 0;
    if (extra) {
        length = 0;
        for (size_t i = 0; i < extra; i++) length = length << 8 | p[2 + i];
    }
    if (length > WIRE_BODY_MAX) return -1;
    frame->final = p[0] >> 7;
    frame->opcode = p[0] & 15;
    frame->masked = p[1] >> 7;
    frame->head = 2 + extra + (frame->masked ? 4 : 0);
    frame->body = (size_t)length;
    if (have < frame->head + frame->body) return 0;
    if (frame->masked) memcpy(frame->mask, p + 2 + extra, 4);
    return 1;
}

size_t wire_head(char *to, int opcode, size_t body, const unsigned char *mask)
{
    unsigned char *p = (unsigned char *)to;
    size_t n = 2, extra = body < 126 ? 0 : body < 65536 ? 2 : 8;
    p[0] = (unsigned char)(0x80 | opcode);
    p[1] = (unsigned char)((mask ? 0x80 : 0) | (extra == 0 ? body : extra == 2 ? 126 : 127));
    for (size_t i = 0; i < extra; i++) p[n++] = (unsigned char)((uint64_t)body >> 8 * (extra - 1 - i));
    if (mask) { memcpy(p + n, mask, 4); n += 4; }
    return n;
}

void wire_mask(char *body, size_t n, const unsigned char mask[4])
{
    uint32_t once;
    size_t i = 0;
    memcpy(&once, mask, 4);
    for (uint64_t twice = (uint64_t)once << 32 | once, eight; i + 8 <= n; i += 8) {
        memcpy(&eight, body + i, 8);
        eight ^= twice;
        memcpy(body + i, &eight, 8);
    }
    for (; i < n; i++) body[i] = (char)(body[i] ^ mask[i & 3]);
}
