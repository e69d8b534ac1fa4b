#define _GNU_SOURCE
#include "fleet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"
#include "wire.h"

#define READ_BYTES ((size_t)1 << 20)
#define PATIENCE_NS 30000000000u

fleet_options fleet = { .count = 64, .at_once = 64, .room_size = 1 << 30, .path = "/", .headers = "" };
client *clients;
uint64_t fleet_bytes_in, fleet_last_in;
int fleet_lost;

static int poller, opened, ready;
static client *reading;         /* whose frames are being read now */
static char arrived[READ_BYTES];

static void append(fleet_buffer *b, const char *bytes, size_t n)
{
    if (b->len + n > b->cap) {
        b->cap = (b->len + n) * 2;
        b->bytes = realloc(b->bytes, b->cap);
        if (!b->bytes) abort();
    }
    memcpy(b->bytes + b->len, bytes, n);
    b->len += n;
}

static void release(fleet_buffer *b)
{
    free(b->bytes);
    *b = (fleet_buffer){ 0 };
}

static void lose(client *c, const char *why)
{
    if (c->state == CLIENT_LOST) return;
    if (fleet_lost++ < 3) fprintf(stderr, "load: connection %d: %s\n", c->number, why);
    if (c->state == CLIENT_READY) ready--;
    c->state = CLIENT_LOST;
    close(c->fd);
    release(&c->in);
    release(&c->out);
    release(&c->parts);
}

static void watch(client *c, int operation, int writable)
{
    struct epoll_event event = { .events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = c };
    c->writable_wanted = writable;
    epoll_ctl(poller, operation, c->fd, &event);
}

static void write_out(client *c)
{
    ssize_t sent = send(c->fd, c->out.bytes, c->out.len, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) { lose(c, strerror(errno)); return; }
    if (sent > 0) {
        c->out.len -= (size_t)sent;
        memmove(c->out.bytes, c->out.bytes + sent, c->out.len);
    }
    if (!!c->out.len != c->writable_wanted) watch(c, EPOLL_CTL_MOD, c->out.len > 0);
}

/* A frame is a write of its own, but what answers one read leaves in one write. */
static void send_frame(client *c, int opcode, const char *body, size_t n)
{
    static const unsigned char mask[4] = { 0x3d, 0x9a, 0x51, 0xc6 };
    char head[WIRE_HEAD_MAX];
    if (c->state == CLIENT_LOST) return;
    append(&c->out, head, wire_head(head, opcode, n, mask));
    size_t at = c->out.len;
    append(&c->out, body, n);
    wire_mask(c->out.bytes + at, n, mask);
    if (!c->writable_wanted && c != reading) write_out(c);
}

static client *partner_of(const client *c)
{
    int other = c->number ^ 1;
    return &clients[other < fleet.count ? other : c->number];
}

static const char *expand(const client *c, const char *template, uint64_t stamp, size_t *n)
{
    client *partner = partner_of(c);
    text_words words = { .number = c->number, .partner = partner->number, .room = c->number / fleet.room_size,
                         .id = c->id, .peer = partner->id, .stamp = stamp, .size = fleet.size };
    return text_expand(template, &words, n);
}

static void send_text(client *c, const char *template)
{
    size_t n;
    const char *text = expand(c, template, text_now(), &n);
    send_frame(c, WIRE_TEXT, text, n);
}

/* Expanded once for each client: of what it sends again and again only the stamp changes. */
void fleet_send(client *c, const char *template, uint64_t stamp)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%019llu", (unsigned long long)stamp);
    if (!c->ready_text) {
        const char *text = expand(c, template, stamp, &c->ready_len), *at = strstr(text, digits);
        c->ready_text = strdup(text);
        if (!at || !c->ready_text) { fprintf(stderr, "load: the payload has no {ts}\n"); exit(2); }
        c->stamp_at = (size_t)(at - text);
    }
    memcpy(c->ready_text + c->stamp_at, digits, 19);
    send_frame(c, WIRE_TEXT, c->ready_text, c->ready_len);
}

/* ---- the script ---- */
static void advance(client *c)
{
    while (c->state == CLIENT_SCRIPT && c->step < fleet.step_count && fleet.steps[c->step].kind == STEP_SEND)
        send_text(c, fleet.steps[c->step++].text);
    if (c->state == CLIENT_SCRIPT && c->step == fleet.step_count) {
        c->state = CLIENT_READY;
        ready++;
    }
}

/* One frame ends at most one waiting step. */
static void follow_script(client *c, const char *text, size_t n)
{
    size_t wanted_n;
    const char *wanted = expand(c, fleet.steps[c->step].text, 0, &wanted_n);
    const char *found = memmem(text, n, wanted, wanted_n);
    if (!found) return;
    if (fleet.steps[c->step].kind == STEP_KEEP) {
        const char *value = found + wanted_n, *end = text + n;
        size_t length = 0;
        while (value + length < end && length < sizeof c->id - 1 && !strchr("\",}] ", value[length])) length++;
        memcpy(c->id, value, length);
        c->id[length] = 0;
    }
    c->step++;
    advance(c);
}

/* ---- reading ---- */
static void on_text(client *c, char *text, size_t n)
{
    if (fleet.answer_pings && n == 1 && *text == '2') { send_frame(c, WIRE_TEXT, "3", 1); return; }
    fleet.on_text(c, text, n);
    if (c->state == CLIENT_SCRIPT && c->step < fleet.step_count) follow_script(c, text, n);
}

