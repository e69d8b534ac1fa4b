/*
 * load - puts load on a WebSocket server and reports what came back and what it cost. Linux, one thread, epoll.
 *
 *   load fanout   the first --publishers connections publish in turn, all receive: a closed loop. The next publish
 *                 goes out as soon as no more than --window publishes' worth of deliveries would be outstanding, one
 *                 publish being --receivers of them. A window of 1 leaves a server nothing to join; 8 shows what it
 *                 gains by joining frames for one reader.
 *   load relay    connections in pairs (0 and 1, 2 and 3, ...); whoever receives a message sends one back, with
 *                 --window in flight in each direction.
 *   load join     opens all and waits until everybody's roster holds everybody: entry k is --marker followed by k.
 *   load idle     opens all, holds them for --seconds, and reports what each costs in resident memory.
 *
 *   --port N  --path TEMPLATE  --header 'Name: value' (repeatable)  --connections N  --at-once N (handshakes under way)
 *   --send TEMPLATE  --wait TEMPLATE  --keep TEMPLATE   (repeatable, in order) the script of every connection: send a
 *                 frame; wait for a frame that contains the text; the same, and keep what follows it as {id}
 *   --payload TEMPLATE  --size BYTES   what is sent in fanout and relay (placeholders: text.h)
 *   --window N  --publishers N  --receivers N (connections)  --room-size N (for {r})
 *   --settle S    begin when nothing has come for S seconds     --warm-up S   --seconds S
 *   --marker TEXT --pids 1,2 (the server; descendants are found)  --answer-pings (Engine.IO's '2' gets a '3')
 *   --announce    prints the line "measuring" when fanout, relay or idle begin to, for a profiler that waits for it
 *
 * Prints one JSON object. generator_utilisation above 0.95 says that this program was the limit, not the server.
 * lost: deliveries of what was sent that had not come 3 s after it; unexpected: stamped frames nobody waited for.
 * Exit status: 0; 1 when a connection was lost; 2 wrong use; 3 the joining stood still.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "fleet.h"
#include "proc.h"
#include "text.h"

#define MOST_OUTSTANDING 64
#define MOST_OPEN 512           /* a few slow readers keep more publishes open than the window */
#define SECOND 1000000000u
#define GRACE_NS (3ull * SECOND)

typedef struct {
    uint64_t stamp;
    int due;                    /* deliveries still to come */
} publish;

static const char *mode, *payload = "{\"ts\":\"{ts}\",\"pad\":\"{pad}\"}", *marker = "";
static int window = 1, publishers = 1, receivers;
static double warm_up = 1, seconds = 5, settle = 0.5;

static publish *slots;          /* fanout: the first open_count; relay: per_sender for each connection */
static int open_count, per_sender;   /* a pair has twice the window under way, at times all from one side */
static uint64_t outstanding;    /* fanout: deliveries still to come, of all */
static uint64_t started, deliveries, sent, lost, unexpected, unstamped;
static int measuring, announcing;

/* ---- latency: 64 steps for each doubling, so a quantile is right within 1.6 % ---- */
static uint64_t histogram[64 * 64], longest_ns;

static void record(uint64_t ns)
{
    if (ns > longest_ns) longest_ns = ns;
    int high = 63 - __builtin_clzll(ns | 1);
    histogram[high < 6 ? ns : (uint64_t)(high - 5) * 64 + (ns >> (high - 6)) - 64]++;
}

static double quantile_us(double share)
{
    uint64_t sum = 0, below = 0;
    for (size_t k = 0; k < 64 * 64; k++) sum += histogram[k];
    for (size_t k = 0; k < 64 * 64; k++) {
        below += histogram[k];
        if (sum && (double)below >= share * (double)sum)
            return (double)(k < 64 ? k : (k % 64 + 64) << (k / 64 - 1)) / 1000;
    }
    return 0;
}

/* ---- what arrives ---- */
static void count_delivery(uint64_t stamp, uint64_t now)
{
    if (!measuring) return;
    deliveries++;
    record(now > stamp ? now - stamp : 0);
}

static publish *find(publish *some, int count, uint64_t stamp)
{
    for (int k = 0; k < count; k++) if (some[k].due && some[k].stamp == stamp) return &some[k];
    return NULL;
}

