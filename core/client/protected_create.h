// A sequential node that is created once, even if the answer is lost: its name carries a mark of ours by which it is
// found again.
#pragma once

#include "core/client/recipe.h"

namespace vivarium::client {

struct ProtectedCreate {
  enum class Phase : uint8_t {
    kIdle,
    kCreating,
    kSyncing,
    kListing,  // the outcome is unknown: has it happened? Whatever we sent on the old connection is by now ordered
               // before our sync, or will be refused (SessionMoved), so what the listing does not show will never be.
    kCreated,  // `name` is ours
    kFailed,   // nothing was created, or it went with the session: `error`
  };

  std::string parent{};  // absolute path
  std::string mark{};    // unique to this node in all time and among all clients
  std::string prefix{};  // of the name, before the number
  wire::CreateMode mode = wire::CreateMode::kEphemeralSequential;
  Bytes data = Bytes::empty_value();

  Phase phase = Phase::kIdle;
  Token awaited{};
  std::string name{};  // below parent
  wire::ErrorCode error{};

  void start(Now now, Client& client, Outbox& out);
  bool step(const ClientEvent& event, Now now, Client& client, Outbox& out);
  std::string path() const { return parent + "/" + name; }

  VIV_VISIT(VIV_FIELD(parent), VIV_FIELD(mark), VIV_FIELD(prefix), VIV_FIELD(mode), VIV_FIELD(data), VIV_FIELD(phase),
            VIV_FIELD(awaited), VIV_FIELD(name), VIV_FIELD(error))

 private:
  std::string marked_prefix() const { return "_c_" + mark + "-" + prefix; }
  void sync(Now now, Client& client, Outbox& out);
  void on_created(const Completion& answer, Now now, Client& client, Outbox& out);
  void on_listed(const Completion& answer, Now now, Client& client, Outbox& out);
  void fail(wire::ErrorCode why);
};

}  // namespace vivarium::client
