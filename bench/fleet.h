/*
 * fleet - many WebSocket clients in one thread: opens them, takes each through its script, reads and writes frames.
 * Knows no scenario: it hands every text frame to on_text and leaves counting to that.
 */
#ifndef FLEET_H
#define FLEET_H
#include <stddef.h>
#include <stdint.h>

enum step_kind { STEP_SEND, STEP_WAIT, STEP_KEEP };
enum client_state { CLIENT_UNOPENED, CLIENT_UPGRADING, CLIENT_SCRIPT, CLIENT_READY, CLIENT_LOST };

typedef struct {
    char *bytes;
    size_t len, cap;
} fleet_buffer;

typedef struct {
    int fd, number, step, writable_wanted;
    enum client_state state;
    char id[96];                /* what STEP_KEEP found */
    fleet_buffer in, out, parts;
    char *ready_text;           /* the payload, but for its stamp */
    size_t ready_len, stamp_at;
} client;

typedef struct {
    int port, count, at_once, room_size, answer_pings;
    size_t size;                /* wanted bytes of a text with {pad} */
    const char *path, *headers;
    struct { enum step_kind kind; const char *text; } steps[64];
    int step_count;
    void (*on_text)(client *c, char *text, size_t n);
} fleet_options;

extern fleet_options fleet;
extern client *clients;
extern uint64_t fleet_bytes_in;     /* read from all sockets so far */
extern uint64_t fleet_last_in;      /* when something was read last */
extern int fleet_lost;              /* connections that failed or were closed by the server */

/* Opens all of them and runs their scripts; returns seconds. Ends the process when that stands still for 30 s. */
double fleet_open(void);

/* One turn of the loop: waits at most wait_ms, reads what has come. */
void fleet_turn(int wait_ms);

/* Turns until nothing has come for quiet_s seconds, at most 60 s. */
void fleet_settle(double quiet_s);

/* The payload, which must contain {ts}; always the same template. */
void fleet_send(client *c, const char *template, uint64_t stamp);
#endif
