// addWatch, setWatches2, checkWatches and removeWatches, to the byte (facts 1.3, 1.5).
#include <gtest/gtest.h>

#include "tests/node/ensemble.h"
#include "tests/node/raw.h"

namespace vivarium::node {
namespace {

using wire::ErrorCode;
using wire::OpCode;

struct Watching {
  Ensemble ensemble{1};
  Session session = Session::open(ensemble);

  ErrorCode ask(OpCode type, const char* path, int32_t number) {
    return session.call_raw(type, Raw().str(path).i32(number).bytes()).header.err;
  }
  // "3 /a; ": type and path of the events that have come.
  std::string told() {
    std::string out;
    while (const auto frame = Ensemble::take_frame(*session.wire)) {
      wire::JuteReader in(*frame);
      EXPECT_EQ(in.get<wire::ReplyHeader>().xid, wire::kXidWatchEvent);
      const auto event = in.get<wire::WatcherEvent>();
      out += fmt::format("{} {}; ", static_cast<int32_t>(event.type), event.path.view());
    }
    return out;
  }
};

TEST(WatchRequests, AddWatchIsAnsweredWithAnErrorRecordThatHasNone) {
  Watching w;
  EXPECT_EQ(w.session.call_raw(OpCode::kAddWatch, Raw().str("/a").i32(0).bytes()).body, Raw().i32(0).bytes());
  EXPECT_EQ(w.ask(OpCode::kAddWatch, "/", 1), ErrorCode::kOk);
  Session other = Session::open(w.ensemble);
  other.create("/a");
  other.create("/a/b");
  EXPECT_EQ(w.told(), "1 /a; 1 /a/b; 4 /a; ") << "what both watches tell comes once";
}

TEST(WatchRequests, WhatCannotBeMeantIsAMarshallingError) {
  Watching w;
  for (int32_t mode : {-1, 2, 9}) EXPECT_EQ(w.ask(OpCode::kAddWatch, "/", mode), ErrorCode::kMarshallingError);
  for (int32_t type : {0, 6, -1, 99}) {
    EXPECT_EQ(w.ask(OpCode::kCheckWatches, "/", type), ErrorCode::kMarshallingError) << type;
    EXPECT_EQ(w.ask(OpCode::kRemoveWatches, "/", type), ErrorCode::kMarshallingError) << type;
  }
  for (OpCode type : {OpCode::kAddWatch, OpCode::kCheckWatches, OpCode::kRemoveWatches, OpCode::kSetWatches2})
    EXPECT_EQ(w.session.call_raw(type, Bytes("ab")).header.err, ErrorCode::kMarshallingError);
  EXPECT_EQ(w.session.call_raw(OpCode::kAddWatch, Raw().i32(-1).i32(0).bytes()).header.err,
            ErrorCode::kMarshallingError);
  EXPECT_EQ(w.ensemble.node().watches().count(), 0u);
}

TEST(WatchRequests, AreCheckedAndRemovedByType) {
  Watching w;
  EXPECT_EQ(w.ask(OpCode::kCheckWatches, "/", 2), ErrorCode::kNoWatcher);
  EXPECT_EQ(w.ask(OpCode::kRemoveWatches, "/", 3), ErrorCode::kNoWatcher);
  w.session.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/"), true});
  w.ask(OpCode::kAddWatch, "/", 0);
  EXPECT_EQ(w.ask(OpCode::kCheckWatches, "/", 2), ErrorCode::kOk);
  EXPECT_EQ(w.ask(OpCode::kCheckWatches, "/", 1), ErrorCode::kNoWatcher);
  EXPECT_EQ(w.ask(OpCode::kRemoveWatches, "/", 4), ErrorCode::kOk);
  EXPECT_EQ(w.ask(OpCode::kRemoveWatches, "/", 4), ErrorCode::kNoWatcher);
  Session other = Session::open(w.ensemble);
  EXPECT_EQ(other.call_raw(OpCode::kCheckWatches, Raw().str("/").i32(3).bytes()).header.err, ErrorCode::kNoWatcher)
      << "another's watches are not ours";
  other.create("/a");
  other.call(OpCode::kSetData, wire::SetDataRequest{Bytes("/"), Bytes("x"), -1});
  EXPECT_EQ(w.told(), "3 /; ") << "the one-shot was left";
  const Reply removed = w.session.call_raw(OpCode::kRemoveWatches, Raw().str("/").i32(3).bytes());
  EXPECT_EQ(removed.header.err, ErrorCode::kNoWatcher);
  EXPECT_TRUE(removed.body.empty());
}

TEST(WatchRequests, SetWatches2TellsWhatOneShotsMissedAndArmsTheOthers) {
  Watching w;
  w.session.create("/a");
  const Bytes request = Raw().i64(0).i32(1).str("/a").i32(0).i32(0).i32(1).str("/a").i32(1).str("/b").bytes();
  w.session.xid = wire::kXidSetWatches - 1;
  w.session.post_raw(OpCode::kSetWatches2, request);
  EXPECT_EQ(*Ensemble::take_frame(*w.session.wire), Raw().header(-1, -1, 0).i32(3).i32(3).str("/a").bytes());
  EXPECT_EQ(w.session.reply().header.xid, wire::kXidSetWatches);
  w.session.xid = 10;
  Session other = Session::open(w.ensemble);
  other.call(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes("x"), -1});
  other.create("/b");
  other.create("/b/c");
  EXPECT_EQ(w.told(), "3 /a; 1 /b; 1 /b/c; ");
  w.ensemble.hang_up(*w.session.wire);
  EXPECT_EQ(w.ensemble.node().watches().count(), 0u);
}

// CVE-2024-23944: a recursive watch is no way round the list of the node that changed.
TEST(WatchRequests, RecursiveWatchesTellOnlyWhatTheirClientMayRead) {
  Watching w;
  Session owner = Session::open(w.ensemble);
  owner.call(OpCode::kAuth, wire::AuthRequest{0, Bytes("digest"), Bytes("o:o")});
  w.ask(OpCode::kAddWatch, "/", 1);
  owner.create("/open");
  owner.create("/open/secret", "x", 0, {{wire::kPermAll, {Bytes("auth"), Bytes("")}}});
  owner.call(OpCode::kSetData, wire::SetDataRequest{Bytes("/open/secret"), Bytes("y"), -1});
  owner.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/open/secret"), -1});
  EXPECT_EQ(w.told(), "1 /open; ");
}

}  // namespace
}  // namespace vivarium::node
