/*
 * The other client: what an application feels while something else works on its server.
 *
 *     probe SOCKET KEY
 *
 * GETs one existing small key about every millisecond until SIGTERM. Prints "ready" after the first answer,
 * and at the end one JSON line with the number of GETs and the p50, p99 and maximum of their latency in µs.
 */
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct timespec pause_between = {.tv_sec = 0, .tv_nsec = 1000000};
static volatile sig_atomic_t stopped = 0;

static void stop(int signal_number) {
    (void)signal_number;
    stopped = 1;
}

static void fail(const char *what, const char *why) {
    fprintf(stderr, "probe: %s: %s\n", what, why);
    exit(1);
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double timed_get(redisContext *redis, const char *key) {
    double start = now_us();
    redisReply *reply = redisCommand(redis, "GET %s", key);
    double latency = now_us() - start;
    if (reply == NULL) fail("read", redis->errstr);
    if (reply->type != REDIS_REPLY_STRING) fail(key, reply->type == REDIS_REPLY_ERROR ? reply->str : "no such string");
    freeReplyObject(reply);
    return latency;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The nearest-rank percentile of sorted values. */
static double percentile(const double *sorted, size_t count, unsigned percent) {
    return sorted[(count * percent + 99) / 100 - 1];
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: probe SOCKET KEY\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);

    redisContext *redis = redisConnectUnix(argv[1]);
    if (redis == NULL || redis->err) fail("connect", redis ? redis->errstr : "no memory");
    timed_get(redis, argv[2]); /* the first one also makes the connection: not counted */
    puts("ready");
    fflush(stdout);

    double *latencies = NULL;
    size_t count = 0, slots = 0;
    do {
        if (count == slots) {
            slots = slots ? 2 * slots : 4096;
            latencies = realloc(latencies, slots * sizeof *latencies);
            if (latencies == NULL) fail("memory", "none left");
        }
        latencies[count++] = timed_get(redis, argv[2]);
        nanosleep(&pause_between, NULL);
    } while (!stopped);

    qsort(latencies, count, sizeof *latencies, by_value);
    printf("{\"count\": %zu, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}\n", count,
           percentile(latencies, count, 50), percentile(latencies, count, 99), latencies[count - 1]);
    return 0;
}
