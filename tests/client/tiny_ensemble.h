// A dumb twin of an ensemble: one tree in a map, changed at once, behind connections that are cut at any moment.
// What a client sent before a cut is either applied before the cut is seen or never, as ZooKeeper has it.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "core/client/client.h"

namespace vivarium::client {

class TinyEnsemble {
 public:
  struct Host {
    explicit Host(ClientConfig config) : client(std::move(config)) {}
    Client client;
    std::vector<ClientEvent> events;  // for the test to take
    std::optional<Connect> dialing;
    ConnId conn;
    bool greeted = false;  // the ConnectRequest has been answered
    wire::FrameDecoder from_client;
    std::vector<wire::OpCode> sent;  // all that was ever sent, for the test to judge
    std::deque<Bytes> to_client;
    std::set<std::string> data_watches, child_watches;
  };
  struct Node {
    std::string data;
    int32_t version = 0, children_ever = 0;
    SessionId owner;
  };

  TinyEnsemble(size_t clients, uint64_t seed);

  Now now;
  std::vector<Host> hosts;
  std::map<std::string, Node> tree{{"", {}}};
  std::set<SessionId> sessions;
  Zxid zxid;

  void act(Host& host, Outbox& out);  // performs what a step or a recipe gave
  void step(Host& host, const ClientInput& input);
  void tick(Host& host);
  // One thing that the world may do for this host; false when there is nothing of the kind.
  bool accept(Host& host);
  bool process(Host& host);  // its next frame
  bool deliver(Host& host);  // the next frame to it
  bool cut(Host& host);
  void expire(SessionId session);
  bool live(const Host& host) const { return sessions.contains(host.client.session()); }

 private:
  void greet(Host& host, const Bytes& frame);
  void answer(Host& host, const wire::RequestHeader& header, wire::JuteReader& body);
  wire::ErrorCode create(Host& host, wire::CreateRequest request, Bytes& path);
  wire::ErrorCode remove(const std::string& path, int32_t version);
  void fire(wire::WatchEventType type, const std::string& path, std::set<std::string> Host::*table);
  std::vector<Bytes> children(const std::string& path) const;
  static std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

  int64_t next_session_ = 1;
};

}  // namespace vivarium::client
