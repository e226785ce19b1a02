// Names that nobody else ever gets: a server numbers them.
#pragma once

#include "core/client/recipe.h"

namespace vivarium::client {

struct UniqueNames {
  enum class Phase : uint8_t { kIdle, kCreating, kDone };

  std::string prefix{};  // absolute path up to the number; its parent must exist

  Phase phase = Phase::kIdle;
  Token awaited{};
  std::string name{};  // when done and kOk: absolute path
  // When done. kUnknown: a name may have been taken that nobody will ever hear of; asking again is safe.
  Outcome outcome{};
  wire::ErrorCode error{};
  Zxid zxid{};

  void take(Now now, Client& client, Outbox& out);  // when nothing is under way
  bool step(const ClientEvent& event, Now now, Client& client, Outbox& out);

  VIV_VISIT(VIV_FIELD(prefix), VIV_FIELD(phase), VIV_FIELD(awaited), VIV_FIELD(name), VIV_FIELD(outcome),
            VIV_FIELD(error), VIV_FIELD(zxid))
};

}  // namespace vivarium::client
