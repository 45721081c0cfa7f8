/*
 * The floor of a removal: a plan's work as minimal atomic scripts, sent with hiredis as quickly as it allows. A tool
 * that also asks whether it should, and keeps what it removes, can come close to this, not below it.
 *
 *     removals SOCKET FILE
 *
 * FILE holds a removal a line, its words apart by tabs: S, session key, value; or E, index key, member, score, session
 * key. A session goes if it still has that value, an entry if its session is missing and its score is still the same.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 100, MOST_WORDS = 4 };

/* What is removed by one script: how many words a line of FILE has behind its letter, and which of them are KEYS. */
typedef struct {
    const char *script;
    int words, keys;
    int order[MOST_WORDS];
    char digest[41];
    long removed;
} Kind;

static Kind sessions = {
    .script = "local removed = 0\n"
              "for i = 1, #KEYS do\n"
              "  if redis.call('GET', KEYS[i]) == ARGV[i] then removed = removed + redis.call('UNLINK', KEYS[i]) end\n"
              "end\n"
              "return removed",
    .words = 2, .keys = 1, .order = {0, 1}};

static Kind entries = {
    .script = "local removed = 0\n"
              "for i = 1, #KEYS, 2 do\n"
              "  if redis.call('EXISTS', KEYS[i + 1]) == 0 then\n"
              "    local score = redis.call('ZSCORE', KEYS[i], ARGV[i])\n"
              "    if score and tonumber(score) == tonumber(ARGV[i + 1]) then\n"
              "      removed = removed + redis.call('ZREM', KEYS[i], ARGV[i])\n"
              "    end\n"
              "  end\n"
              "end\n"
              "return removed",
    .words = 4, .keys = 2, .order = {0, 3, 1, 2}};

static void fail(const char *what, const char *why) {
    fprintf(stderr, "removals: %s: %s\n", what, why);
    exit(1);
}

static char *contents(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path, "cannot be opened");
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(length + 1);
    if (bytes == NULL || fread(bytes, 1, length, file) != length) fail(path, "cannot be read");
    bytes[length] = '\0';
    fclose(file);
    return bytes;
}

static redisReply *next_reply(redisContext *redis) {
    void *reply;
    if (redisGetReply(redis, &reply) != REDIS_OK) fail("read", redis->errstr);
    redisReply *answer = reply;
    if (answer->type == REDIS_REPLY_ERROR) fail("server", answer->str);
    return answer;
}

static void load(redisContext *redis, Kind *kind) {
    if (redisAppendCommand(redis, "SCRIPT LOAD %s", kind->script) != REDIS_OK) fail("append", redis->errstr);
    redisReply *digest = next_reply(redis);
    snprintf(kind->digest, sizeof kind->digest, "%s", digest->str);
    freeReplyObject(digest);
}

/* Sends the next batch of one kind; which kind, or NULL at the end of the file. */
static Kind *send_batch(redisContext *redis, char **place) {
    static const char *argv[3 + MOST_WORDS * BATCH];
    char letter = **place;
    if (letter == '\0') return NULL;
    Kind *kind = letter == 'S' ? &sessions : &entries;
    const char *words[BATCH][MOST_WORDS];
    int count = 0;
    for (; count < BATCH && **place == letter; count++) {
        char *line = *place + 1;
        for (int word = 0; word < kind->words; word++) {
            *line++ = '\0'; /* the end of the word before */
            words[count][word] = line;
            line += strcspn(line, word + 1 < kind->words ? "\t" : "\n");
        }
        if (*line == '\0') fail("file", "cut short");
        *line = '\0';
        *place = line + 1;
    }
    int argc = 3;
    for (int half = 0; half < 2; half++)
        for (int item = 0; item < count; item++)
            for (int word = half ? kind->keys : 0; word < (half ? kind->words : kind->keys); word++)
                argv[argc++] = words[item][kind->order[word]];
    char keys[16];
    snprintf(keys, sizeof keys, "%d", count * kind->keys);
    argv[0] = "EVALSHA";
    argv[1] = kind->digest;
    argv[2] = keys;
    if (redisAppendCommandArgv(redis, argc, argv, NULL) != REDIS_OK) fail("append", redis->errstr);
    int done = 0;
    while (!done)
        if (redisBufferWrite(redis, &done) != REDIS_OK) fail("write", redis->errstr);
    return kind;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: removals SOCKET FILE\n");
        return 2;
    }
    char *place = contents(argv[2]);
    redisContext *redis = redisConnectUnix(argv[1]);
    if (redis == NULL || redis->err) fail("connect", redis ? redis->errstr : "no memory");
    redis->reader->maxbuf = 0; /* keep the read buffer instead of freeing it whenever it is empty */
    load(redis, &sessions);
    load(redis, &entries);

    /* Two batches are under way: the next is on the wire before the reply of this one is read. */
    for (Kind *due = send_batch(redis, &place); due != NULL;) {
        Kind *next = send_batch(redis, &place);
        redisReply *removed = next_reply(redis);
        due->removed += (long)removed->integer;
        freeReplyObject(removed);
        due = next;
    }
    printf("{\"expired_sessions_removed\": %ld, \"entries_removed\": %ld}\n", sessions.removed, entries.removed);
    return 0;
}
