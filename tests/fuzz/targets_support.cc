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

// Made once: one server that serves alone, and the leader and a follower of an ensemble of three.
struct Prototypes {
  Prototypes() : alone(1), three(3) {
    node::Session session = node::Session::open(alone);
    session.create("/a", "data");
    three.advance_until([this] { return three.all_serve(); }, seconds(60));
  }
  LoneNode standalone() { return {alone.node(1), alone.now()}; }
  LoneNode leader() { return {three.node(three.leader()), three.now()}; }
  LoneNode follower() { return {three.node(three.leader() == 1 ? 2 : 1), three.now()}; }
  node::Ensemble alone, three;
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
  return {header, header + text_of(wire::encode_notification(vote)), following};
}

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
  return {discovery, discovery + packet(kAck, Zxid(Epoch{1}, 0)) + packet(kAck, Zxid(Epoch{1}, 1)) + packet(kPing, {}),
          discovery + packet(kRequest, {}, Bytes("0123456789abcdef0123456789abcdef")) +
              packet(kRevalidate, {}, Bytes("0123456789ab"))};
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
  return {proposal + packet(kCommit, txn.header.zxid),
          packet(kPing, Zxid(Epoch{1}, 0)),
          packet(kSync, {}),
          packet(kRevalidate, {}, Bytes("012345678")),
          packet(kUpToDate, {}),
          packet(kInform, {}, Bytes("x"))};
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
