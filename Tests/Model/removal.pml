/*
 * The removal of expired sessions with what names them, and of what names a session that is gone, against an application
 * that goes on, slow and lost nodes, a kill.
 *
 * What is checked, in every interleaving: when everything has come to its end, a live session has its entry or pointer,
 * as the application wrote it. After a run that was killed, or that a node kept away from to its end, the same holds
 * once its backup is restored. Where one script sees both (without -DACROSS_SLOTS), it holds even before that.
 *
 * What is left out: companions go as entries of sets do, by their session alone. Presence keys have no session of their
 * own; their proof is a second census and the server's idle times. There are no TTLs: how long a key had left is read
 * with its copy. A session that goes as nobody has asked for it is compared by its idle time, not by what it holds.
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

/* Stands for: IndexSurvey.run, DependentSurvey.run */
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

/* Of what goes with an expired session nothing is asked. A real run does not wait before it.
 * Stands for: Cleanup.lookAgain, SecondLook.run */
inline lookTwice() {
    atomic {
        if
        :: !isExpired && session[sessionOf(planned)] != NONE -> stays = true
#ifdef POINTERS
        :: !isExpired && thing != planned -> stays = true
#endif
        :: else
        fi
    }
}

/* Of a sorted set's entries the scores, by which the script knows them again. Their grace time begins here, and so does that
 * of everything whose session was to go with it and had ended by itself: it goes late, as an orphan.
 * Stands for: SecondLook.run, Remover.run */
inline readScores() {
    atomic {
#if !defined POINTERS && !defined SETS
        planned = thing
        noteReading()
        stays = (planned == NONE)
#else
        if
        :: isExpired -> noteReading()
        :: else
        fi
#endif
    }
}

/* Stands for: Remover.run, Remover.removeLoose, Pacer.sleep */
inline waitForGrace() { graceIsOver }

/* Where there is a backup the script looks once before, so that what is not as it was judged is not recorded; elsewhere what
 * this tells the removal itself tells.
 * Stands for: Remover.removeSessions, Remover.look */
inline readSession() {
    if
    :: session[sessionOf(planned)] == NONE -> hasEnded = true
    :: session[sessionOf(planned)] == LIVE -> stays = true; reach(RENEWED_SESSION_STAYED)
    :: session[sessionOf(planned)] == OLD
    fi
}

/* What goes with its session goes as it was a grace time before, too: a login may come back with the id of an expired session.
 * Stands for: Remover.removeSessions, Remover.removeAll */
inline waitBesideSession() {
#ifdef WITHOUT_GRACE_OF_EXPIRED
    atomic { planned = ANY }
#else
    atomic { readScores(); leaveIf(stays) }
    waitForGrace()
#endif
}

/* What is about to go is on disk before it goes, as it was just read. Of two records of one thing the first goes back, so
 * that what was recorded with its session goes late only as it was recorded.
 * Stands for: RemovalPreparation.read, Remover.record, RemovalItem.contentMark, RemovalJournal.record,
 * BackupWriter.commit */
inline copyAndRecord() {
    stays = false
#ifdef COPIES_WHOLE_KEYS
    copy = thing
#endif
#ifndef WITHOUT_BACKUP
    if
    :: recorded == NONE -> recorded = copied
#ifndef WITHOUT_COMPARING_RECORDS
    :: recorded != NONE && recorded != copied -> stays = true
#endif
    :: else
    fi
    if
    :: isExpired && !hasEnded -> recordedSession = OLD
    :: else
    fi
#endif
}

/* A session goes only as it was judged, by a script on its own node; a late one is as good as one in time. What hangs on it
 * goes in the next steps, or stays: with a session that was renewed, and where no answer tells.
 * Stands for: Remover.removeBatch, Remover.settleAttached, RemovalScript.run */
inline removeSession() {
    if
    :: session[sessionOf(planned)] == OLD ->
        endSession(planned)
        reach(EXPIRED_SESSION_REMOVED)
        if
        :: stays = false
        :: stays = true
        fi
    :: session[sessionOf(planned)] == LIVE -> stays = true; reach(RENEWED_SESSION_STAYED)
    :: session[sessionOf(planned)] == NONE -> hasEnded = true
    fi
}

