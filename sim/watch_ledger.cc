#include "sim/watch_ledger.h"

#include <fmt/format.h>

namespace vivarium::sim {

using wire::WatchEventType;

namespace {
Zxid latest(WatchLedger::Kind kind, const wire::Stat& stat) {
  return kind == WatchLedger::Kind::kData ? stat.mzxid : stat.pzxid;
}
}  // namespace

void WatchLedger::armed(Kind kind, const std::string& path, const wire::Stat* stat, Zxid as_of, uint64_t seq) {
  armed_[{path, kind}] = stat ? Seen{latest(kind, *stat), true, seq} : Seen{as_of, false, seq};
}

// The zxid of a change that the watch must have announced; 0 where the node is gone.
std::optional<Zxid> WatchLedger::change_since(Kind kind, const Seen& seen, const wire::Stat* stat) {
  if (!stat) return seen.exists ? std::optional(Zxid{}) : std::nullopt;
  return latest(kind, *stat) > seen.zxid ? std::optional(latest(kind, *stat)) : std::nullopt;
}

void WatchLedger::shown(const std::string& path, const wire::Stat* stat, Findings& findings) const {
  for (Kind kind : {Kind::kData, Kind::kChildren}) {
    const auto found = armed_.find({path, kind});
    if (found == armed_.end()) continue;
    const auto change = change_since(kind, found->second, stat);
    if (!change) continue;
    findings.report(
        Check::kWatchOrder,
        stat ? fmt::format("actor {} is answered on {} as of {} before the event that announces it; it "
                           "watches since {}",
                           actor_, path, *change, found->second.zxid)
             : fmt::format("actor {} is answered that {} is gone before the event that announces it; it "
                           "watches since {}",
                           actor_, path, found->second.zxid),
        {{findings.here().process, found->second.seq, fmt::format("watches {} since {}", path, found->second.zxid)},
         findings.side(stat ? fmt::format("is answered on {} as of {}, and no event came", path, *change)
                            : fmt::format("is answered that {} is gone, and no event came", path))});
  }
}

bool WatchLedger::wants(const client::WatchEvent& event) const {
  const bool data = armed_.contains({event.path, Kind::kData});
  const bool children = armed_.contains({event.path, Kind::kChildren});
  if (event.type == WatchEventType::kNodeDeleted) return data || children;
  return event.type == WatchEventType::kNodeChildrenChanged ? children : data;
}

void WatchLedger::told(const client::WatchEvent& event, Findings& findings) {
  const bool data = armed_.contains({event.path, Kind::kData});
  if (!wants(event)) {
    return findings.report(Check::kWatchOnce,
                           fmt::format("actor {} is told of {}, where it has no watch", actor_, event.path),
                           {findings.side(fmt::format("is told of {}, where it has no watch", event.path))});
  }
  // A deletion spends both watches with one event; but the answer to setWatches, which names no transaction, tells of
  // each.
  const bool replayed = event.zxid.value < 0;
  const bool deleted = event.type == WatchEventType::kNodeDeleted;
  if (event.type != WatchEventType::kNodeChildrenChanged) armed_.erase({event.path, Kind::kData});
  if (event.type == WatchEventType::kNodeChildrenChanged || (deleted && !(replayed && data)))
    armed_.erase({event.path, Kind::kChildren});
}

void WatchLedger::missed(const Armed& watch, const wire::Stat* stat, Findings& findings) const {
  const auto change = change_since(watch.kind, {watch.seen, watch.exists, watch.seq}, stat);
  if (!change) return;
  findings.report(
      Check::kWatchMissed,
      fmt::format("actor {} watches {} since {} and was not told of the change", actor_, watch.path, watch.seen),
      {{findings.here().process, watch.seq, fmt::format("watches {} since {}", watch.path, watch.seen)},
       {findings.here().process, 0,
        stat ? fmt::format("was not told that {} changed at {}", watch.path, *change)
             : fmt::format("was not told that {} is gone", watch.path)}});
}

std::vector<WatchLedger::Armed> WatchLedger::all() const {
  std::vector<Armed> out;
  for (const auto& [key, seen] : armed_) out.push_back({key.second, key.first, seen.zxid, seen.exists, seen.seq});
  return out;
}

}  // namespace vivarium::sim
