// Real nodes joined by a perfect network, with disks that answer at once: a host of a hundred lines, for tests of the
// node room. Everything that is due at one moment is delivered in order; time moves only when nothing is left to
// deliver.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "core/node/node.h"

namespace vivarium::node {

// The client's end of a connection.
struct Wire {
  int64_t server = 0;
  ConnId conn;
  Bytes received = Bytes::empty_value();  // not taken yet
  bool closed = false;                    // by the server
  bool reading = true;                    // whether the server reads
  size_t sends = 0;
};

struct Reply {
  wire::ReplyHeader header;
  Bytes body;
};

class Ensemble {
 public:
  using Tweak = std::function<void(NodeConfig&)>;
  explicit Ensemble(
      int64_t servers, const Tweak& tweak = [](NodeConfig&) {});

  Node& node(int64_t server = 1) { return *hosts_.at(server).node; }
  Now now() const { return {now_, kWallStart + now_.ns / 1'000'000}; }
  int64_t leader() const;  // 0: none serves
  bool all_serve() const;

  void settle();                // delivers what is under way, without time passing
  void advance(Duration time);  // with the ticks that fall due
  bool advance_until(const std::function<bool()>& condition, Duration limit);

  void sleep(Duration time) { now_ = now_ + time; }  // all servers at once: nobody is woken meanwhile

  // Disk answers of a server wait while its disk is held.
  void hold_disk(int64_t server) { hosts_.at(server).disk_held = true; }
  void release_disk(int64_t server);
  void kill(int64_t server);  // connections break, what it had is gone
  void give(int64_t server, NodeInput input);

  // ---- a client's side ----
  Wire& dial(int64_t server = 1, const std::string& from = "10.1.1.1");
  void send(Wire& wire, const Bytes& bytes);
  void hang_up(Wire& wire);
  // The next whole frame, its length taken off; nullopt when there is none.
  static std::optional<Bytes> take_frame(Wire& wire);
  static Reply take_reply(Wire& wire);  // must be there

  const std::vector<Note>& notes(int64_t server) const { return hosts_.at(server).notes; }
  const std::vector<Listen>& listens(int64_t server) const { return hosts_.at(server).listens; }
  const std::vector<Send>& client_sends(int64_t server) const { return hosts_.at(server).client_sends; }
  // What came in on connections between servers: through doors of this kind, or at those who dialled them. One string
  // for each connection, from the last forget_traffic() on.
  std::vector<std::string> heard(Listener listener, bool at_the_door) const;
  void forget_traffic() { traffic_.clear(); }
  std::optional<Stop> stopped(int64_t server) const { return hosts_.at(server).stop; }

 private:
  static constexpr int64_t kWallStart = 1'700'000'000'000;
  struct End {
    int64_t server;
    ConnId conn;
    auto operator<=>(const End&) const = default;
  };
  struct Host {
    std::unique_ptr<Node> node;
    uint64_t next_conn = 2;
    bool disk_held = false;
    std::vector<log::Durable> held;
    std::map<Listener, Address> doors;
    std::vector<Note> notes;
    std::vector<Listen> listens;
    std::vector<Send> client_sends;
    std::optional<Stop> stop;
  };
  void step(int64_t server, const NodeInput& input);
  void perform(int64_t server, const NetworkOutput& output);
  void perform(int64_t server, const log::DiskOperation& operation);
  void connect(int64_t server, const Connect& dialled);
  void close(const End& end);
  Time next_deadline() const;

  Time now_{};
  std::map<int64_t, Host> hosts_;
  std::map<End, End> links_;                    // between servers, both ways
  std::map<End, Listener> dialled_;             // of both ends: the kind of door that was dialled
  std::map<End, std::string> traffic_;          // by the end that heard it
  std::map<End, std::unique_ptr<Wire>> wires_;  // from clients
  std::deque<std::pair<int64_t, NodeInput>> under_way_;
};

// A client with a session: numbers its requests, asks one thing at a time or many.
struct Session {
  Ensemble& ensemble;
  Wire* wire;
  SessionId id;
  Bytes password;
  int32_t timeout_ms = 0;
  int32_t xid = 0;

  // A new session, or `old` again at another connection.
  static Session open(Ensemble& ensemble, int64_t server = 1, int32_t timeout_ms = 10'000,
                      const Session* old = nullptr);
  template <class Body>
  int32_t post(wire::OpCode type, const Body& body) {
    return post_raw(type, wire::encode(body));
  }
  int32_t post_raw(wire::OpCode type, const Bytes& body);
  template <class Body>
  Reply call(wire::OpCode type, const Body& body) {
    return call_raw(type, wire::encode(body));
  }
  Reply call_raw(wire::OpCode type, const Bytes& body);
  Reply create(const std::string& path, const std::string& data = "", int32_t flags = 0,
               wire::AclList acl = wire::world_anyone_all());
  Reply reply() { return Ensemble::take_reply(*wire); }
};

Bytes connect_frame(const wire::ConnectRequest& request);
wire::ConnectResponse connect_response(const Bytes& frame);

}  // namespace vivarium::node
