// A lock: the contender with the lowest sequence number holds it, every other watches only the one before it.
#pragma once

#include "core/client/protected_create.h"

namespace vivarium::client {

struct Lock {
  enum class Phase : uint8_t {
    kIdle,
    kEntering,  // `node` is being created
    kListing,   // who is before us?
    kAsking,    // arming a watch on the one before us
    kWaiting,   // until that watch fires
    kHeld,      // as far as we know: while the client is not connected, the session may expire and another may hold it
    kAbandoning,  // released while entering: the node must be known before it can be deleted
    kReleasing,
    kReleased,
    kLost,    // the session ended, or someone deleted our node
    kFailed,  // refused: `error`
  };

  std::string path{};   // the parent of the contenders; must exist
  std::string owner{};  // unique among the clients that want this lock

  Phase phase = Phase::kIdle;
  ProtectedCreate node{};
  std::string predecessor{};  // absolute path; while asking and waiting
  Token awaited{};
  uint64_t entries = 0;  // times entered: each has a mark of its own
  wire::ErrorCode error{};

  void acquire(Now now, Client& client, Outbox& out);  // when nothing is under way
  void release(Now now, Client& client, Outbox& out);  // at any time: a lock that is waited for is given up
  bool step(const ClientEvent& event, Now now, Client& client, Outbox& out);

  bool resting() const { return phase == Phase::kIdle || phase >= Phase::kReleased; }
  // Grows from holder to holder: what is guarded by the lock can refuse a holder that lost it without knowing.
  int32_t fence() const { return sequence_of(node.name, node.prefix).value_or(0); }

  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(owner), VIV_FIELD(phase), VIV_FIELD(node), VIV_FIELD(predecessor),
            VIV_FIELD(awaited), VIV_FIELD(entries), VIV_FIELD(error))

 private:
  void on_node(Now now, Client& client, Outbox& out);
  void on_answer(const Completion& answer, Now now, Client& client, Outbox& out);
  void on_listed(const Completion& answer, Now now, Client& client, Outbox& out);
  void on_asked(const Completion& answer, Now now, Client& client, Outbox& out);
  void on_deleted(const Completion& answer, Now now, Client& client, Outbox& out);
  void list(Now now, Client& client, Outbox& out);
  void remove(Now now, Client& client, Outbox& out);
  void end(Phase how, wire::ErrorCode why);
  void end_with_session(wire::ErrorCode why);
};

}  // namespace vivarium::client
