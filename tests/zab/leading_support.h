// A leader alone, whose learners and disk are played by the test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {

using wire::PacketType;

// Server 1 of an ensemble leads; its history is 1.1 to 1.5, of which 1.1 and 1.2 are in the snapshot.
struct LeaderTest : ::testing::Test {
  void begin(int voters = 3, int observers = 0, std::vector<Zxid> zxids = run_of(1, 1, 5), Zxid below = z(1, 2)) {
    begin_with(recovered_of(zxids, Epoch{1}, below), voters, observers);
  }
  void begin_with(log::Recovered recovered, int voters, int observers = 0) {
    desk.config.servers = config_of(voters, observers).servers;
    quorum = QuorumVerifier(desk.config);
    history = History(std::move(recovered), desk.config, Rng(1));
    Turn turn = desk.turn();
    history.start(turn);
    desk.all_durable(history);
    leading.begin(history, turn);
  }
  void advance() {
    Turn turn = desk.turn();
    leading.advance(history, quorum, turn);
  }
  // All that the disk was asked becomes durable, and what waited for it happens.
  void disk() {
    while (!desk.out.disk.empty()) {
      desk.all_durable(history);
      advance();
    }
  }
  void say(ConnId conn, PacketType type, Zxid zxid, Bytes data = Bytes()) {
    Turn turn = desk.turn();
    const Bytes bytes = wire::encode_packet(packet(type, zxid, std::move(data)));
    if (leading.owns(conn)) leading.on_received(conn, bytes, history, quorum, turn);
    advance();
  }
  static ConnId conn_of(int64_t sid) { return ConnId{static_cast<uint64_t>(sid) * 2}; }
  void dial(int64_t sid) {
    Turn turn = desk.turn();
    leading.on_accepted(conn_of(sid), turn);
  }
  void info(int64_t sid, Epoch accepted = Epoch{1}) {
    dial(sid);
    const bool participant = desk.config.voter(Sid{sid});
    say(conn_of(sid), participant ? PacketType::kFollowerInfo : PacketType::kObserverInfo, Zxid(accepted, 0),
        wire::encode_learner_info({Sid{sid}, wire::kLearnerProtocolVersion, 0}));
  }
  void ack_epoch(int64_t sid, int32_t current = 1, Zxid last = z(1, 5)) {
    BytesBuilder data;
    data.i32(current);
    say(conn_of(sid), PacketType::kAckEpoch, last, data.take());
  }
  void ack(int64_t sid, Zxid zxid) { say(conn_of(sid), PacketType::kAck, zxid); }
  void hang_up(int64_t sid) {
    Turn turn = desk.turn();
    leading.on_closed(conn_of(sid), turn);
    advance();
  }
  const LearnerLink& link(int64_t sid) const { return leading.links().at(conn_of(sid)); }
  std::vector<PacketType> types(int64_t sid) { return desk.types_sent(conn_of(sid)); }

  // Established with these learners, in epoch 2; what they were sent is read.
  void establish_with(const std::vector<int64_t>& sids) {
    for (const int64_t sid : sids) info(sid);
    disk();
    for (const int64_t sid : sids) ack_epoch(sid, 1, history.logged().zxid);
    disk();
    for (const int64_t sid : sids) ack(sid, z(2, 0));
    ASSERT_TRUE(leading.established());
    for (const int64_t sid : sids) types(sid);
    desk.events.clear();
  }
  void propose(int64_t session) {
    BytesBuilder timeout;
    timeout.i32(10000);
    Turn turn = desk.turn();
    leading.propose({SessionId{session}, 7, wire::OpCode::kCreateSession, timeout.take(), {}}, wire::ErrorCode::kOk,
                    history, turn);
    advance();
  }
  bool epoch_asked(log::EpochFile file) const {
    const auto writes = desk.operations<log::WriteEpoch>();
    return std::any_of(writes.begin(), writes.end(), [file](const auto& write) { return write.file == file; });
  }

  Desk desk{Config{}};
  QuorumVerifier quorum;
  History history;
  Leading leading;
};

}  // namespace vivarium::zab::testing
