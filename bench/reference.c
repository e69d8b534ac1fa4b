/*
 * reference - the yardstick: what a room costs when a server does nothing but move frames.
 * Linux, one thread, epoll. No JSON, no names, no limits: a measure, not a server to run.
 *
 *   reference [--coalesced] PORT        listens on 127.0.0.1:PORT and says so on standard output
 *
 * The first byte of a text frame says what happens to it:
 *   {           everybody gets it, its sender too (a message in a room)
 *   @K text     the connection whose request target was /K gets it (a signal between two)
 *   else        its sender gets it back
 *
 * Plain: every frame for the room is one write for each member, at once.
 * Coalesced: frames for the room that arrive within one turn of the loop leave in one write for each member.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define MOST_MEMBERS 65536
#define READ_BYTES ((size_t)1 << 20)

typedef struct {
    char *bytes;
    size_t len, cap;
} buffer;

typedef struct {
    int fd, seat, number;       /* seat in the room or -1 before the upgrade; number K of target /K or -1 */
    buffer in, out;             /* a frame that is not whole yet; what the kernel did not take yet */
} member;

static member *room[MOST_MEMBERS], *numbered[MOST_MEMBERS], *gone[MOST_MEMBERS];
static int members, leaving, poller, coalesced;
static buffer turn;             /* this turn's frames for the room, when coalesced */
static char arrived[READ_BYTES];

static void append(buffer *b, const char *bytes, size_t n)
{
    if (b->len + n > b->cap) {
        b->cap = (b->len + n) * 2;
        b->bytes = realloc(b->bytes, b->cap);
        if (!b->bytes) abort();
    }
    memcpy(b->bytes + b->len, bytes, n);
    b->len += n;
}

static void watch(member *m, int operation, unsigned events)
{
    struct epoll_event event = { .events = events, .data.ptr = m };
    epoll_ctl(poller, operation, m->fd, &event);
}

/* The member stays in memory until the turn ends: a later event of the same turn may still name it. */
static void hang_up(member *m)
{
    if (m->fd < 0) return;
    close(m->fd);
    m->fd = -1;
    if (m->seat >= 0) {
        room[m->seat] = room[--members];
        room[m->seat]->seat = m->seat;
    }
    if (m->number >= 0 && numbered[m->number] == m) numbered[m->number] = NULL;
    gone[leaving++] = m;
}