static void on_published(client *c, char *text, size_t n)
{
    (void)c;
    size_t at = 0;
    uint64_t now = text_now(), stamp, last = 0;
    while ((stamp = text_stamp(text, n, &at, started, now))) {
        if (stamp == last) continue;    /* a server may render one text twice in a frame */
        publish *p = find(slots, open_count, last = stamp);
        if (!p) { unexpected++; continue; }
        outstanding--;
        if (!--p->due) *p = slots[--open_count];
        count_delivery(stamp, now);
    }
    if (!last) unstamped++;
}

static uint64_t new_stamp(void)
{
    static uint64_t last;
    uint64_t now = text_now();
    return last = now > last ? now : last + 1;
}

static void send_from(client *c, publish *slot, int due)
{
    if (c->state != CLIENT_READY) return;
    *slot = (publish){ new_stamp(), due };
    sent += (uint64_t)due;
    fleet_send(c, payload, slot->stamp);
}

static int running;

static void on_relayed(client *c, char *text, size_t n)
{
    size_t at = 0;
    uint64_t now = text_now(), stamp = text_stamp(text, n, &at, started, now);
    if (!stamp) { unstamped++; return; }
    publish *p = find(slots + (size_t)(c->number ^ 1) * (size_t)per_sender, per_sender, stamp);
    if (!p) { unexpected++; return; }
    p->due = 0;
    count_delivery(stamp, now);
    publish *mine = slots + (size_t)c->number * (size_t)per_sender;
    while (mine->due) mine++;
    if (running) send_from(c, mine, 1);
}

static void ignore(client *c, char *text, size_t n) { (void)c; (void)text; (void)n; }

/* ---- fanout and relay ---- */
static void give_up_on_old(uint64_t now)
{
    for (int k = open_count - 1; k >= 0; k--) {
        if (now <= slots[k].stamp + GRACE_NS) continue;
        lost += (uint64_t)slots[k].due;
        outstanding -= (uint64_t)slots[k].due;
        slots[k] = slots[--open_count];
    }
}

static void refill(void)
{
    static int next;
    uint64_t each = (uint64_t)receivers, most = each * (uint64_t)window;
    give_up_on_old(text_now());
    while (outstanding + each <= most && open_count < MOST_OPEN && clients[next % publishers].state == CLIENT_READY) {
        send_from(&clients[next++ % publishers], &slots[open_count++], receivers);
        outstanding += each;
    }
}

static void run_for(double length, void (*each_turn)(void))
{
    uint64_t end = text_now() + (uint64_t)(length * 1e9);
    while (text_now() < end) {
        if (each_turn) each_turn();
        fleet_turn(10);
    }
}

static uint64_t still_due(size_t slot_count)
{
    uint64_t due = 0;
    for (size_t k = 0; k < slot_count; k++) due += (uint64_t)slots[k].due;
    return due;
}

static void drain(int relay)
{
    uint64_t begun = text_now(), due;
    do {
        fleet_turn(10);
        due = relay ? still_due((size_t)per_sender * (size_t)fleet.count) : outstanding;
    } while (due && text_now() - begun < GRACE_NS);
    lost += due;
}

static void announce(void)
{
    if (!announcing) return;
    puts("measuring");
    fflush(stdout);
}

static void report_flow(double open_s, double length, proc_sample before, proc_sample after, double own_us)
{
    double cpu = after.cpu_us - before.cpu_us, user = after.user_us - before.user_us;
    double system = after.system_us - before.system_us;
    printf("{\"mode\":\"%s\",\"connections\":%d,\"window\":%d,\"seconds\":%.3f,\"open_s\":%.3f", mode, fleet.count,
           window, length, open_s);
    printf(",\"deliveries\":%llu,\"deliveries_per_s\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f",
           (unsigned long long)deliveries, (double)deliveries / length, quantile_us(0.5), quantile_us(0.99),
           (double)longest_ns / 1000);
    printf(",\"sent\":%llu,\"lost\":%llu,\"unexpected\":%llu,\"unstamped\":%llu,\"closed\":%d",
           (unsigned long long)sent, (unsigned long long)lost, (unsigned long long)unexpected,
           (unsigned long long)unstamped, fleet_lost);
    printf(",\"generator_utilisation\":%.3f", own_us / 1e6 / length);
    if (proc_following())
        printf(",\"cpu_us_per_delivery\":%.4f,\"server_utilisation\":%.3f,\"system_share\":%.2f,\"rss_kib\":%.0f",
               deliveries ? cpu / (double)deliveries : 0, cpu / 1e6 / length,
               user + system > 0 ? system / (user + system) : 0, after.rss_kib);
    printf("}\n");
}

