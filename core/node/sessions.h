// The leader's sessions: when each expires and which server owns it (facts 1.6).
#pragma once

#include <optional>

#include "core/base/persistent_map.h"
#include "core/wire/records.h"

namespace vivarium::node {

// Expiry goes by buckets of one tick on the steady clock (wall-clock jumps expired sessions: 2774, 1366):
// expires = (floor((now + timeout) / tick) + 1) * tick. A touch within the same bucket costs one look-up.
//
// A session is tracked from the moment its creation is proposed until its close is proposed. From then on it is
// closing: touches and revalidations find nothing, and prepare refuses its requests, for the State-after has no such
// session (1208).
class SessionTracker {
 public:
  struct Tracked {
    Time expires;
    std::optional<Sid> owner;  // nobody's until it is heard from under this leader
    bool operator==(const Tracked&) const = default;
    VIV_VISIT(VIV_FIELD(expires), VIV_FIELD(owner))
  };

  explicit SessionTracker(Duration tick = seconds(1)) : tick_(tick) {}

  // A new leader gives every session its full timeout: it cannot know when its predecessor last heard from it.
  void start(const PersistentMap<SessionId, int32_t>& sessions, Time now);
  void stop();

  void open(SessionId session, int32_t timeout_ms, Sid owner, Time now);
  void close(SessionId session);
  // False when the session is unknown or closing. Moves its expiry only forward: a touch that was long under way takes
  // nothing away.
  bool touch(SessionId session, int32_t timeout_ms, Time now);
  // Gives every session so much more, rounded up to ticks: time that the leader slept through counts for nobody.
  void postpone(Duration slept);
  // The session came to `server`. Gives the server that it moved away from, if any. The session must be tracked.
  std::optional<Sid> move(SessionId session, Sid server);
  // Whether `server` may write for the session: its owner may, anybody for a session that is not tracked (prepare
  // refuses those), and the first to write for a session that nobody owns becomes its owner.
  bool admits(SessionId session, Sid server);

  Time deadline() const;  // when the first session expires
  // The first session that has expired, which is then closing.
  std::optional<SessionId> take_expired(Time now);

  const Tracked* find(SessionId session) const { return sessions_.find(session); }
  const PersistentMap<SessionId, Tracked>& all() const { return sessions_; }
  VIV_VISIT(v("tick", self.tick_), v("sessions", self.sessions_), v("by_expiry", self.by_expiry_))

 private:
  Time bucket(Time now, int32_t timeout_ms) const;

  Duration tick_;
  PersistentMap<SessionId, Tracked> sessions_;
  PersistentSet<std::pair<Time, SessionId>> by_expiry_;
};

// Numbers for new sessions: server id in the top byte as upstream has it, below it what makes the id unique for ever. A
// reused id would hand one client's session to another, for the password follows from the id.
//
// The 56 bits count from the zxid (24 bits of epoch, 32 of counter) of the committed state that a server begins to
// serve from. No clock is needed: say it began at z and its n-th creation is confirmed to a client. Each of the n
// creations took a zxid of its own after z, and in this order, so id z + n <= the zxid of that creation. When the
// server begins to serve again, in this process or another, from this disk or a wiped one, all that was confirmed
// before is committed there: its z' >= that zxid >= every id confirmed before, and it counts from z' + 1. Ids that were
// asked for but never confirmed may come again; no client knows them.
//
// Server 255's have bit 55 set, too: without it the owner of an ephemeral would read as a time to live.
class SessionIds {
 public:
  void start(Zxid served_from);
  SessionId take(Sid server);
  VIV_VISIT(v("next", self.next_))

 private:
  uint64_t next_ = 1;
};

}  // namespace vivarium::node
