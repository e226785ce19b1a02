// A small world for Peers alone: virtual time, FIFO streams with random latency, disks that are lists. It shares no
// code with the simulator, so that the two can contradict each other.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/zab/peer.h"

namespace vivarium::zab::testing {

struct NetOptions {
  Duration latency_min = microseconds(100), latency_max = milliseconds(2);
  Duration disk_min = microseconds(50), disk_max = milliseconds(5);
  uint64_t seed = 1;
};

class PeerNet {
 public:
  PeerNet(int servers, NetOptions options, std::function<void(Config&)> adjust = {});

  void start(Sid sid);
  void start_all();
  void kill(Sid sid);      // everything not durable is lost, its connections close
  void wipe(Sid sid);      // of a killed one
  void cut(Sid a, Sid b);  // bytes stall; heal() releases them in order
  void heal();
  // The quorum port of one hangs up on another, as a box between them might.
  void hang_up(Sid at, Sid on) { hangs_up_ = {at, on}; }
  void hang_up_no_more() { hangs_up_.reset(); }
  int64_t hung_up() const { return hung_up_; }  // times
  bool alive(Sid sid) const { return hosts_.at(sid).peer.has_value(); }
  Peer& peer(Sid sid) { return *hosts_.at(sid).peer; }

  // What a server has on disk, for tests that begin in the middle of a history.
  struct Disk {
    tree::State snapshot = tree::State::fresh();
    std::vector<log::Record> records;
    Epoch accepted, current;
    bool formatted = true;  // false: wiped, or new without being told that the ensemble is new
    int64_t snapshots = 1;
  };
  Disk& disk(Sid sid) { return hosts_.at(sid).disk; }

  void run_for(Duration d);
  // Runs until f() or the limit; false at the limit.
  bool run_until(const std::function<bool()>& f, Duration limit);
  std::optional<Sid> serving_leader() const;
  bool all_serve_one_leader() const;  // every living server, and their committed states are equal

  // A createSession transaction with this id, at the leader; false when there is none.
  bool propose(int64_t session);

  // Filled from outside the peers, after every step.
  const std::vector<std::string>& violations() const { return violations_; }
  const std::map<Epoch, Sid>& leaders() const { return leaders_; }
  const std::map<Zxid, Bytes>& delivered() const { return delivered_; }
  std::vector<SyncRow> sync_rows() const { return sync_rows_; }
  Time now() const { return now_; }
  std::string describe() const;

 private:
  struct Host {
    Config config;
    Disk disk;
    std::optional<Peer> peer;
    uint64_t life = 0;
    std::set<Listener> listening;
    Time woken = Time::never();
    uint64_t next_accepted = 2;
    std::map<ConnId, std::pair<Sid, ConnId>> peers_of;  // conn -> (other host, its conn)
    std::map<ConnId, Time> last_arrival;                // FIFO per outgoing stream
    std::array<Time, log::kQueues> disk_free{};
  };

  void at(Time t, std::function<void()> f);
  void input(Sid sid, PeerInput in);
  void perform(Sid sid, log::NodeOutbox& out);
  void connect(Sid from, const Connect& c);
  void send(Sid from, const Send& s);
  void close(Sid from, ConnId conn);
  void disk_operation(Sid sid, log::DiskOperation operation);
  std::optional<PeerInput> execute(Host& host, const log::DiskOperation& operation);
  void inspect(Sid sid);
  Duration between(Duration low, Duration high);
  Time arrival(Sid from, ConnId conn);

  NetOptions options_;
  Rng rng_;
  Time now_{0};
  uint64_t sequence_ = 0;
  std::map<std::pair<Time, uint64_t>, std::function<void()>> queue_;
  std::map<Sid, Host> hosts_;
  std::set<std::pair<Sid, Sid>> cuts_;
  struct Stalled {
    Sid from;
    ConnId conn;
    std::function<void()> deliver;
  };
  std::vector<Stalled> stalled_;
  std::vector<std::string> violations_;
  std::map<Epoch, Sid> leaders_;
  std::map<Zxid, Bytes> delivered_;
  std::map<Zxid, int64_t> digests_;
  std::vector<SyncRow> sync_rows_;
  std::optional<std::pair<Sid, Sid>> hangs_up_;
  int64_t hung_up_ = 0;
};

// A history of createSession transactions with these zxids, on top of a fresh state.
std::vector<log::Record> records_of(const std::vector<Zxid>& zxids);

}  // namespace vivarium::zab::testing
