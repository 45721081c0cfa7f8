/*
 * The world around the janitor: what is in Redis, and the application that uses it while the janitor runs.
 *
 * One user, and one thing of the user's that names a session. By default that is an entry of a sorted set: its value
 * here is its score, and all values name the one session id. With -DSETS it is an entry of a set or a list, which has
 * no score. With -DPOINTERS it is a pointer: its value is a session id; the pointer is a whole key, or with -DFIELDS a
 * field of a hash. The janitor never reads one entry or pointer to
 * decide on another one, and all that it writes names its member, field or key; so one is enough.
 *
 * Time is not counted. What the grace time does is the one thing that matters here: what the application had begun when
 * the janitor read something is finished when the grace time after that reading is over. That the application is as
 * fast as this is what the manual asks for, and `--grace` sets; it may still be as slow as it likes between two
 * operations, and the janitor between two steps.
 */

#define NONE 0

/* A session's value: one that is past its date and still there, and any other. */
#define OLD 1
#define LIVE 2

#ifdef POINTERS
#define IDS 5
#define sessionOf(value) (value - 1)
#else
#define IDS 1
#define sessionOf(value) 0
#endif

#define APPLICATIONS 2
#ifndef OPERATIONS
#define OPERATIONS 3
#endif

/* What there is in Redis. */
byte thing = NONE
byte session[IDS]

/* What the application wrote last as the user's entry or pointer, and the last value that was used. */
byte written = NONE
byte values = NONE

/* By process of the application: is it in the middle of an operation, does the grace time last until that is over, and
 * which session is it renewing? */
bool busy[APPLICATIONS]
bool awaited[APPLICATIONS]
byte renews[APPLICATIONS]

/* The session that was there from the beginning ends by its TTL, unless it is written again before. */
bool expires = false

/* The promise: the session that the application's entry or pointer names is there, and so is what names it. */
#define KEPT (written == NONE || session[sessionOf(written)] == NONE || thing == written)

/* Reachability: run.sh asks of each of these whether it happens, by -DREACHED=…, and wants to see it "violated". */
#define ORPHAN_REMOVED 1
#define KEPT_BY_GRACE 2
#define SCRIPT_TOO_LATE 3
#define PUT_BACK 4
#define RESTORED 6
#define FAILED_OVER_WITH_SCRIPT 7
#define NEWER_THAN_PUT_BACK 8
#define EXPIRED_SESSION_REMOVED 9
#define RENEWED_SESSION_STAYED 10
#define PUT_BACK_AFTER_LOGOUT 11
#define ENDED_UNREACHED 12
#define KILLED 14
#define REMOVED_WITH_SESSION 15
#define REMOVED_AFTER_SESSION 16
#define REMOVED_LATE 17
#ifndef REACHED
#define REACHED 0
#endif
#define reach(what) assert(REACHED != what)

inline beginOperation() { busy[me] = true }

inline endOperation() {
    busy[me] = false
    awaited[me] = false
}

/* The janitor has read something: its grace time begins. */
inline noteReading() {
    awaited[0] = busy[0]
    awaited[1] = busy[1]
}

#define graceIsOver (!awaited[0] && !awaited[1])

inline writeSession(value) {
    session[sessionOf(value)] = LIVE
    expires = false
}

inline writeThing(value) {
    thing = value
    written = value
}

/* Which value a login writes: one that was never there, or one that comes back. */
inline chooseFresh() {
#ifdef SETS
    values = 1
#else
    values++
#endif
    mine = values
}

inline logInIndexFirst() {
    atomic {
#ifdef SETS
        /* A set cannot tell an entry that comes back before its session from the old one; see the manual. */
        values == NONE
#endif
        beginOperation()
        chooseFresh()
        writeThing(mine)
    }
    atomic {
        writeSession(mine)
        endOperation()
    }
}

inline logInSessionFirst() {
    atomic {
        beginOperation()
        if
        :: chooseFresh()
        /* A session id once more, be it after others: the pointer to it is written anew, an entry may stay as it is. */
#ifdef POINTERS
        :: values >= 1 -> mine = 1; comesBack = true
        :: values >= 2 -> mine = 2; comesBack = true
#else
        :: written != NONE -> mine = written; comesBack = true
#endif
        fi
        writeSession(mine)
    }
    atomic {
        if
#ifndef POINTERS
        :: comesBack && thing != NONE -> written = thing
        :: comesBack && thing == NONE -> chooseFresh(); writeThing(mine)
#else
        :: comesBack -> writeThing(mine)
#endif
        :: !comesBack -> writeThing(mine)
        fi
        comesBack = false
        endOperation()
    }
}

inline endSession(value) {
    session[sessionOf(value)] = NONE
    expires = false
    if
    :: renews[0] != NONE && sessionOf(renews[0]) == sessionOf(value) -> renews[0] = NONE
    :: else
    fi
    if
    :: renews[1] != NONE && sessionOf(renews[1]) == sessionOf(value) -> renews[1] = NONE
    :: else
    fi
}

/* The entry stays behind, as an orphan. */
inline logOut() {
    atomic {
        written != NONE && session[sessionOf(written)] != NONE
        endSession(written)
    }
}

/* Both go; together, as otherwise the application's own processes would fall over each other. */
inline logOutWithEntry() {
    atomic {
        written != NONE && session[sessionOf(written)] != NONE && !busy[0] && !busy[1]
        endSession(written)
        thing = NONE
        written = NONE
    }
}

/* Reads a session and writes it again, even if it has expired in between. One that was logged out in between does not
 * come back: an application that undoes its own log-out is beyond help. Of an expired session the same holds after its
 * removal, so that there it is one step (EXPIRE, or SET with XX). */
inline renew() {
#ifdef INCLUDE_EXPIRED
    atomic {
        written != NONE && session[sessionOf(written)] != NONE
        writeSession(written)
    }
#else
    atomic {
        written != NONE && session[sessionOf(written)] != NONE
        beginOperation()
        renews[me] = written
    }
    atomic {
        if
        :: renews[me] != NONE -> writeSession(renews[me])
        :: else
        fi
        renews[me] = NONE
        endOperation()
    }
#endif
}

/* Two requests of the user's at a time, and so many in all. */
byte operationsLeft = OPERATIONS

proctype Application(byte me) {
    byte mine = NONE
    bool comesBack = false
    do
    :: atomic { operationsLeft > 0 -> operationsLeft-- }
        if
        :: logInIndexFirst()
        :: logInSessionFirst()
        :: logOut()
        :: logOutWithEntry()
        :: renew()
        fi
    :: break
    od
}

proctype Expiry() {
    if
    :: atomic { expires -> session[0] = NONE; expires = false }
    :: !expires
    :: true
    fi
}

/* Nothing at all, an orphan, or a session in good order; with -DINCLUDE_EXPIRED also one that is past its date. */
inline choosePast() {
    if
    :: true
    :: writeThing(1); values = 1
    :: writeThing(1); values = 1; session[0] = LIVE; expires = true
#ifdef INCLUDE_EXPIRED
    :: writeThing(1); values = 1; session[0] = OLD; expires = true
#endif
    fi
}
