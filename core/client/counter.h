// A number in one node, as decimal text, changed by comparing versions.
#pragma once

#include "core/client/recipe.h"

namespace vivarium::client {

struct Counter {
  enum class Phase : uint8_t { kIdle, kReading, kWriting, kDone };

  std::string path{};  // the first add creates the node; its parent must exist

  Phase phase = Phase::kIdle;
  Token awaited{};
  int64_t delta = 0;
  int64_t value = 0;      // when done and kOk, what this add made of it
  uint32_t attempts = 0;  // writes submitted for this add
  // When done. kUnknown: the add has happened, may yet, or never will; it is not attempted again, lest it count twice.
  Outcome outcome{};
  wire::ErrorCode error{};
  Zxid zxid{};

  void add(int64_t amount, Now now, Client& client, Outbox& out);  // when nothing is under way
  bool step(const ClientEvent& event, Now now, Client& client, Outbox& out);

  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(phase), VIV_FIELD(awaited), VIV_FIELD(delta), VIV_FIELD(value),
            VIV_FIELD(attempts), VIV_FIELD(outcome), VIV_FIELD(error), VIV_FIELD(zxid))

 private:
  void read(Now now, Client& client, Outbox& out);
  void on_read(const Completion& answer, Now now, Client& client, Outbox& out);
  void on_written(const Completion& answer, Now now, Client& client, Outbox& out);
  void write(const Request& request, Now now, Client& client, Outbox& out);
  void done(Outcome how, wire::ErrorCode why);
};

}  // namespace vivarium::client