static void on_frame(client *c, char *body, const wire_frame *frame)
{
    if (frame->opcode == WIRE_PING) send_frame(c, WIRE_PONG, body, frame->body);
    else if (frame->opcode == WIRE_CLOSE) {
        char why[64];
        int code = frame->body < 2 ? 0 : (unsigned char)body[0] << 8 | (unsigned char)body[1];
        snprintf(why, sizeof why, "the server closed it with code %d", code);
        lose(c, why);
    } else if (frame->opcode == WIRE_TEXT && frame->final) on_text(c, body, frame->body);
    else if (frame->opcode <= 2) {
        append(&c->parts, body, frame->body);
        if (!frame->final) return;
        on_text(c, c->parts.bytes, c->parts.len);
        c->parts.len = 0;
    }
}

/* Returns the bytes that the answer took, 0 while it is not whole. */
static size_t read_answer(client *c, const char *bytes, size_t have)
{
    const char *end = memmem(bytes, have, "\r\n\r\n", 4);
    if (!end) return 0;
    if (have < 12 || memcmp(bytes, "HTTP/1.1 101", 12) != 0) {
        char why[64];
        snprintf(why, sizeof why, "refused: %.40s", bytes);
        lose(c, why);
        return have;
    }
    c->state = CLIENT_SCRIPT;
    advance(c);
    return (size_t)(end - bytes) + 4;
}

static size_t read_frames(client *c, char *bytes, size_t have)
{
    size_t used = 0;
    wire_frame frame;
    if (c->state == CLIENT_UPGRADING && !(used = read_answer(c, bytes, have))) return 0;
    while (c->state != CLIENT_LOST) {
        int whole = wire_parse(bytes + used, have - used, &frame);
        if (whole < 0) lose(c, "a frame beyond any bound");
        if (whole <= 0) break;
        char *body = bytes + used + frame.head;
        used += frame.head + frame.body;
        on_frame(c, body, &frame);
    }
    return used;
}

static void on_readable(client *c)
{
    ssize_t got = recv(c->fd, arrived, sizeof arrived, 0);
    if (got <= 0) {
        if (got == 0) lose(c, "the server hung up");
        else if (errno != EAGAIN) lose(c, strerror(errno));
        return;
    }
    fleet_bytes_in += (uint64_t)got;
    char *bytes = arrived;
    size_t have = (size_t)got;
    if (c->in.len) {
        append(&c->in, arrived, have);
        bytes = c->in.bytes;
        have = c->in.len;
    }
    reading = c;
    size_t used = read_frames(c, bytes, have);
    reading = NULL;
    if (c->state != CLIENT_LOST && c->out.len && !c->writable_wanted) write_out(c);
    if (c->state == CLIENT_LOST) return;
    if (bytes == arrived) {
        if (used < have) append(&c->in, bytes + used, have - used);
        return;
    }
    c->in.len = have - used;
    memmove(c->in.bytes, bytes + used, c->in.len);
    if (!c->in.len) release(&c->in);
}

void fleet_turn(int wait_ms)
{
    struct epoll_event events[512];
    int n = epoll_wait(poller, events, 512, wait_ms);
    for (int i = 0; i < n; i++) {
        client *c = events[i].data.ptr;
        if (c->state != CLIENT_LOST && events[i].events & EPOLLOUT) write_out(c);
        if (c->state != CLIENT_LOST && events[i].events & ~(unsigned)EPOLLOUT) on_readable(c);
    }
    if (n > 0) fleet_last_in = text_now();
}

void fleet_settle(double quiet_s)
{
    uint64_t begun = text_now(), quiet = (uint64_t)(quiet_s * 1e9);
    fleet_last_in = begun;
    while (text_now() - fleet_last_in < quiet && text_now() - begun < 2 * PATIENCE_NS) fleet_turn(20);
}

/* ---- opening ---- */
static void open_one(client *c)
{
    int on = 1;
    size_t n;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)fleet.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char request[4096];
    c->state = CLIENT_UPGRADING;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (c->fd < 0 || (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)) {
        lose(c, strerror(errno));
        return;
    }
    const char *path = expand(c, fleet.path, 0, &n);
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: bm8gc2VjcmV0IGF0IGFsbA==\r\n%s\r\n", path, fleet.port, fleet.headers);
    if (length >= (int)sizeof request) { fprintf(stderr, "load: the request is too long\n"); exit(2); }
    append(&c->out, request, (size_t)length);
    watch(c, EPOLL_CTL_ADD, 1);     /* goes out when the connection is made */
}

double fleet_open(void)
{
    uint64_t begun = text_now(), moved = begun;
    poller = epoll_create1(0);
    clients = calloc((size_t)fleet.count, sizeof *clients);
    if (!clients) abort();
    for (int i = 0; i < fleet.count; i++) clients[i].number = i;
    for (int settled = 0; settled < fleet.count; settled = ready + fleet_lost) {
        int before = ready;
        while (opened < fleet.count && opened - ready - fleet_lost < fleet.at_once) open_one(&clients[opened++]);
        fleet_turn(10);
        if (ready > before) moved = text_now();
        if (text_now() - moved > PATIENCE_NS) {
            fprintf(stderr, "load: only %d of %d connections got through their script\n", ready, fleet.count);
            exit(3);
        }
    }
    return (double)(text_now() - begun) / 1e9;
}
