/*
 * The removal of what names a session that is gone, against an application that goes on, slow and lost nodes, a kill.
 *
 * What is checked, in every interleaving: when everything has come to its end, a live session has its entry or pointer,
 * as the application wrote it. After a run that was killed, or that a node kept away from to its end, the same holds
 * once its backup is restored. Where one script sees both (without -DACROSS_SLOTS), it holds even before that.
 *
 * What is left out: companions go as entries of sets do, by their session alone, and fields of hashes as pointers.
 * Presence keys have no session of their own; their proof is a second census and the server's idle times. A pointer
 * that is changed to another session and back to the former one, all between its record in the backup and its removal,
 * is not among what the application does here.
 *
 * Each inline names the functions that it stands for. `make model` checks that these exist, and runs all of it: with
 * each of the kinds, and with fixes taken out, each of which must lead to a live session without its entry.
 */

bool isOver = false
bool isKilled = false
/* The run has told that a node stayed away, which has what had to be put back. */
bool endedUnreached = false

#include "world.pml"
#include "node.pml"

/* What the census found, and what it found to be past its date: a bit for each session. */
byte seen = 0
byte expired = 0
#define bitOf(value) (1 << (sessionOf(value)))

/* What is in the backup, on disk. */
byte recorded = NONE
byte recordedSession = NONE

/* SCAN is a walk, but of one key it says whether that was there at one moment: that when the walk came by.
 * Stands for: Cleanup.makePlan, Census.run */
inline takeCensus() {
    atomic {
        noteReading()
        for (place : 0 .. IDS - 1) {
            if
            :: session[place] != NONE -> seen = seen | (1 << place)
            :: else
            fi
            if
            :: session[place] == OLD -> expired = expired | (1 << place)
            :: else
            fi
        }
        place = 0
    }
}

/* Stands for: IndexSurvey.run, PointerSurvey.run, Census.reason */
inline survey() {
    atomic {
        planned = thing
#ifndef WITHOUT_GRACE_OF_POINTERS
        noteReading()
#endif
        stays = (planned == NONE || ((seen & bitOf(planned)) && !(expired & bitOf(planned))))
        isExpired = (planned != NONE && (expired & bitOf(planned)))
        seen = 0
        expired = 0
    }
}

/* Stands for: CleanupExecutor.run, EntryRemover.removeNext, Pacer.sleep */
inline waitForGrace() { graceIsOver }

/* That it comes some time after the census only spares the work of a removal. A pointer is looked at as well.
 * Stands for: SecondLook.run, DependentLook.run */
inline lookTwice() {
    atomic {
        if
        :: !isExpired && session[sessionOf(planned)] != NONE -> stays = true; reach(KEPT_BY_GRACE)
#ifdef POINTERS
        :: !isExpired && thing != planned -> stays = true
#endif
        :: else
        fi
    }
}

/* Of a sorted set's entries the scores, by which the script knows them again. Stands for: EntryScores.init */
inline readScores() {
#if defined POINTERS || defined SETS
    skip
#else
    atomic {
        planned = thing
        noteReading()
        stays = (planned == NONE)
    }
#endif
}

/* What is about to go is on disk before it goes. Stands for: RemovalJournal.cover, RemovalJournal.record,
 * BackupWriter.commit */
inline record() {
#if defined WITHOUT_BACKUP
    skip
#elif defined POINTERS
    recorded = thing
#else
    recorded = planned
#endif
}

/* A session goes only as it was judged, by a script on its own node; a late one is as good as one in time.
 * Stands for: SessionRemover.removeNext, RemovalScript.removeSessions, DependentScript.removeSessions */
inline removeExpiredSession() {
    recordedSession = session[sessionOf(planned)]
    atomic {
        if
        :: session[sessionOf(planned)] == OLD -> endSession(planned); reach(EXPIRED_SESSION_REMOVED)
        :: session[sessionOf(planned)] == LIVE -> reach(RENEWED_SESSION_STAYED)
        :: else
        fi
    }
}

/* A node out of reach cannot tell; what belongs to it stays.
 * Stands for: ClusterEntryRemoval.look, ClusterDependentRemoval.look */
inline look() {
    if
    :: session[sessionOf(planned)] == NONE -> stays = false
    :: stays = true
    fi
}

/* Stands for: ServerScript.append, BatchScript.run, EntryRemover.remove, DependentRemover.remove,
 * RedisConnection.readClock, NodeClock.deadline */
inline sendRemoval() {
    atomic {
        removal = queued
        deadlineSet = true
        isAwaited = true
    }
}

/* Without an answer it may be out, and may yet go until the deadline has passed. What was late is sent once more, with
 * another deadline; the look was before, and the next one comes after.
 * Stands for: ClusterEntryRemoval.remove, ClusterDependentRemoval.take, RedisPipeline.outlastScripts,
 * ClusterRedirect.follow, ServerScript.run */
