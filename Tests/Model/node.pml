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

mtype = { unsent, queued, removed, left, late, refused, done }

/* The script that removes, and the latest one that puts back; `lost` ones were given up by the client before. */
mtype removal = unsent
mtype putBack = unsent
byte lostPutBacks = 0

/* What the scripts carry. */
byte planned = NONE

/* The node's clock has passed the deadline. */
bool deadlineSet = false
bool deadlinePassed = false

/* Whether the client waits for the removal's answer, and whether that cannot reach it any more. */
bool isAwaited = false
bool isCut = false
/* Faults that may still happen, each once. */
bool mayCut = true
bool mayFailOver = true

#ifdef WITHOUT_SCORES
#define isAsPlanned (thing != NONE)
#else
#define isAsPlanned (thing == planned)
#endif

#ifdef WITHOUT_DEADLINE
#define isLate false
#else
#define isLate deadlinePassed
#endif

/* Where one script sees both, it removes nothing of a session that is there. After its deadline it does nothing.
 * Stands for: ServerScript.deadline, RemovalScript.removeEntries, DependentScript.remove, ClusterRemovalScript.takeOut,
 * ClusterRemovalScript.takeKey, ClusterRemovalScript.takeField, RemovalScript.takeEntry */
inline runRemoval() {
    atomic {
        removal == queued ->
        if
        :: isLate -> removal = late; reach(SCRIPT_TOO_LATE)
        :: !isLate ->
            if
#ifdef ACROSS_SLOTS
            :: isAsPlanned -> thing = NONE; removal = removed
#else
            :: isAsPlanned && session[sessionOf(planned)] == NONE -> thing = NONE; removal = removed
#endif
            :: else -> removal = left
            fi
        fi
    }
}

/* Stands for: ClusterRemovalScript.putBack, ClusterRemovalScript.putBackKey,
 * ClusterRemovalScript.putBackField */
inline applyPutBack() {
    if
    :: thing == NONE ->
        thing = planned
        if
        :: session[sessionOf(planned)] == NONE -> reach(PUT_BACK_AFTER_LOGOUT)
        :: else -> reach(PUT_BACK)
        fi
    :: else ->
        if
        :: thing != planned -> reach(NEWER_THAN_PUT_BACK)
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
