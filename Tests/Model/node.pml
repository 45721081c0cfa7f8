/*
 * The node that has the entry or pointer, and the way to it: a script that was sent is carried out at any later moment,
 * or never; its answer arrives, or does not.
 *
 * Fail-over is a lost connection, scripts that are lost with the old primary or were carried out there, and a new
 * primary that has the old one's data. That Redis may lose what it acknowledged in the last moment before a fail-over
 * is its own business: it loses the application's entries in the same way, without any janitor, and nothing that we
 * could send would change that. So is an old primary that still answers questions after it was replaced.
 *
 * The node's clock is one bit: whether it has passed the deadline that the script carries. The client gives up, or
 * looks again after a lost connection, only when that is so: the deadline is what the node's clock will show when the
 * client has waited for --timeout since the script was sent, and a node to which a script is redirected is asked for
 * its own time. This takes for granted that a clock goes on while its node stalls, and is not set back.
 */

mtype = { unsent, queued, removed, gone, left, late, refused, done }

/* The script that removes, and the latest one that puts back; `lost` ones were given up by the client before. `gone` is the
 * answer about a session that was to go with what names it, and had ended by itself. */
mtype removal = unsent
mtype putBack = unsent
byte lostPutBacks = 0

/* What the scripts carry: what the run has found, of an entry that goes with its session maybe any, and of a whole key also
 * the copy that was made of it later. */
#define ANY 7
byte planned = NONE
byte copy = NONE
/* Whether the script is to remove the session as well. */
bool takesSession = false

/* The node's clock has passed the deadline. */
bool deadlineSet = false
bool deadlinePassed = false

/* Whether the client waits for the removal's answer, and whether that cannot reach it any more. */
bool isAwaited = false
bool isCut = false
/* Faults that may still happen, each once. */
bool mayCut = true
bool mayFailOver = true

/* Content is read again of what is recorded, and of what may have to be put back; of a whole key it is a copy, of a field
 * what the survey has read, of an entry its score. */
#if !defined WITHOUT_BACKUP || defined ACROSS_SLOTS
#define COPIES
#endif
#if defined COPIES && defined POINTERS && !defined FIELDS
#define COPIES_WHOLE_KEYS
#define copied copy
#else
#define copied planned
#endif

/* Stands for: RemovalItem.comparesCopy, RemovalScript.source */
#if defined WITHOUT_SCORES
#define isAsPlanned (thing != NONE)
#elif defined COPIES_WHOLE_KEYS && !defined WITHOUT_COPIES
#define isAsPlanned (thing == planned && thing == copy)
#elif defined POINTERS
#define isAsPlanned (thing == planned)
#else
#define isAsPlanned (thing != NONE && (thing == planned || planned == ANY))
#endif

#ifdef WITHOUT_DEADLINE
#define isLate false
#else
#define isLate deadlinePassed
#endif

/* Where one script sees both, it removes nothing of a session that is there, unless that is the expired one that it removes
 * in the same step. After its deadline it does nothing.
 * Stands for: ServerScript.deadline, RemovalScript.run, RemovalScript.source */
inline runRemoval() {
    atomic {
        removal == queued ->
        if
        :: isLate -> removal = late; reach(SCRIPT_TOO_LATE)
#ifdef ACROSS_SLOTS
        :: !isLate && isAsPlanned -> thing = NONE; removal = removed
#else
        :: !isLate && takesSession && session[sessionOf(planned)] == OLD ->
            endSession(planned)
            reach(EXPIRED_SESSION_REMOVED)
            if
            :: isAsPlanned -> thing = NONE; reach(REMOVED_WITH_SESSION)
            :: else
            fi
            removal = removed
        :: !isLate && takesSession && session[sessionOf(planned)] == NONE -> removal = gone
        :: !isLate && takesSession && session[sessionOf(planned)] == LIVE -> removal = left; reach(RENEWED_SESSION_STAYED)
        :: !isLate && !takesSession && isAsPlanned && session[sessionOf(planned)] == NONE ->
            thing = NONE
            removal = removed
        :: !isLate && !takesSession && isAsPlanned && session[sessionOf(planned)] != NONE ->
            removal = left
            reach(KEPT_BY_GRACE)
#endif
        :: else -> removal = left
        fi
    }
}

/* Stands for: PutBackScript.run, PutBackScript.source */
inline applyPutBack() {
    if
    :: thing == NONE ->
        thing = copied
        if
        :: session[sessionOf(planned)] == NONE -> reach(PUT_BACK_AFTER_LOGOUT)
        :: else -> reach(PUT_BACK)
        fi
    :: else ->
        if
        :: thing != copied -> reach(NEWER_THAN_PUT_BACK)
        :: else
        fi
    fi
}

/* A node may be full at one moment and not at the next. Then it refuses what needs room, unless the script has changed
 * something before: that is how the way back stays open. */
inline runPutBack() {
    atomic {
        putBack == queued ->
        if
        :: applyPutBack(); putBack = done
#ifdef WITHOUT_WAY_BACK_INTO_FULL
        :: putBack = refused
#endif
        fi
    }
}

inline runLostPutBack() {
    atomic {
        lostPutBacks > 0 ->
        lostPutBacks--
        if
        :: applyPutBack()
#ifdef WITHOUT_WAY_BACK_INTO_FULL
        :: true
#endif
        fi
    }
}

#define nothingUnderWay (removal != queued && putBack != queued && lostPutBacks == 0)

proctype Node() {
    do
    :: runRemoval()
    :: runPutBack()
    :: runLostPutBack()
    :: atomic { deadlineSet && !deadlinePassed -> deadlinePassed = true }
    /* The connection ends, though the node may still read what it was sent. */
    :: atomic { mayCut && isAwaited -> mayCut = false; isCut = true }
    :: atomic {
        mayFailOver && (isAwaited || !nothingUnderWay) ->
        mayFailOver = false
        isCut = true
        lostPutBacks = 0
        if
        :: removal == queued -> removal = left; reach(FAILED_OVER_WITH_SCRIPT)
        :: putBack == queued -> putBack = left
        :: else
        fi
    }
    :: atomic { isOver && nothingUnderWay -> break }
    od
}
