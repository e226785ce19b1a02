// The network is TCP as it is: byte streams between processes.
//
// - Bytes of one direction arrive in order, cut anywhere, or the stream ends. Sends of one step to one connection are
// one segment;
//   segments that follow each other closely may be read as one.
// - A cut (per directed pair of hosts) stalls bytes and releases them in order when it heals. Bytes that stay
// unacknowledged
//   for the retransmission timeout end the connection at the sender's side only: half-open is normal.
// - A lost segment is sent again, after a pause that doubles, and what was sent behind it waits.
// - FIN travels behind the data and is sent again like data; RST is sent once, and lost in a cut.
// - Connecting takes a round trip; nobody listens: refused; into a cut or to a host without power: times out.
// - A process that dies leaves its kernel behind, which closes its connections; a host without power says nothing, and
// once it
//   is up again answers what still comes for old connections with RST.
//
// It knows processes as numbers only: whoever drives it hands each due event to handle() and passes on what comes out.
#pragma once

#include <optional>
#include <vector>

#include "core/base/cow.h"
#include "core/base/step.h"
#include "sim/connection.h"
#include "sim/links.h"

namespace vivarium::sim {

struct NetworkOptions {
  LinkOptions link;
  LinkOptions loopback{constant(microseconds(10)), 0, 0};
  Duration retransmit_timeout = seconds(15);  // a sender gives up
  Duration retransmit_max =
      milliseconds(500);  // after a heal, bytes leave at the next retransmission: at most so much later
  // Linux: after 200 ms and a round trip when nothing came behind it that would tell sooner; a SYN after a second.
  Duration resend_after = milliseconds(200), resend_syn_after = seconds(1);
  uint64_t coalesce_ppb = 50'000'000;             // a read waits for the next segment, if one is on its way
  uint64_t split_ppb = 10'000'000;                // a read ends at an arbitrary byte
  Duration coalesce_gap_max = microseconds(200);  // but not for longer
  Duration split_gap_max = microseconds(100);     // until the rest is read
  int64_t read_bytes_max = 64 << 10;
  int64_t buffer_bytes = 512 << 10;  // what the two kernels hold: a Send has "left the process" once it fits
};

// What a due event gives to one process.
struct Delivery {
  enum class Kind : uint8_t { kAccepted, kConnected, kReceived, kSent, kClosed };
  Kind kind{};
  ProcessId process = kNoProcess;
  ConnId conn;
  uint64_t stream = 0;  // 2 * serial of the connection + direction of these bytes
  uint64_t cause = 0;
  // Received
  Bytes bytes;
  uint64_t offset = 0;  // of the first byte in its stream
  Label label = Label::kNone;
  Zxid zxid;  // of the first Send in it
  // Accepted
  Listener listener{};
  Address peer;
  ProcessId peer_process = kNoProcess;
  // Closed
  CloseReason reason{};
};

struct NetworkCounters {
  uint64_t reads = 0, split_reads = 0, bytes = 0, segments = 0, dials = 0, resets = 0, timeouts = 0, refused = 0;
};

class Network {
 public:
  explicit Network(NetworkOptions options = {});

  HostId add_host(std::string name);
  ProcessId add_process(HostId host);  // numbers ascend from 0
  const Links& links() const { return *links_; }
  HostId host_of(ProcessId process) const { return processes_[process].host; }
  const NetworkCounters& counters() const { return counters_; }

  // ---- what a process asks for
  [[nodiscard]] bool listen(ProcessId process, Listener listener, const Address& address);  // false: the port is taken
  void unlisten(ProcessId process, Listener listener);
  void dial(Schedule& schedule, ProcessId process, ConnId conn, const Address& address, Duration timeout);
  struct Placed {
    uint64_t stream, offset;
  };
  Placed send(Schedule& schedule, ProcessId process, const Send& send, uint64_t seq);  // seq: of the send's record
  void set_reading(Schedule& schedule, ProcessId process, ConnId conn, bool on);
  void close(Schedule& schedule, ProcessId process, ConnId conn);

  // ---- what is due (kinds kSyn to kSent). False: nothing for any process.
  [[nodiscard]] bool handle(Schedule& schedule, const Event& event, Delivery& out);

  // ---- what happens to processes
  void process_died(Schedule& schedule, ProcessId process);  // its kernel closes what it had
  void power_lost(Schedule& schedule, HostId host);          // with all its processes
  void power_back(Schedule& schedule, HostId host);
  void pause(ProcessId process);
  void resume(Schedule& schedule, ProcessId process);
  bool paused(ProcessId process) const { return processes_[process].paused; }
  void wait(ProcessId process, const Event& event) {
    processes_[process].waiting.push_back(event);
  }  // due again when it resumes

  // ---- faults of the network; cuts are directed and counted
  void cut(HostId from, HostId to) { links_.mut().add_cut(from, to); }
  void heal(Schedule& schedule, HostId from, HostId to);
  void set_link(HostId from, HostId to, const LinkOptions& options) { links_.mut().set_options(from, to, options); }
  void reset_link(HostId from, HostId to) { links_.mut().reset_options(from, to); }
  void set_refusing(HostId host, bool on) { links_.mut().set_refusing(host, on); }
  int reset_connections(Schedule& schedule, HostId a, HostId b);  // both ends learn it at once; how many there were

