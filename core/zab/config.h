// What a server knows of its ensemble when it starts: the addresses and the limits of zoo.cfg (facts 1.11).
#pragma once

#include <map>
#include <optional>

#include "core/base/step.h"
#include "core/base/visit.h"
#include "core/wire/records.h"

namespace vivarium::zab {

struct ServerSpec {
  Address quorum, election, client;
  bool participant = true;  // false: observer
  VIV_VISIT(VIV_FIELD(quorum), VIV_FIELD(election), VIV_FIELD(client), VIV_FIELD(participant))
};

struct Config {
  Sid self{1};
  std::string membership;  // the text of /zookeeper/config, from our own zoo.cfg; empty: what is in the tree stays
  std::map<Sid, ServerSpec> servers;  // one participant alone = standalone: same code, no links
  Duration tick = milliseconds(2000);
  int32_t init_limit = 10, sync_limit = 5;        // ticks
  int32_t connect_limit = 0;                      // ticks: to reach an elected leader; 0: initLimit
  Duration redial_delay = milliseconds(100);      // leaderConnectDelayDuringRetryMs
  std::optional<Duration> epoch_wait;             // leader.maxTimeToWaitForEpoch; none: initLimit
  bool listen_on_all = false;                     // quorumListenOnAllIPs
  int32_t bind_attempts = 3;                      // electionPortBindRetry; 0: for ever
  Duration connect_timeout = milliseconds(5000);  // cnxTimeout
  Duration finalize_wait = milliseconds(200);
  bool decide_when_unanimous = false;  // the wait ends when every voter agrees that is not known to be down
  Duration notification_interval_min = milliseconds(200), notification_interval_max = milliseconds(60000);
  int64_t window = 500;  // commitLogCount: committed transactions kept for DIFF
  // Of the log on disk DIFF may send this much (payloads; what is in the window counts for nothing); more means SNAP.
  // 0: never from disk.
  int64_t log_sync_bytes_max = 16 << 20;
  int64_t group_commit_max = INT64_MAX;   // transactions that share one sync of the log
  int64_t snap_count = 100000;            // a snapshot every random(n/2..n) transactions
  int64_t snap_bytes = int64_t{4} << 30;  // and whenever so much was logged, drawn likewise; 0: no matter how much
  int64_t log_file_bytes = 0;             // a log of this size is followed by a new one; 0: snapshots alone end one
  // Old snapshots and logs are removed after a snapshot, at most once in this time; 0: after each; none: never.
  std::optional<Duration> purge_interval = Duration{};
  int32_t snap_retain = 3;
  bool digest = true;
  bool extended_types = false;  // extendedTypesEnabled: a leader takes nodes with a time to live
  bool enforce_quota = false;   // enforceQuota: a leader refuses what exceeds hard limits
  bool force_snap = false;      // every learner gets SNAP
  // More than one preallocation. With less space left a leader refuses writes, and keeps reading; with less than half
  // of it a follower leaves its leader, which had more and went on. So where all disks fill alike, reads go on
  // everywhere.
  int64_t disk_reserve_bytes = 128 << 20;
  int64_t initial_counter = 0;  // testing: the first epoch's counter starts here (testingonly.initialZxid)

  // Where a server listens that others reach at `address`.
  Address door(const Address& address) const { return listen_on_all ? Address{"", address.port} : address; }
  bool voter(Sid sid) const {
    auto it = servers.find(sid);
    return it != servers.end() && it->second.participant;
  }
  VIV_VISIT(VIV_FIELD(self), VIV_FIELD(membership), VIV_FIELD(servers), VIV_FIELD(tick), VIV_FIELD(init_limit),
            VIV_FIELD(sync_limit), VIV_FIELD(connect_limit), VIV_FIELD(redial_delay), VIV_FIELD(epoch_wait),
            VIV_FIELD(listen_on_all), VIV_FIELD(bind_attempts), VIV_FIELD(connect_timeout), VIV_FIELD(finalize_wait),
            VIV_FIELD(decide_when_unanimous), VIV_FIELD(notification_interval_min),
            VIV_FIELD(notification_interval_max), VIV_FIELD(window), VIV_FIELD(log_sync_bytes_max),
            VIV_FIELD(group_commit_max), VIV_FIELD(snap_count), VIV_FIELD(snap_bytes), VIV_FIELD(log_file_bytes),
            VIV_FIELD(purge_interval), VIV_FIELD(snap_retain), VIV_FIELD(digest), VIV_FIELD(extended_types),
            VIV_FIELD(enforce_quota), VIV_FIELD(force_snap), VIV_FIELD(disk_reserve_bytes), VIV_FIELD(initial_counter))
};

}  // namespace vivarium::zab