/* A failed write is left to the read that follows it: the room must not change while it is being told. */
static void give(member *m, const char *bytes, size_t n)
{
    if (m->fd < 0) return;
    if (!m->out.len) {
        ssize_t sent = send(m->fd, bytes, n, MSG_NOSIGNAL);
        if (sent == (ssize_t)n || (sent < 0 && errno != EAGAIN)) return;
        if (sent > 0) { bytes += sent; n -= (size_t)sent; }
        watch(m, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    append(&m->out, bytes, n);
}

static void drain(member *m)
{
    ssize_t sent = send(m->fd, m->out.bytes, m->out.len, MSG_NOSIGNAL);
    if (sent <= 0) return;
    m->out.len -= (size_t)sent;
    memmove(m->out.bytes, m->out.bytes + sent, m->out.len);
    if (!m->out.len) watch(m, EPOLL_CTL_MOD, EPOLLIN);
}

static void tell_room(const char *bytes, size_t n)
{
    for (int i = 0; i < members; i++) give(room[i], bytes, n);
}

/* The head is written into the bytes before the body: a client's masked head was never shorter than ours. */
static void on_frame(member *m, char *body, const wire_frame *frame)
{
    int opcode = frame->opcode == WIRE_PING ? WIRE_PONG : frame->opcode;
    char head[WIRE_HEAD_MAX];
    size_t n = wire_head(head, opcode, frame->body, NULL), whole = n + frame->body;
    char *out = body - n;
    memcpy(out, head, n);
    if (frame->opcode == WIRE_CLOSE) {
        give(m, out, whole);
        hang_up(m);
    } else if (frame->opcode == WIRE_TEXT && frame->body && *body == '{') {
        if (coalesced) append(&turn, out, whole);
        else tell_room(out, whole);
    } else if (frame->opcode == WIRE_TEXT && frame->body > 1 && *body == '@') {
        int number = atoi(body + 1);
        if (number >= 0 && number < MOST_MEMBERS && numbered[number]) give(numbered[number], out, whole);
    } else if (frame->opcode != WIRE_PONG) {
        give(m, out, whole);
    }
}

/* Returns the bytes that the request took, 0 when it is not whole, -1 when it is no upgrade. */
static long upgrade(member *m, char *bytes, size_t have)
{
    static const char name[] = "\r\nSec-WebSocket-Key:";
    char *end = memmem(bytes, have, "\r\n\r\n", 4), accept[29], answer[192];
    if (!end) return have < 16384 ? 0 : -1;
    *end = 0;
    char *key = strcasestr(bytes, name);
    if (!key || strncmp(bytes, "GET /", 5) != 0 || members == MOST_MEMBERS) return -1;
    key += sizeof name - 1;
    key += strspn(key, " ");
    wire_accept(key, strcspn(key, " \r"), accept);
    int n = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    give(m, answer, (size_t)n);
    m->seat = members;
    room[members++] = m;
    if (bytes[5] >= '0' && bytes[5] <= '9' && atoi(bytes + 5) < MOST_MEMBERS) {
        m->number = atoi(bytes + 5);
        numbered[m->number] = m;
    }
    return end + 4 - bytes;
}

/* Returns the bytes used up, -1 when the member has to go. */
static long read_frames(member *m, char *bytes, size_t have)
{
    size_t used = 0;
    wire_frame frame;
    if (m->seat < 0) {
        long request = upgrade(m, bytes, have);
        if (request <= 0) return request;
        used = (size_t)request;
    }
    while (m->fd >= 0) {
        int whole = wire_parse(bytes + used, have - used, &frame);
        if (whole == 0) break;
        if (whole < 0 || !frame.masked || !frame.final || !frame.opcode) return -1;
        char *body = bytes + used + frame.head;
        wire_mask(body, frame.body, frame.mask);
        used += frame.head + frame.body;
        on_frame(m, body, &frame);
    }
    return (long)used;
}

static void on_readable(member *m)
{
    ssize_t got = recv(m->fd, arrived, sizeof arrived, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) hang_up(m);
        return;
    }
    char *bytes = arrived;
    size_t have = (size_t)got;
    if (m->in.len) {
        append(&m->in, arrived, have);
        bytes = m->in.bytes;
        have = m->in.len;
    }
    long used = read_frames(m, bytes, have);
    if (used < 0) { hang_up(m); return; }
    size_t rest = have - (size_t)used;
    if (bytes == m->in.bytes) {
        memmove(m->in.bytes, bytes + used, rest);
        m->in.len = rest;
        if (!rest) { free(m->in.bytes); m->in = (buffer){ 0 }; }
    } else if (rest) {
        append(&m->in, bytes + used, rest);
    }
}

static void on_knock(int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        member *m = calloc(1, sizeof *m);
        if (!m) abort();
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        *m = (member){ .fd = fd, .seat = -1, .number = -1 };
        watch(m, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void end_turn(void)
{
    if (turn.len) tell_room(turn.bytes, turn.len);
    turn.len = 0;
    while (leaving) {
        member *m = gone[--leaving];
        free(m->in.bytes);
        free(m->out.bytes);
        free(m);
    }
}

static int listen_on(int port)
{
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
        perror("reference: listen");
        exit(2);
    }
    return listener;
}

int main(int argc, char **argv)
{
    struct epoll_event events[512], knock = { .events = EPOLLIN, .data.ptr = NULL };
    struct rlimit files;
    coalesced = argc == 3 && !strcmp(argv[1], "--coalesced");
    if (argc != 2 + coalesced) { fprintf(stderr, "usage: reference [--coalesced] PORT\n"); return 2; }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = listen_on(atoi(argv[argc - 1]));
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &knock);
    printf("reference listening on http://127.0.0.1:%s\n", argv[argc - 1]);
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(poller, events, 512, -1);
        for (int i = 0; i < n; i++) {
            member *m = events[i].data.ptr;
            if (!m) { on_knock(listener); continue; }
            if (m->fd >= 0 && events[i].events & EPOLLOUT) drain(m);
            if (m->fd >= 0 && events[i].events & ~(unsigned)EPOLLOUT) on_readable(m);
        }
        end_turn();
    }
}