/* That it was not there any more when it was read. */
#ifdef COPIES
#define isGone (copied == NONE)
#else
#define isGone false
#endif

/* A node out of reach cannot tell; what belongs to it stays.
 * Stands for: CrossSlotRemoval.remove, CrossSlotRemoval.look */
inline look() {
    if
    :: session[sessionOf(planned)] == NONE -> stays = false
    :: stays = true
    fi
}

/* Stands for: Remover.removeBatch, RemovalScript.run, ServerScript.append, RedisConnection.readClock, NodeClock.deadline */
inline sendRemoval() {
    atomic {
        removal = queued
        deadlineSet = true
        isAwaited = true
    }
}

/* Without an answer it may be out, and may yet go until the deadline has passed. What was late is sent once more, with
 * another deadline; the look was before, and the next one comes after.
 * Stands for: CrossSlotRemoval.remove, RemovalScript.run, RedisPipeline.outlastScripts, ClusterRedirect.follow,
 * ServerScript.run */
inline receiveRemoval() {
    atomic {
        do
        :: !isCut && removal == late && maySendAgain ->
            maySendAgain = false
            deadlinePassed = false
            removal = queued
        :: !isCut && removal != queued ->
            isDoubtful = (removal == removed)
            hasEnded = hasEnded || (removal == gone)
            break
        :: deadlinePassed -> isDoubtful = true; break
#ifdef WITHOUT_WAITING_FOR_DEADLINE
        :: isCut -> isDoubtful = true; break
#endif
        od
        isAwaited = false
        /* What does not matter any more is the same in all states; that keeps them few, here and in `finish`. */
        isCut = false
        mayCut = mayCut && (removal == gone)
        maySendAgain = true
        if
        :: removal != queued -> deadlineSet = false; deadlinePassed = false
        :: else
        fi
    }
}

/* What cannot be told goes back as well.
 * Stands for: CrossSlotRemoval.lookAgain */
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

/* Each try may be carried out late, or twice. Stands for: RedisPipeline.retry, CrossSlotRemoval.putBack */
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
        copy = NONE
        takesSession = false
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
    bool hasEnded = false
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
#ifdef INCLUDE_EXPIRED
        if
        :: isExpired ->
            waitBesideSession()
            atomic { readSession(); leaveIf(stays) }
            atomic { copyAndRecord() }
            if
            :: hasEnded
            :: else ->
#ifdef ACROSS_SLOTS
                atomic { removeSession(); leaveIf(stays) }
                if
                :: hasEnded
                :: else -> goto withoutSession
                fi
#else
                takesSession = true
                sendRemoval()
                atomic { receiveRemoval(); leaveIf(!hasEnded) }
                atomic { takesSession = false; removal = unsent }
#endif
            fi
            leaveIf(isGone)
        :: else
        fi
#endif
        atomic { readScores(); leaveIf(stays) }
        waitForGrace()
        atomic { copyAndRecord(); leaveIf(stays || isGone) }
#ifdef ACROSS_SLOTS
    withoutSession:
        atomic { look(); leaveIf(stays || isGone) }
        sendRemoval()
        atomic { receiveRemoval(); leaveIf(!isDoubtful) }
        atomic {
            lookAgain()
            if
            :: !mustReturn && removal == removed && isExpired && hasEnded -> reach(REMOVED_LATE)
            :: !mustReturn && removal == removed && isExpired && !hasEnded -> reach(REMOVED_AFTER_SESSION)
            :: else
            fi
            leaveIf(!mustReturn)
        }
        insist()
#else
        sendRemoval()
        atomic {
            receiveRemoval()
            if
            :: removal == removed && isExpired -> reach(REMOVED_LATE)
            :: else
            fi
        }
#endif
    finished:
        atomic {
            isOver = true
            finish()
            if
            :: !endedUnreached -> recorded = NONE; recordedSession = NONE; planned = (nothingUnderWay -> NONE : planned)
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
