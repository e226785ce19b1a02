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

// ---- sides

TraceSide BroadcastLedger::now(size_t server, const Findings& findings, std::string says) {
  return {static_cast<ProcessId>(server), findings.here().seq, std::move(says)};
}
TraceSide BroadcastLedger::then(const Witness& witness, std::string says) {
  return {witness.process, witness.seq, std::move(says)};
}

// ---- leaders

void BroadcastLedger::established(size_t server, Epoch epoch, Zxid has, int64_t tree_digest, Findings& findings) {
  const auto self = static_cast<ProcessId>(server);
  const auto [known, fresh] = leaders_.emplace(epoch, Witness{self, findings.here().seq});
  if (!fresh && known->second.process != self) {
    findings.report(Check::kLeadership,
                    fmt::format("servers {} and {} both lead epoch {}", sid(known->second.process), sid(server), epoch),
                    {then(known->second, fmt::format("leads epoch {}", epoch)),
                     now(server, findings, fmt::format("leads epoch {}, too", epoch))});
  }
  // All of earlier epochs. A later epoch may have begun already: then this leader will find no quorum any more.
  const size_t earlier = place_near_end(committed_, Zxid(epoch, 0));
  if (earlier > 0 && has < committed_[earlier - 1].zxid) {
    const Transaction& missing = committed_[earlier - 1];
    findings.report(Check::kPrimaryIntegrity,
                    fmt::format("server {} leads epoch {} with history up to {}, but {} is committed", sid(server),
                                epoch, has, missing.zxid),
                    {then(missing.first, fmt::format("commits {}", missing.zxid)),
                     now(server, findings, fmt::format("leads epoch {} with history up to {}", epoch, has))});
  }
  brought(has, tree_digest);
}

void BroadcastLedger::brought(Zxid has, int64_t tree_digest) {
  if (has.value <= 0 || (!committed_.empty() && committed_.back().zxid >= has)) return;
  holes_.push_back({committed_.empty() ? Zxid{} : committed_.back().zxid, has});
  committed_.push_back({has, kUnknownPayload, tree_digest});
}

void BroadcastLedger::proposed(size_t server, Zxid zxid, uint64_t payload_hash, Findings& findings) {
  const Witness here{static_cast<ProcessId>(server), findings.here().seq};
  const auto [known, fresh] = proposed_.emplace(zxid, Proposed{payload_hash, here});
  const auto other = [&] { return now(server, findings, fmt::format("proposes another transaction at {}", zxid)); };
  if (!fresh && known->second.payload_hash != payload_hash) {
    findings.report(Check::kAgreement, fmt::format("server {} proposes another transaction at {}", sid(server), zxid),
                    {then(known->second.by, fmt::format("proposes {}", zxid)), other()});
  }
  const Transaction* committed = find(zxid);
  if (committed && committed->payload_hash != payload_hash) {
    findings.report(Check::kAgreement,
                    fmt::format("server {} proposes at {}, where another transaction is committed", sid(server), zxid),
                    {then(committed->first, fmt::format("commits {}", zxid)), other()});
  }
}

// ---- deliveries

void BroadcastLedger::started(size_t server) {
  servers_[server].delivered = Zxid{};
  servers_[server].announced = Zxid{};
}

void BroadcastLedger::announced(size_t server, Zxid zxid, Findings& findings) {
  Server& view = servers_[server];
  if (zxid <= view.announced) {
    const bool same_epoch = zxid.epoch() == view.announced.epoch();
    findings.report(
        same_epoch ? Check::kLocalPrimaryOrder : Check::kGlobalPrimaryOrder,
        fmt::format("server {} commits {} after {}", sid(server), zxid, view.announced),
        {then({static_cast<ProcessId>(server), view.announced_seq}, fmt::format("commits {}", view.announced)),
         now(server, findings, fmt::format("then commits {}", zxid))});
  }
  if (zxid > view.announced) view.announced_seq = findings.here().seq;
  view.announced = std::max(view.announced, zxid);
}

bool BroadcastLedger::delivered(size_t server, const Transaction& transaction, Findings& findings) {
  const Zxid zxid = transaction.zxid;
  const Zxid before = servers_[server].delivered;
  servers_[server].delivered = zxid;
  servers_[server].delivered_seq = findings.here().seq;
  const auto delivers = [&](const char* how) { return now(server, findings, fmt::format("delivers {}{}", zxid, how)); };
  const size_t place = place_near_end(committed_, zxid);
  if (place > 0 && committed_[place - 1].zxid > before) {
    const Transaction& left_out = committed_[place - 1];
    findings.report(Check::kTotalOrder,
                    fmt::format("server {} delivers {} after {}, without {}", sid(server), zxid, before, left_out.zxid),
                    {then(left_out.first, fmt::format("delivers {}", left_out.zxid)),
                     now(server, findings, fmt::format("delivers {} after {}", zxid, before))});
  }
  if (place == committed_.size()) return first_to_deliver(server, transaction, findings);
  Transaction& known = committed_[place];
  if (known.zxid != zxid) {
    if (!in_a_hole(zxid)) {
      findings.report(Check::kPrefix,
                      fmt::format("server {} delivers {}, which the others went past without", sid(server), zxid),
                      {then(known.first, fmt::format("delivers {}, without {}", known.zxid, zxid)), delivers("")});
      return false;
    }
    if (!was_proposed(transaction)) {
      report_unproposed(server, transaction, findings);
      return false;
    }
    committed_.insert(committed_.begin() + static_cast<std::ptrdiff_t>(place), transaction);
    return false;
  }
  if (known.payload_hash == kUnknownPayload) known.payload_hash = transaction.payload_hash;
  if (known.payload_hash != transaction.payload_hash) {
    findings.report(Check::kAgreement, fmt::format("server {} delivers another transaction at {}", sid(server), zxid),
                    {then(known.first, fmt::format("delivers {}", zxid)), delivers(": another transaction")});
  }
  if (known.tree_digest != transaction.tree_digest) {
    findings.report(Check::kDigest, fmt::format("server {} has another tree at {}", sid(server), zxid),
                    digests(server, known, transaction.tree_digest, findings));
  }
  return false;
}