static void run_flow(int relay)
{
    per_sender = 2 * window;
    size_t slot_count = relay ? (size_t)per_sender * (size_t)fleet.count : MOST_OPEN;
    slots = calloc(slot_count, sizeof *slots);
    if (!slots) abort();
    double open_s = fleet_open();
    fleet_settle(settle);
    running = 1;
    if (receivers == 0) receivers = fleet.count;
    fleet.on_text = relay ? on_relayed : on_published;
    for (int i = 0; relay && i < fleet.count; i++)
        for (int k = 0; k < window; k++) send_from(&clients[i], &slots[(size_t)i * (size_t)per_sender + (size_t)k], 1);
    run_for(warm_up, relay ? NULL : refill);
    proc_sample before = proc_look();
    double own = proc_own_us();
    uint64_t begun = text_now();
    measuring = 1;
    announce();
    run_for(seconds, relay ? NULL : refill);
    measuring = 0;
    double length = (double)(text_now() - begun) / 1e9;
    proc_sample after = proc_look();
    own = proc_own_us() - own;
    running = 0;
    drain(relay);
    report_flow(open_s, length, before, after, own);
}

/* ---- join ---- */
static unsigned char *seen;     /* a bit for each entry of each roster */
static int *entries, right;

static void on_roster(client *c, char *text, size_t n)
{
    if (!*marker) return;
    size_t marker_n = strlen(marker), row = ((size_t)fleet.count + 7) / 8;
    char *end = text + n, *at = text;
    while ((at = memmem(at, (size_t)(end - at), marker, marker_n))) {
        int who = 0, digits = 0;
        for (at += marker_n; at < end && *at >= '0' && *at <= '9' && digits < 8; digits++) who = who * 10 + *at++ - '0';
        if (!digits || who >= fleet.count) continue;
        unsigned char *byte = seen + (size_t)c->number * row + who / 8, bit = (unsigned char)(1 << who % 8);
        if (*byte & bit) continue;
        *byte |= bit;
        if (++entries[c->number] == fleet.count) right++;
    }
}

static void run_join(void)
{
    seen = calloc((size_t)fleet.count, ((size_t)fleet.count + 7) / 8);
    entries = calloc((size_t)fleet.count, sizeof *entries);
    if (!seen || !entries) abort();
    fleet.on_text = on_roster;
    proc_sample before = proc_look();
    double own = proc_own_us();
    uint64_t begun = text_now(), bytes = 0;
    double open_s = fleet_open(), right_s;
    while (*marker && right < fleet.count && text_now() - fleet_last_in < (uint64_t)(seconds * 1e9)) fleet_turn(10);
    right_s = (double)(text_now() - begun) / 1e9;
    bytes = fleet_bytes_in;
    proc_sample after = proc_look();
    own = proc_own_us() - own;
    fleet_settle(settle);       /* what was still under way when the last roster came right is paid for as well */
    proc_sample settled = proc_look();
    printf("{\"mode\":\"join\",\"connections\":%d,\"open_s\":%.3f,\"right_s\":%.3f,\"right\":%d,\"closed\":%d",
           fleet.count, open_s, right_s, right, fleet_lost);
    printf(",\"megabytes\":%.3f,\"settled_megabytes\":%.3f,\"generator_utilisation\":%.3f", (double)bytes / 1e6,
           (double)fleet_bytes_in / 1e6, own / 1e6 / right_s);
    if (proc_following())
        printf(",\"cpu_s\":%.4f,\"settled_cpu_s\":%.4f,\"rss_kib\":%.0f", (after.cpu_us - before.cpu_us) / 1e6,
               (settled.cpu_us - before.cpu_us) / 1e6, settled.rss_kib);
    printf("}\n");
}

