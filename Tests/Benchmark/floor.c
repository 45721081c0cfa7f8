/*
 * The floor: what any client has to ask a server for, asked with hiredis as quickly as it allows, with the
 * replies thrown away. A tool that does this work and also thinks about it can come close to these times,
 * not below them.
 *
 *     floor SOCKET dry COUNT       SCAN every appauth:* key, then ZRANGE every index key
 *     floor SOCKET values COUNT    the same, with MGET of the session keys of each SCAN reply
 *
 * Prints what it saw as one JSON line. SCAN may repeat a key while a table is resized: these are replies.
 */
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_PATTERN "appauth:*"
#define INDEX_PREFIX "appauth:usess:"
#define SESSION_PREFIX "appauth:sess:"
#define STARTS_WITH(reply, prefix) \
    ((reply)->len >= sizeof(prefix) - 1 && memcmp((reply)->str, prefix, sizeof(prefix) - 1) == 0)

enum { ZRANGE_BATCH = 250, CURSOR_SIZE = 24 };

/* Names of index keys, one after the other: name i lies between ends[i - 1] and ends[i]. */
typedef struct {
    char *bytes;
    size_t used, capacity;
    size_t *ends;
    size_t count, slots;
} Names;

typedef struct {
    redisContext *redis;
    const char *count;
    bool wants_values;
    Names names;
    const char **mget; /* arguments of one MGET, and their lengths */
    size_t *mget_lengths;
    size_t mget_slots;
    long long sessions, values, entries;
} Floor;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "floor: %s: %s\n", what, why);
    exit(1);
}

static void *resized(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (memory == NULL) fail("memory", "none left");
    return memory;
}

static void remember(Names *names, const char *name, size_t length) {
    if (names->used + length > names->capacity) {
        names->capacity = 2 * (names->used + length);
        names->bytes = resized(names->bytes, names->capacity);
    }
    if (names->count == names->slots) {
        names->slots = names->slots ? 2 * names->slots : 4096;
        names->ends = resized(names->ends, names->slots * sizeof *names->ends);
    }
    memcpy(names->bytes + names->used, name, length);
    names->used += length;
    names->ends[names->count++] = names->used;
}

static void append(redisContext *redis, int argc, const char **argv, const size_t *lengths) {
    if (redisAppendCommandArgv(redis, argc, argv, lengths) != REDIS_OK) fail("append", redis->errstr);
}

/* Puts what was appended on the wire now; redisGetReply would do so only when it has nothing left to parse. */
static void flush(redisContext *redis) {
    int done = 0;
    while (!done)
        if (redisBufferWrite(redis, &done) != REDIS_OK) fail("write", redis->errstr);
}

static redisReply *next_reply(redisContext *redis) {
    void *reply;
    if (redisGetReply(redis, &reply) != REDIS_OK) fail("read", redis->errstr);
    redisReply *answer = reply;
    if (answer->type == REDIS_REPLY_ERROR) fail("server", answer->str);
    return answer;
}

static void send_scan(Floor *floor, const char *cursor) {
    const char *argv[] = {"SCAN", cursor, "MATCH", KEY_PATTERN, "COUNT", floor->count};
    const size_t lengths[] = {4, strlen(cursor), 5, sizeof KEY_PATTERN - 1, 5, strlen(floor->count)};
    append(floor->redis, 6, argv, lengths);
    flush(floor->redis);
}

/* Remembers the index keys of a SCAN reply; where values are wanted, asks for those of its session keys and
 * says whether it did. */
static bool take_keys(Floor *floor, const redisReply *keys) {
    int argc = 1;
    if (floor->mget_slots < keys->elements + 1) {
        floor->mget_slots = keys->elements + 1;
        floor->mget = resized(floor->mget, floor->mget_slots * sizeof *floor->mget);
        floor->mget_lengths = resized(floor->mget_lengths, floor->mget_slots * sizeof *floor->mget_lengths);
    }
    for (size_t i = 0; i < keys->elements; i++) {
        const redisReply *key = keys->element[i];
        if (STARTS_WITH(key, INDEX_PREFIX)) {
            remember(&floor->names, key->str, key->len);
        } else if (STARTS_WITH(key, SESSION_PREFIX)) {
            floor->sessions++;
            floor->mget[argc] = key->str;
            floor->mget_lengths[argc++] = key->len;
        }
    }
    if (!floor->wants_values || argc == 1) return false;
    floor->mget[0] = "MGET";
    floor->mget_lengths[0] = 4;
    append(floor->redis, argc, floor->mget, floor->mget_lengths);
    flush(floor->redis);
    return true;
}

static void drop_values(Floor *floor) {
    redisReply *values = next_reply(floor->redis);
    for (size_t i = 0; i < values->elements; i++) floor->values += values->element[i]->type == REDIS_REPLY_STRING;
    freeReplyObject(values);
}

/* Each SCAN leaves as soon as its cursor is known, so the server works while the client looks at the keys.
 * An MGET follows the SCAN after the one that named its keys: its reply is read one round later. */
static void scan_all(Floor *floor) {
    bool values_due = false;
    char cursor[CURSOR_SIZE] = "0";
    send_scan(floor, cursor);
    do {
        redisReply *page = next_reply(floor->redis);
        snprintf(cursor, sizeof cursor, "%s", page->element[0]->str);
        if (strcmp(cursor, "0") != 0) send_scan(floor, cursor);
        bool values_asked = take_keys(floor, page->element[1]);
        freeReplyObject(page);
        if (values_due) drop_values(floor);
        values_due = values_asked;
    } while (strcmp(cursor, "0") != 0);
    if (values_due) drop_values(floor);
}

/* Sends the next batch of ZRANGE and returns the number of the name after it. */
static size_t send_batch(Floor *floor, size_t first) {
    const Names *names = &floor->names;
    size_t end = names->count - first < ZRANGE_BATCH ? names->count : first + ZRANGE_BATCH;
    for (size_t i = first; i < end; i++) {
        size_t start = i ? names->ends[i - 1] : 0;
        const char *argv[] = {"ZRANGE", names->bytes + start, "0", "-1"};
        const size_t lengths[] = {6, names->ends[i] - start, 1, 2};
        append(floor->redis, 4, argv, lengths);
    }
    flush(floor->redis);
    return end;
}

/* Two batches are under way: the next is on the wire before the replies of this one are read. */
static void read_indexes(Floor *floor) {
    size_t read = 0;
    size_t sent = send_batch(floor, 0);
    while (read < floor->names.count) {
        size_t end = sent;
        sent = send_batch(floor, sent);
        for (; read < end; read++) {
            redisReply *members = next_reply(floor->redis);
            floor->entries += (long long)members->elements;
            freeReplyObject(members);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 4 || (strcmp(argv[2], "dry") != 0 && strcmp(argv[2], "values") != 0)) {
        fprintf(stderr, "usage: floor SOCKET {dry|values} COUNT\n");
        return 2;
    }
    Floor floor = {.count = argv[3], .wants_values = strcmp(argv[2], "values") == 0};
    floor.redis = redisConnectUnix(argv[1]);
    if (floor.redis == NULL || floor.redis->err) fail("connect", floor.redis ? floor.redis->errstr : "no memory");
    floor.redis->reader->maxbuf = 0; /* keep the read buffer instead of freeing it whenever it is empty */

    scan_all(&floor);
    read_indexes(&floor);

    printf("{\"user_sessions_checked\": %zu, \"total_sessions_checked\": %lld, \"sessions_checked\": %lld}\n",
           floor.names.count, floor.entries, floor.wants_values ? floor.values : floor.sessions);
    return 0;
}