std::vector<TraceSide> BroadcastLedger::digests(size_t server, const Transaction& known, int64_t tree_digest,
                                                const Findings& findings) {
  const auto says = [&](int64_t digest) {
    return fmt::format("at {} has digest {:x}", known.zxid, static_cast<uint64_t>(digest));
  };
  return {then(known.first, says(known.tree_digest)), now(server, findings, says(tree_digest))};
}

bool BroadcastLedger::was_proposed(const Transaction& transaction) const {
  const auto proposal = proposed_.find(transaction.zxid);
  return proposal != proposed_.end() && proposal->second.payload_hash == transaction.payload_hash;
}

void BroadcastLedger::report_unproposed(size_t server, const Transaction& transaction, Findings& findings) const {
  const Zxid zxid = transaction.zxid;
  const auto proposal = proposed_.find(zxid);
  std::vector<TraceSide> sides;
  if (proposal != proposed_.end())
    sides.push_back(then(proposal->second.by, fmt::format("proposes another transaction at {}", zxid)));
  sides.push_back(now(server, findings, fmt::format("delivers {}", zxid)));
  findings.report(Check::kIntegrity,
                  proposal == proposed_.end()
                      ? fmt::format("server {} delivers {}, which was never proposed", sid(server), zxid)
                      : fmt::format("server {} delivers at {} what was not proposed there", sid(server), zxid),
                  std::move(sides));
}

bool BroadcastLedger::first_to_deliver(size_t server, const Transaction& transaction, Findings& findings) {
  const Zxid zxid = transaction.zxid;
  if (!was_proposed(transaction)) report_unproposed(server, transaction, findings);
  if (!committed_.empty()) {
    const Transaction& last = committed_.back();
    if (zxid.epoch() == last.zxid.epoch() && zxid != last.zxid.next()) {
      findings.report(Check::kLocalPrimaryOrder,
                      fmt::format("server {} delivers {} after {}", sid(server), zxid, last.zxid),
                      {then(last.first, fmt::format("delivers {}", last.zxid)),
                       now(server, findings, fmt::format("delivers {} next", zxid))});
    }
  }
  committed_.push_back(transaction);
  committed_.back().first = {static_cast<ProcessId>(server), findings.here().seq};
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
                                static_cast<uint64_t>(tree_digest), static_cast<uint64_t>(known->tree_digest)),
                    digests(server, *known, tree_digest, findings));
  }
  if (!known && zxid.value > 0 && serving) {
    findings.report(Check::kIntegrity, fmt::format("server {} serves {}, which nobody has proposed", sid(server), zxid),
                    {now(server, findings, fmt::format("serves {}", zxid))});
  }
  // A server that cannot rebuild the point that its leader cuts it to begins again from nothing, without a vote; it
  // serves nobody then.
  Server& view = servers_[server];
  if (zxid < view.delivered) {
    if (serving) {
      findings.report(
          Check::kPrefix, fmt::format("server {} took {} back to {}", sid(server), view.delivered, zxid),
          {then({static_cast<ProcessId>(server), view.delivered_seq}, fmt::format("delivers {}", view.delivered)),
           now(server, findings, fmt::format("stands at {}", zxid))});
    }
    view.announced = std::min(view.announced, zxid);
  }
  view.delivered = zxid;
}

// ---- disks

void BroadcastLedger::durable_on(size_t server, Zxid zxid, const std::vector<size_t>& holders,
                                 const std::vector<Zxid>& newest, Findings& findings) const {
  if (holders.size() * 2 > servers_.size()) return;
  std::string names = holders.empty() ? "" : " (of servers";
  for (size_t holder : holders) names += fmt::format(" {}", sid(holder));
  if (!holders.empty()) names += ")";
  std::vector<TraceSide> sides = {now(server, findings, fmt::format("commits {}", zxid))};
  for (size_t one = 0; one < servers_.size(); ++one) {
    const bool holds = std::ranges::find(holders, one) != holders.end();
    sides.push_back({static_cast<ProcessId>(one), 0,
                     holds ? fmt::format("has {} on its disk", zxid)
                           : fmt::format("lacks {} on disk (last {})", zxid, newest[one])});
  }
  findings.report(Check::kDurability,
                  fmt::format("server {} commits {}, which is on {} of {} disks{}", sid(server), zxid,
                              holders.size(), servers_.size(), names),
                  std::move(sides));
}

void BroadcastLedger::epoch_file(size_t server, const char* name, Epoch now_is, Findings& findings) {
  auto& [known, seq] = servers_[server].epochs[name];
  if (now_is < known) {
    findings.report(Check::kEpochFiles,
                    fmt::format("server {}: {} goes back from {} to {}", sid(server), name, known, now_is),
                    {then({static_cast<ProcessId>(server), seq}, fmt::format("{} is {}", name, known)),
                     now(server, findings, fmt::format("{} is {}", name, now_is))});
  }
  known = now_is;
  seq = findings.here().seq;
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