inline receiveRemoval() {
    atomic {
        do
        :: !isCut && removal == late && maySendAgain ->
            maySendAgain = false
            deadlinePassed = false
            removal = queued
        :: !isCut && removal != queued -> isDoubtful = (removal == removed); break
        :: deadlinePassed -> isDoubtful = true; break
#ifdef WITHOUT_WAITING_FOR_DEADLINE
        :: isCut -> isDoubtful = true; break
#endif
        od
        isAwaited = false
        /* What does not matter any more is the same in all states; that keeps them few, here and in `finish`. */
        isCut = false
        mayCut = false
        maySendAgain = true
        if
        :: removal != queued -> deadlineSet = false; deadlinePassed = false
        :: else
        fi
    }
}

/* What cannot be told goes back as well.
 * Stands for: ClusterEntryRemoval.lookAgain, ClusterDependentRemoval.lookAgain */
inline lookAgain() {
    if
#ifdef WITHOUT_LOOKING_AGAIN
    :: mustReturn = false
#else
    :: session[sessionOf(planned)] == NONE -> mustReturn = false
#endif
    :: mustReturn = true
    fi
}

#define TRIES 2

/* Each try may be carried out late, or twice. Stands for: RedisPipeline.retry, ClusterEntryRemoval.restore,
 * ClusterDependentRemoval.putBack */
inline insist() {
    do
    :: tries < TRIES ->
        tries++
        putBack = queued
        if
        :: atomic { putBack == done -> wasAnswered = true; break }
        :: atomic { putBack == refused -> wasAnswered = true }
        :: atomic { putBack == left -> putBack = unsent }
        /* The node did not answer in time; what it was sent stays with it. */
        :: atomic { putBack == queued -> putBack = unsent; lostPutBacks++ }
        fi
    :: else ->
        /* A node that answers, and refuses, is no excuse. */
        endedUnreached = !wasAnswered
        reach(ENDED_UNREACHED)
        break
    od
}

inline finish() {
    mayCut = false
    if
    :: nothingUnderWay ->
        mayFailOver = false
        deadlineSet = false
        deadlinePassed = false
        if
        :: recordedSession == NONE -> planned = NONE
        :: else
        fi
    :: else
    fi
}

inline leaveIf(isDone) {
    if
    :: isDone -> goto finished
    :: else
    fi
}

proctype Janitor() {
    byte place = 0
    byte tries = 0
    bool stays = false
    bool isExpired = false
    bool isDoubtful = false
    bool mustReturn = false
    bool wasAnswered = false
    bool maySendAgain = true
    {
        takeCensus()
        atomic { survey(); leaveIf(stays) }
#ifdef DRY_RUN
        waitForGrace()
        atomic { lookTwice(); leaveIf(true) }
#endif
        atomic { lookTwice(); leaveIf(stays) }
        atomic { readScores(); leaveIf(stays) }
#ifdef INCLUDE_EXPIRED
        if
        :: isExpired -> removeExpiredSession()
        :: !isExpired
        fi
#endif
        record()
        waitForGrace()
#ifdef ACROSS_SLOTS
        atomic { look(); leaveIf(stays) }
        sendRemoval()
        atomic { receiveRemoval(); leaveIf(!isDoubtful) }
        atomic { lookAgain(); leaveIf(!mustReturn) }
        insist()
#else
        sendRemoval()
        receiveRemoval()
#endif
    finished:
        atomic {
            isOver = true
            finish()
            if
            :: !endedUnreached -> recorded = NONE; recordedSession = NONE
            :: else
            fi
        }
    } unless {
        atomic {
            isKilled
            isOver = true
            finish()
        }
    }
}

/* SIGKILL, at any moment before the end. */
proctype Killer() {
    if
    :: atomic { !isOver -> isKilled = true; reach(KILLED) }
    :: isOver
    fi
}

/* Entries and fields go where nothing is, pointers likewise; sessions before what names them.
 * Stands for: Restoration.restoreBatch, Restoration.withSessions, Restoration.restoreMissing */
inline restore() {
    if
    :: recordedSession != NONE && session[sessionOf(planned)] == NONE -> session[sessionOf(planned)] = recordedSession
    :: else
    fi
    if
#ifdef POINTERS
    :: recorded != NONE && thing == NONE ->
#else
    :: recorded != NONE && session[sessionOf(recorded)] != NONE && thing == NONE ->
#endif
        if
        :: !KEPT -> thing = recorded; reach(RESTORED)
        :: else -> thing = recorded
        fi
    :: else
    fi
}

init {
    atomic {
        choosePast()
        run Application(0)
        run Application(1)
        run Expiry()
        run Node()
        /* The last one is the first whose end makes states alike. */
        run Killer()
        run Janitor()
    }
    atomic {
        _nr_pr == 1 ->
#ifdef DRY_RUN
        assert(removal == unsent && putBack == unsent)
#endif
        if
        :: removal == removed && thing == NONE && !isKilled -> reach(ORPHAN_REMOVED)
        :: else
        fi
#ifndef ACROSS_SLOTS
        assert(KEPT)
#else
        assert(isKilled || endedUnreached || KEPT)
#endif
        restore()
        assert(KEPT)
    }
}
