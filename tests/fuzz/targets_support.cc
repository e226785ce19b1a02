#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "core/client/request.h"
#include "core/log/formats.h"
#include "core/log/log_parser.h"
#include "core/log/snapshot_format.h"
#include "core/node/zoo_cfg.h"
#include "core/wire/election.h"
#include "core/wire/packets.h"
#include "sim/scenario_reader.h"
#include "tests/fuzz/lone_node.h"
#include "tests/node/ensemble.h"

namespace vivarium::fuzz {

namespace {

constexpr ConnId kStranger{1'000'000};

// Bytes as servers send them to each other, one string for each connection.
struct Traffic {
  std::vector<std::string> election, of_learners, of_the_leader;
  void take(const node::Ensemble& ensemble) {
    const auto add = [&](std::vector<std::string>& into, Listener listener, bool at_the_door) {
      for (std::string& heard : ensemble.heard(listener, at_the_door)) into.push_back(std::move(heard));
    };
    add(election, Listener::kElection, true);
    add(election, Listener::kElection, false);
    add(of_learners, Listener::kQuorum, true);
    add(of_the_leader, Listener::kQuorum, false);
  }
};

// Made once: one server that serves alone, the leader and a follower of an ensemble of three, one that has just found
// its leader, and what the three said to each other while they began and while a client worked.
struct Prototypes {
  Prototypes() : alone(1), three(3) {
    node::Session session = node::Session::open(alone);
    session.create("/a", "data");
    three.advance_until([this] { return three.all_serve(); }, seconds(60));
    beginning.take(three);
    three.forget_traffic();
    work();
    working.take(three);
    everything_of_the_leader();
  }
  // Through a follower, so that all of it is forwarded, proposed, acknowledged and committed.
  void work() {
    node::Session session = node::Session::open(three, three.leader() == 1 ? 2 : 1);
    for (int i = 0; i < 8; ++i) session.create(fmt::format("/n{}", i), std::string(20, 'x'), i % 2);
    session.call(wire::OpCode::kSync, wire::PathRequest{Bytes("/")});
    session.call(wire::OpCode::kDelete, wire::DeleteRequest{Bytes("/n0"), -1});
    three.advance(seconds(3));
    session.post_raw(wire::OpCode::kCloseSession, Bytes::empty_value());
    three.settle();
  }
  void everything_of_the_leader() {
    for (size_t i = 0; i < beginning.of_the_leader.size(); ++i)
      to_a_newcomer.push_back(beginning.of_the_leader[i] + working.of_the_leader.at(i));
  }
  LoneNode standalone() { return {alone.node(1), alone.now()}; }
  LoneNode leader() { return {three.node(three.leader()), three.now()}; }
  LoneNode follower() { return {three.node(three.leader() == 1 ? 2 : 1), three.now()}; }
  LoneNode newcomer();
  node::Ensemble alone, three;
  Traffic beginning, working;
  std::vector<std::string> to_a_newcomer;
};

Prototypes& prototypes() {
  static Prototypes made;
  return made;
}

ConnId connection_to_leader(const node::Node& node) {
  for (uint64_t conn = 1; conn < 1000; ++conn) {
    if (node.peer().following()->owns(ConnId{conn})) return ConnId{conn};
  }
  return {};
}

std::string text_of(const Bytes& bytes) { return bytes.str(); }

// ---- a client
// --------------------------------------------------------------------------------------------------------

void client_frames(std::string_view input) {
  LoneNode node = prototypes().standalone();
  node.give(Accepted{kStranger, Listener::kClient, {"10.0.0.1", 1}, {}});
  node.give_stream(kStranger, input);
}

std::vector<std::string> client_seeds() {
  const std::string hello = text_of(node::connect_frame({}));
  std::vector<std::string> seeds = {hello, "ruok", "srvr\n", "mntr"};
  const std::vector<client::Request> requests = {
      client::Create{"/b", Bytes("x")},
      client::Create2{"/s-", {}, wire::CreateMode::kEphemeralSequential},
      client::GetData{"/a", true},
      client::SetData{"/a", Bytes("y"), 0},
      client::Exists{"/b", true},
      client::GetChildren2{"/", true},
      client::GetAcl{"/a"},
      client::SetAcl{"/a", wire::world_anyone_all()},
      client::Sync{},
      client::Multi{{client::Check{"/a"}, client::Delete{"/a"}, client::Create{"/c"}}},
      client::AddAuth{"digest", Bytes("u:p")},
      client::Delete{"/b"}};
  std::string all = hello;
  int32_t xid = 1;
  for (const client::Request& request : requests) {
    const std::string frame = text_of(client::encode_request(request, xid++, client::Chroot("")).frame);
    seeds.push_back(hello + frame);
    all += frame;
  }
  seeds.push_back(all);
  return seeds;
}

std::vector<std::string> with(std::vector<std::string> seeds, const std::vector<std::string>& more) {
  seeds.insert(seeds.end(), more.begin(), more.end());
  return seeds;
}

// ---- another server
// --------------------------------------------------------------------------------------------------

void election_connection(std::string_view input) {
  LoneNode node = prototypes().leader();
  node.give(Accepted{kStranger, Listener::kElection, {"10.0.0.2", 1}, {}});
  node.give_stream(kStranger, input);
}

std::vector<std::string> election_seeds() {
  const std::string header = text_of(wire::encode_election_header({Sid{9}, "10.0.0.2:3888"}));
  wire::Notification vote{wire::ServerState::kLooking, Sid{2}, Zxid{0x100000001}, 7, Epoch{1}, 2, Bytes("server.1=a")};
  std::string following = header;
  for (const auto state : {wire::ServerState::kFollowing, wire::ServerState::kLeading, wire::ServerState::kObserving}) {
    vote.state = state;
    following += text_of(wire::encode_notification(vote));
  }
  vote.state = wire::ServerState::kLooking;
  return with({header, header + text_of(wire::encode_notification(vote)), following}, prototypes().beginning.election);
}

// A fresh server that two others have told of their leader: it has dialled that one and waits for its word.
LoneNode Prototypes::newcomer() {
  node::NodeConfig config = three.node(1).config();
  config.ensemble.self = Sid{1};
  LoneNode node(node::Node(config, {}), three.now());
  node.give(Tick{});
  for (const int64_t sid : {2, 3}) {
    const ConnId conn{kStranger.value + 2 * static_cast<uint64_t>(sid)};
    node.give(Accepted{conn, Listener::kElection, {"10.0.0.2", 1}, {}});
    node.give(Received{conn, wire::encode_election_header({Sid{sid}, fmt::format("10.0.0.{}:3888", sid)})});
    const auto state = sid == 3 ? wire::ServerState::kLeading : wire::ServerState::kFollowing;
    node.give(Received{conn, wire::encode_notification({state, Sid{3}, Zxid{0}, 1, Epoch{1}, 2, {}})});
  }
  CHECK(node.node().peer().following(), "nobody is followed");
  node.give(Connected{connection_to_leader(node.node())});
  return node;
}

void packets_of_a_new_leader(std::string_view input) {
  LoneNode node = prototypes().newcomer();
  node.give_stream(connection_to_leader(node.node()), input);
}

std::vector<std::string> new_leader_seeds() { return prototypes().to_a_newcomer; }

std::string packet(wire::PacketType type, Zxid zxid, const Bytes& data = {}) {
  return text_of(wire::encode_packet({type, zxid, data, {}}));
}

void packets_of_a_learner(std::string_view input) {
  LoneNode node = prototypes().leader();
  node.give(Accepted{kStranger, Listener::kQuorum, {"10.0.0.2", 1}, {}});
  node.give_stream(kStranger, input);
}

std::vector<std::string> learner_seeds() {
  using enum wire::PacketType;
  BytesBuilder info;  // LearnerInfo: sid, protocol version, configuration version
  info.i64(2);
  info.i32(0x10000);
  info.i64(0);
  BytesBuilder epoch;
  epoch.i32(1);
  const std::string discovery =
      packet(kFollowerInfo, Zxid(Epoch{1}, 0), info.take()) + packet(kAckEpoch, Zxid(Epoch{1}, 0), epoch.take());
  return with(
      {discovery, discovery + packet(kAck, Zxid(Epoch{1}, 0)) + packet(kAck, Zxid(Epoch{1}, 1)) + packet(kPing, {}),
       discovery + packet(kRequest, {}, Bytes("0123456789abcdef0123456789abcdef")) +
           packet(kRevalidate, {}, Bytes("0123456789ab"))},
      with(prototypes().beginning.of_learners, prototypes().working.of_learners));
}

void packets_of_the_leader(std::string_view input) {
  LoneNode node = prototypes().follower();
  node.give_stream(connection_to_leader(node.node()), input);
}

std::vector<std::string> leader_seeds() {
  using enum wire::PacketType;
  wire::Txn txn;
  txn.header.zxid = Zxid(Epoch{1}, 1);
  txn.header.type = wire::OpCode::kError;
  txn.body = wire::ErrorTxn{wire::ErrorCode::kNoNode};
  const std::string proposal = packet(kProposal, txn.header.zxid, wire::encode_txn(txn));
  return with({proposal + packet(kCommit, txn.header.zxid), packet(kPing, Zxid(Epoch{1}, 0)), packet(kSync, {}),
               packet(kRevalidate, {}, Bytes("012345678")), packet(kUpToDate, {}), packet(kInform, {}, Bytes("x"))},
              prototypes().working.of_the_leader);
}

// ---- files
// -----------------------------------------------------------------------------------------------------------

void log_file(std::string_view input) { static_cast<void>(log::parse_log_file("log.1", Bytes(input))); }

std::vector<std::string> log_seeds() {
  BytesBuilder file;
  file.append(log::log_file_header());
  for (int64_t zxid = 1; zxid <= 3; ++zxid) {
    wire::Txn txn;
    txn.header.zxid = Zxid{zxid};
    txn.header.type = wire::OpCode::kError;
    txn.body = wire::ErrorTxn{wire::ErrorCode::kNoNode};
    log::frame_record_to(file, {Zxid{zxid}, wire::encode_txn(txn)});
  }
  const std::string whole = text_of(file.take());
  return {whole, whole + std::string(1024, '\0')};
}

void snapshot_file(std::string_view input) { static_cast<void>(log::decode_snapshot_file(Bytes(input), Zxid{1})); }

std::vector<std::string> snapshot_seeds() {
  return {text_of(log::encode_snapshot_file(prototypes().alone.node(1).state()))};
}

void zoo_cfg(std::string_view input) {
  const auto read = node::read_zoo_cfg(input, "1");
  if (read) static_cast<void>(node::to_zoo_cfg(read->config));
  node::ConfigSources sources;
  sources.data_dir = "/d";
  for (const char* variable : {"ZOO_SERVERS", "ZOO_CFG_EXTRA", "JVMFLAGS", "ZOO_TICK_TIME", "ZOO_MY_ID"})
    sources.environment[variable] = std::string(input);
  static_cast<void>(node::read_config(sources));
}

std::vector<std::string> zoo_cfg_seeds() {
  return {"dataDir=/d\nclientPort=2181\n",
          "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/"
          "d\nclientPort=1\nserver.1=a:1:2;3\nserver.2=[::1]:1:2:observer\n",
          "# c\ndataDir = /a\\\n  b\nsnapCount:7\n4lw.commands.whitelist=*\nzookeeper.cnxTimeout=\\u0031\n"};
}

void scenario_file(std::string_view input) { static_cast<void>(sim::read_scenario("fuzz.json", input)); }

std::vector<std::string> scenario_seeds() {
  std::vector<std::string> seeds = {"{}"};
  for (const char* name : {"chaos", "leader-crash", "bridge-partition", "session-expiry-and-move"}) {
    std::ostringstream text;
    text << std::ifstream(std::string(VIVARIUM_SOURCE_DIR "/scenarios/") + name + ".json").rdbuf();
    seeds.push_back(text.str());
  }
  return seeds;
}

constexpr std::array kTargets = {
    Target{"client-frames", client_frames, client_seeds},
    Target{"election-connection", election_connection, election_seeds},
    Target{"packets-of-a-learner", packets_of_a_learner, learner_seeds},
    Target{"packets-of-the-leader", packets_of_the_leader, leader_seeds},
    Target{"packets-of-a-new-leader", packets_of_a_new_leader, new_leader_seeds},
    Target{"log-file", log_file, log_seeds},
    Target{"snapshot-file", snapshot_file, snapshot_seeds},
    Target{"zoo-cfg", zoo_cfg, zoo_cfg_seeds},
    Target{"scenario-file", scenario_file, scenario_seeds},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  const auto target = std::ranges::find(kTargets, name, &Target::name);
  return target == kTargets.end() ? nullptr : &*target;
}

}  // namespace vivarium::fuzz