  // ---- for observers
  struct OpenConnection {
    ProcessId process;
    ConnId conn;
    ProcessId peer;
    ConnId peer_conn;
    uint64_t stream;
  };
  std::vector<OpenConnection> open_connections(ProcessId process) const;
  // The process at the other end; kNoProcess when there is no such connection.
  ProcessId peer_of(ProcessId process, ConnId conn) const;
  bool idle() const;                                                         // nothing is on its way
  size_t connections() const { return connections_.size() - free_.size(); }  // that at least one kernel remembers

 private:
  struct TableEntry {
    ConnId conn;
    uint32_t slot;
    uint8_t end;
  };
  struct Process {
    HostId host;
    bool paused = false;
    uint64_t next_accepted = 2;
    std::vector<TableEntry> table;  // ascending by conn
    std::vector<Event> waiting;     // while paused
  };
  struct Port {
    HostId host;
    uint16_t port;
    ProcessId process;
    Listener listener;
  };
  struct Place {
    uint32_t slot;
    uint8_t end;
  };

  const TableEntry* find(ProcessId process, ConnId conn) const;
  void enter(ProcessId process, ConnId conn, uint32_t slot, uint8_t end);
  void leave(const End& end);
  Connection& open(uint32_t slot) { return connections_[slot].mut(); }
  uint32_t new_connection();
  void free_if_over(uint32_t slot);
  const Port* port_at(HostId host, uint16_t port) const;

  Duration latency(Schedule& schedule, HostId from, HostId to, Subsystem subsystem, Question question) const;
  Duration handshake_latency(Schedule& schedule, HostId from, HostId to) const;
  bool lost(Schedule& schedule, HostId from, HostId to) const;
  Duration resending(Schedule& schedule, HostId from, HostId to, Duration first) const;
  const LinkOptions& link(HostId from, HostId to) const {
    return from == to ? options_.loopback : links_->options(from, to);
  }
  Event due(DueKind kind, uint32_t slot, int direction, uint64_t cause) const;
  void arm(Schedule& schedule, uint32_t slot, Connection& connection, int direction);
  void stall(Schedule& schedule, uint32_t slot, Connection& connection, int direction);
  void watch_acknowledgements(Schedule& schedule, uint32_t slot, Connection& connection, int direction);
  void release(Schedule& schedule, uint32_t slot, Connection& connection, int direction);
  enum class Again : uint8_t { kNever, kUntilItArrives };  // whether a lost segment is sent again
  Time next_arrival(Schedule& schedule, const Connection& connection, int direction, size_t bytes,
                    Again again = Again::kUntilItArrives) const;
  void send_mark(Schedule& schedule, uint32_t slot, Connection& connection, int direction, Part::Kind kind);
  void send_reset(Schedule& schedule, uint32_t slot, Connection& connection, int direction);
  void discard_at_gone_end(Schedule& schedule, uint32_t slot, Connection& connection, int direction);
  void close_ports(ProcessId process);
  void lose_power(Schedule& schedule, Connection& connection, int end);
  void resume_stalled(Schedule& schedule, HostId from, HostId to);

  bool on_syn(Schedule& schedule, const Event& event);
  bool on_syn_answer(Schedule& schedule, const Event& event, Delivery& out);
  bool on_dial_failed(Schedule& schedule, const Event& event, Delivery& out);
  bool on_arrival(Schedule& schedule, const Event& event, Delivery& out);
  bool on_open(Schedule& schedule, uint32_t slot, Connection& connection, Delivery& out);
  bool on_end_mark(Schedule& schedule, uint32_t slot, Connection& connection, int direction, Delivery& out);
  bool on_data(Schedule& schedule, uint32_t slot, Connection& connection, int direction, Delivery& out);
  bool on_reset(Schedule& schedule, const Event& event);
  bool on_retransmit_timeout(Schedule& schedule, const Event& event, Delivery& out);
  bool on_sent(const Event& event, Delivery& out);
  bool close_end(uint32_t slot, Connection& connection, int end, CloseReason reason, uint64_t cause, Delivery& out);
  Bytes take(Pipe& pipe, size_t size) const;
  void notify_sent(Schedule& schedule, uint32_t slot, Pipe& pipe, int direction);
  ProcessId receiver(const Event& event) const;
  static constexpr bool lives(const End& end) {
    return end.state == EndState::kOpen || end.state == EndState::kDialing;
  }

  NetworkOptions options_;
  Cow<Links> links_;
  std::vector<Process> processes_;
  std::vector<Port> ports_;  // few; in the order of binding
  std::vector<Cow<Connection>> connections_;
  std::vector<uint32_t> free_;
  uint64_t next_serial_ = 1;
  uint16_t next_port_ = 40'000;  // of dialers
  NetworkCounters counters_;
};

}  // namespace vivarium::sim
