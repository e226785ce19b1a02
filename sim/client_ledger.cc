#include "sim/client_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace vivarium::sim {

namespace {
// What the same client was told earlier.
TraceSide before(const Findings& findings, uint64_t seq, std::string says) {
  return {findings.here().process, seq, std::move(says)};
}
}  // namespace

void ClientLedger::told(const client::ClientEvent& event, Findings& findings) {
  if (const auto* completion = std::get_if<client::Completion>(&event)) return told(*completion, findings);
  if (const auto* session = std::get_if<client::SessionEvent>(&event)) return told(*session, findings);
}

void ClientLedger::told(const client::Completion& completion, Findings& findings) {
  if (completion.token.value <= last_token_) {
    findings.report(
        Check::kSessionOrder,
        fmt::format("client {}: request {} is answered after {}", client_, completion.token.value, last_token_),
        {before(findings, token_seq_, fmt::format("request {} is answered", last_token_)),
         findings.side(fmt::format("request {} is answered after it", completion.token.value))});
  }
  last_token_ = completion.token.value;
  token_seq_ = findings.here().seq;
  if (completion.zxid.value <= 0) return;
  if (completion.zxid < last_zxid_seen_) {
    findings.report(
        Check::kZxidSeen,
        fmt::format("client {} is answered from {} after it has seen {}", client_, completion.zxid, last_zxid_seen_),
        {before(findings, seen_seq_, fmt::format("has seen {}", last_zxid_seen_)),
         findings.side(fmt::format("is answered from {}", completion.zxid))});
  }
  if (completion.zxid > last_zxid_seen_) seen_seq_ = findings.here().seq;
  last_zxid_seen_ = std::max(last_zxid_seen_, completion.zxid);
}

// The client notices by itself what a server must never do, and leaves it; that it had to is a finding.
void ClientLedger::told(const client::SessionEvent& event, Findings& findings) {
  if (event.loss == client::Loss::kXidMismatch)
    findings.report(Check::kSessionOrder, fmt::format("client {} is answered what it did not ask next", client_),
                    {before(findings, token_seq_, fmt::format("request {} is answered", last_token_)),
                     findings.side("is answered what it did not ask next")});
  if (event.loss == client::Loss::kBadBytes)
    findings.report(Check::kSessionOrder, fmt::format("client {} cannot read what it is sent", client_),
                    {findings.side("is sent what it cannot read")});
  if (event.loss == client::Loss::kZxidWentBack) {
    findings.report(Check::kZxidSeen,
                    fmt::format("client {} is answered from before {}, which it has seen", client_, last_zxid_seen_),
                    {before(findings, seen_seq_, fmt::format("has seen {}", last_zxid_seen_)),
                     findings.side("is answered from before that")});
  }
  const bool lives =
      event.change == client::SessionChange::kConnected || event.change == client::SessionChange::kDisconnected;
  if (!lives) last_zxid_seen_ = Zxid{};
}

void ClientLedger::believes(SessionId session, Zxid last_zxid_seen, Findings& findings) {
  if (session == session_ && last_zxid_seen < last_zxid_seen_) {
    findings.report(Check::kZxidSeen,
                    fmt::format("client {} goes back from {} to {}", client_, last_zxid_seen_, last_zxid_seen),
                    {before(findings, seen_seq_, fmt::format("has seen {}", last_zxid_seen_)),
                     findings.side(fmt::format("believes in {}", last_zxid_seen))});
  }
  session_ = session;
}

}  // namespace vivarium::sim
