// ClientLedger: what one client is told, in the order in which it is told: replies in the order of its requests, and no
// reply older than one before it.
#pragma once

#include "core/client/event.h"
#include "sim/check.h"

namespace vivarium::sim {

class ClientLedger {
 public:
  explicit ClientLedger(uint32_t client = 0) : client_(client) {}
  void told(const client::ClientEvent& event, Findings& findings);
  // What the client itself believes after all that.
  void believes(SessionId session, Zxid last_zxid_seen, Findings& findings);

 private:
  void told(const client::Completion& completion, Findings& findings);
  void told(const client::SessionEvent& event, Findings& findings);

  uint32_t client_;
  Zxid last_zxid_seen_;  // of this session
  SessionId session_;
  uint64_t last_token_ = 0;
  uint64_t token_seq_ = 0, seen_seq_ = 0;  // of the records that showed them
};

}  // namespace vivarium::sim
