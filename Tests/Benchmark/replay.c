/*
 * The floor of a recorded run: its commands again, asked with hiredis as quickly as it allows, with the replies
 * thrown away.
 *
 *     replay SOCKET FILE
 *
 * FILE holds the commands as a client has sent them. The keys have to be those of then, as cursors stand in it.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 250 };

static void fail(const char *what, const char *why) {
    fprintf(stderr, "replay: %s: %s\n", what, why);
    exit(1);
}

static char *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path, "cannot be opened");
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (bytes == NULL || fread(bytes, 1, *length, file) != *length) fail(path, "cannot be read");
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

/* The end of the command that begins here. */
static char *end_of_command(char *place, const char *end) {
    if (*place != '*') fail("file", "not a recording");
    long words = strtol(place + 1, &place, 10);
    place += 2;
    while (words-- > 0) {
        if (place >= end || *place != '$') fail("file", "cut short");
        long length = strtol(place + 1, &place, 10);
        place += 2 + length + 2;
    }
    if (place > end) fail("file", "cut short");
    return place;
}

/* Sends the next batch and returns how many commands that were. */
static long send_batch(redisContext *redis, char **place, const char *end) {
    char *start = *place;
    long count = 0;
    for (; *place < end && count < BATCH; count++) *place = end_of_command(*place, end);
    while (start < *place) {
        ssize_t written = write(redis->fd, start, (size_t)(*place - start));
        if (written < 0) fail("write", "the server is gone");
        start += written;
    }
    return count;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: replay SOCKET FILE\n");
        return 2;
    }
    size_t length;
    char *place = contents(argv[2], &length);
    const char *end = place + length;
    redisContext *redis = redisConnectUnix(argv[1]);
    if (redis == NULL || redis->err) fail("connect", redis ? redis->errstr : "no memory");
    redis->reader->maxbuf = 0; /* keep the read buffer instead of freeing it whenever it is empty */

    long commands = 0, errors = 0;
    /* Two batches are under way: the next is on the wire before the replies of this one are read. */
    for (long due = send_batch(redis, &place, end); due > 0;) {
        long next = send_batch(redis, &place, end);
        for (commands += due; due > 0; due--) {
            void *reply;
            if (redisGetReply(redis, &reply) != REDIS_OK) fail("read", redis->errstr);
            errors += ((redisReply *)reply)->type == REDIS_REPLY_ERROR;
            freeReplyObject(reply);
        }
        due = next;
    }
    printf("{\"commands\": %ld, \"errors\": %ld}\n", commands, errors);
    return 0;
}