/* ---- idle ---- */
static void run_idle(void)
{
    proc_sample before = proc_look();
    double open_s = fleet_open();
    proc_sample joined = proc_look();
    fleet_settle(settle);
    proc_sample calm = proc_look();
    announce();
    uint64_t begun = text_now();
    run_for(seconds, NULL);
    proc_sample after = proc_look();
    double length = (double)(text_now() - begun) / 1e9, each = (after.rss_kib - before.rss_kib) / fleet.count;
    printf("{\"mode\":\"idle\",\"connections\":%d,\"open_s\":%.3f,\"seconds\":%.3f,\"closed\":%d,\"megabytes\":%.3f",
           fleet.count, open_s, length, fleet_lost, (double)fleet_bytes_in / 1e6);
    if (proc_following())
        printf(",\"rss_before_kib\":%.0f,\"rss_kib\":%.0f,\"kib_per_session\":%.3f,\"open_cpu_s\":%.3f"
               ",\"idle_utilisation\":%.5f", before.rss_kib, after.rss_kib, each,
               (joined.cpu_us - before.cpu_us) / 1e6, (after.cpu_us - calm.cpu_us) / 1e6 / length);
    printf("}\n");
}

/* ---- options ---- */
static void add_header(const char *line)
{
    static char all[2048];
    size_t n = strlen(all);
    if ((size_t)snprintf(all + n, sizeof all - n, "%s\r\n", line) >= sizeof all - n) exit(2);
    fleet.headers = all;
}

static void add_step(enum step_kind kind, const char *text)
{
    if (fleet.step_count == 64) exit(2);
    fleet.steps[fleet.step_count].kind = kind;
    fleet.steps[fleet.step_count++].text = text;
}

static void take_option(int which, const char *value)
{
    switch (which) {
    case 'p': fleet.port = atoi(value); break;
    case 'u': fleet.path = value; break;
    case 'h': add_header(value); break;
    case 'n': fleet.count = atoi(value); break;
    case 'a': fleet.at_once = atoi(value); break;
    case '1': add_step(STEP_SEND, value); break;
    case '2': add_step(STEP_WAIT, value); break;
    case '3': add_step(STEP_KEEP, value); break;
    case 't': payload = value; break;
    case 's': fleet.size = (size_t)atol(value); break;
    case 'w': window = atoi(value); break;
    case 'k': publishers = atoi(value); break;
    case 'x': receivers = atoi(value); break;
    case 'r': fleet.room_size = atoi(value); break;
    case 'q': settle = atof(value); break;
    case 'W': warm_up = atof(value); break;
    case 'd': seconds = atof(value); break;
    case 'm': marker = value; break;
    case 'P': proc_follow(value); break;
    case 'e': fleet.answer_pings = 1; break;
    case 'A': announcing = 1; break;
    default: exit(2);
    }
}

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "port", 1, 0, 'p' }, { "path", 1, 0, 'u' }, { "header", 1, 0, 'h' }, { "connections", 1, 0, 'n' },
        { "at-once", 1, 0, 'a' }, { "send", 1, 0, '1' }, { "wait", 1, 0, '2' }, { "keep", 1, 0, '3' },
        { "payload", 1, 0, 't' }, { "size", 1, 0, 's' }, { "window", 1, 0, 'w' }, { "publishers", 1, 0, 'k' },
        { "receivers", 1, 0, 'x' }, { "room-size", 1, 0, 'r' }, { "settle", 1, 0, 'q' }, { "warm-up", 1, 0, 'W' },
        { "seconds", 1, 0, 'd' }, { "marker", 1, 0, 'm' }, { "pids", 1, 0, 'P' }, { "answer-pings", 0, 0, 'e' },
        { "announce", 0, 0, 'A' }, { 0, 0, 0, 0 } };
    for (int which; (which = getopt_long(argc, argv, "", options, NULL)) != -1;) take_option(which, optarg);
    if (optind < argc) mode = argv[optind];
    int paired = mode && !strcmp(mode, "relay") && fleet.count % 2;
    if (!mode || fleet.port <= 0 || fleet.count < 1 || fleet.room_size < 1 || window < 1 || window > MOST_OUTSTANDING ||
        publishers < 1 || publishers > fleet.count || paired) {
        fprintf(stderr, "usage: load fanout|relay|join|idle --port N [options]; see the head of load.c\n");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    read_options(argc, argv);
    started = text_now();
    fleet.on_text = ignore;
    if (!strcmp(mode, "fanout")) run_flow(0);
    else if (!strcmp(mode, "relay")) run_flow(1);
    else if (!strcmp(mode, "join")) run_join();
    else if (!strcmp(mode, "idle")) run_idle();
    else { fprintf(stderr, "load: no mode '%s'\n", mode); return 2; }
    return fleet_lost ? 1 : 0;
}
