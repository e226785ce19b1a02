#include "sim/broadcast_ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/near_end.h"

namespace vivarium::sim {

namespace {
// Proposals are remembered a good while after others have been committed, then forgotten: what is committed is known by
// itself.
constexpr size_t kProposalsKept = 10'000;
constexpr uint64_t kUnknownPayload = 0;  // of a transaction that came inside a snapshot
}  // namespace

const BroadcastLedger::Transaction* BroadcastLedger::find(Zxid zxid) const {
  const size_t at = place_near_end(committed_, zxid);
  return at < committed_.size() && committed_[at].zxid == zxid ? &committed_[at] : nullptr;
}

// ---- leaders

void BroadcastLedger::established(size_t server, Epoch epoch, Zxid has, int64_t tree_digest, Findings& findings) {
  const auto [known, fresh] = leaders_.emplace(epoch, server);
  if (!fresh && known->second != server) {
    findings.report(Check::kLeadership,
                    fmt::format("servers {} and {} both lead epoch {}", sid(known->second), sid(server), epoch));
  }
  // All of earlier epochs. A later epoch may have begun already: then this leader will find no quorum any more.
  const size_t earlier = place_near_end(committed_, Zxid(epoch, 0));
  if (earlier > 0 && has < committed_[earlier - 1].zxid) {
    findings.report(Check::kPrimaryIntegrity,
                    fmt::format("server {} leads epoch {} with history up to {}, but {} is committed", sid(server),
                                epoch, has, committed_[earlier - 1].zxid));
  }
  brought(has, tree_digest);
}

void BroadcastLedger::brought(Zxid has, int64_t tree_digest) {
  if (has.value <= 0 || (!committed_.empty() && committed_.back().zxid >= has)) return;
  holes_.push_back({committed_.empty() ? Zxid{} : committed_.back().zxid, has});
  committed_.push_back({has, kUnknownPayload, tree_digest});
}

void BroadcastLedger::proposed(size_t server, Zxid zxid, uint64_t payload_hash, Findings& findings) {
  const auto [known, fresh] = proposed_.emplace(zxid, payload_hash);
  if (!fresh && known->second != payload_hash) {
    findings.report(Check::kAgreement, fmt::format("server {} proposes another transaction at {}", sid(server), zxid));
  }
  const Transaction* committed = find(zxid);
  if (committed && committed->payload_hash != payload_hash) {
    findings.report(Check::kAgreement,
                    fmt::format("server {} proposes at {}, where another transaction is committed", sid(server), zxid));
  }
}

// ---- deliveries

void BroadcastLedger::started(size_t server) {
  servers_[server].delivered = Zxid{};
  servers_[server].announced = Zxid{};
}

void BroadcastLedger::announced(size_t server, Zxid zxid, Findings& findings) {
  Zxid& last = servers_[server].announced;
  if (zxid <= last) {
    const bool same_epoch = zxid.epoch() == last.epoch();
    findings.report(same_epoch ? Check::kLocalPrimaryOrder : Check::kGlobalPrimaryOrder,
                    fmt::format("server {} commits {} after {}", sid(server), zxid, last));
  }
  last = std::max(last, zxid);
}

bool BroadcastLedger::delivered(size_t server, const Transaction& transaction, Findings& findings) {
  const Zxid zxid = transaction.zxid;
  const Zxid before = servers_[server].delivered;
  servers_[server].delivered = zxid;
  const size_t place = place_near_end(committed_, zxid);
  if (place > 0 && committed_[place - 1].zxid > before) {
    findings.report(Check::kTotalOrder, fmt::format("server {} delivers {} after {}, without {}", sid(server), zxid,
                                                    before, committed_[place - 1].zxid));
  }
  if (place == committed_.size()) return first_to_deliver(server, transaction, findings);
  Transaction& known = committed_[place];
  if (known.zxid != zxid) {
    if (!in_a_hole(zxid)) {
      findings.report(Check::kPrefix,
                      fmt::format("server {} delivers {}, which the others went past without", sid(server), zxid));
      return false;
    }
    const auto proposal = proposed_.find(zxid);
    if (proposal == proposed_.end() || proposal->second != transaction.payload_hash) {
      findings.report(Check::kIntegrity,
                      fmt::format("server {} delivers at {} what was not proposed there", sid(server), zxid));
      return false;
    }
    committed_.insert(committed_.begin() + static_cast<std::ptrdiff_t>(place), transaction);
    return false;
  }
  if (known.payload_hash == kUnknownPayload) known.payload_hash = transaction.payload_hash;
  if (known.payload_hash != transaction.payload_hash)
    findings.report(Check::kAgreement, fmt::format("server {} delivers another transaction at {}", sid(server), zxid));
  if (known.tree_digest != transaction.tree_digest)
    findings.report(Check::kDigest, fmt::format("server {} has another tree at {}", sid(server), zxid));
  return false;
}

bool BroadcastLedger::first_to_deliver(size_t server, const Transaction& transaction, Findings& findings) {
  const Zxid zxid = transaction.zxid;
  const auto proposal = proposed_.find(zxid);
  if (proposal == proposed_.end()) {
    findings.report(Check::kIntegrity,
                    fmt::format("server {} delivers {}, which was never proposed", sid(server), zxid));
  } else if (proposal->second != transaction.payload_hash) {
    findings.report(Check::kIntegrity,
                    fmt::format("server {} delivers at {} what was not proposed there", sid(server), zxid));
  }
  if (!committed_.empty()) {
    const Zxid last = committed_.back().zxid;
    if (zxid.epoch() == last.epoch() && zxid != last.next()) {
      findings.report(Check::kLocalPrimaryOrder,
                      fmt::format("server {} delivers {} after {}", sid(server), zxid, last));
    }
  }
  committed_.push_back(transaction);
  while (proposed_.size() > kProposalsKept) proposed_.erase(proposed_.begin());
  return true;
}

bool BroadcastLedger::in_a_hole(Zxid zxid) const {
  return std::any_of(holes_.begin(), holes_.end(),
                     [&](const auto& hole) { return zxid > hole.first && zxid < hole.second; });
}

void BroadcastLedger::stands_at(size_t server, Zxid zxid, int64_t tree_digest, bool serving, Findings& findings) {
  const Transaction* known = find(zxid);
  if (known && known->tree_digest != tree_digest) {
    findings.report(Check::kDigest,
                    fmt::format("server {} at {} has digest {:x}, others have {:x}", sid(server), zxid,
                                static_cast<uint64_t>(tree_digest), static_cast<uint64_t>(known->tree_digest)));
  }
  if (!known && zxid.value > 0 && serving)
    findings.report(Check::kIntegrity,
                    fmt::format("server {} serves {}, which nobody has proposed", sid(server), zxid));
  // A server that cannot rebuild the point that its leader cuts it to begins again from nothing, without a vote; it
  // serves nobody then.
  Server& view = servers_[server];
  if (zxid < view.delivered) {
    if (serving) {
      findings.report(Check::kPrefix, fmt::format("server {} took {} back to {}", sid(server), view.delivered, zxid));
    }
    view.announced = std::min(view.announced, zxid);
  }
  view.delivered = zxid;
}

// ---- disks

void BroadcastLedger::durable_on(size_t server, Zxid zxid, const std::vector<size_t>& holders,
                                 Findings& findings) const {
  if (holders.size() * 2 > servers_.size()) return;
  std::string names;
  for (size_t holder : holders) names += fmt::format(" {}", sid(holder));
  findings.report(Check::kDurability, fmt::format("server {} commits {}, which is on {} of {} disks (of servers{})",
                                                  sid(server), zxid, holders.size(), servers_.size(), names));
}

void BroadcastLedger::epoch_file(size_t server, const char* name, Epoch now, Findings& findings) {
  Epoch& known = servers_[server].epochs[name];
  if (now < known) {
    findings.report(Check::kEpochFiles,
                    fmt::format("server {}: {} goes back from {} to {}", sid(server), name, known, now));
  }
  known = now;
}

// ---- ephemerals

std::optional<SessionId> dead_owner(const tree::State& state) {
  for (const auto& [session, paths] : state.ephemerals) {
    if (!state.sessions.contains(session)) return session;
  }
  return std::nullopt;
}

std::string misowned_ephemeral(const tree::State& state) {
  for (const auto& [path, node] : state.nodes) {
    const int64_t owner = node->stat.ephemeral_owner;
    if (!tree::owned_by_session(owner)) continue;
    const SessionId session{owner};
    const auto* owned = state.ephemerals.find(session);
    if (!state.sessions.contains(session))
      return fmt::format("{} outlives its session {:x}", path.view(), static_cast<uint64_t>(owner));
    if (!owned || !owned->contains(path))
      return fmt::format("session {:x} does not know of its {}", static_cast<uint64_t>(owner), path.view());
  }
  return "";
}

}  // namespace vivarium::sim
