#include "core/node/sessions.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "core/tree/state.h"

namespace vivarium::node {
namespace {

constexpr Duration kTick = milliseconds(2000);
Time at(int64_t ms) { return Time{} + milliseconds(ms); }

TEST(SessionTracker, ExpiresInBucketsOfOneTick) {
  // expiry = (floor((now + timeout) / tick) + 1) * tick
  struct {
    int64_t now, timeout, expires;
  } const rows[] = {
      {0, 4000, 6000}, {1, 4000, 6000}, {1999, 4000, 6000},    {2000, 4000, 8000},
      {0, 3999, 4000}, {0, 5999, 6000}, {12345, 30000, 44000},
  };
  for (const auto& row : rows) {
    SessionTracker tracker(kTick);
    tracker.open(SessionId{1}, static_cast<int32_t>(row.timeout), Sid{1}, at(row.now));
    EXPECT_EQ(tracker.find(SessionId{1})->expires, at(row.expires)) << row.now << " + " << row.timeout;
    EXPECT_EQ(tracker.deadline(), at(row.expires));
    EXPECT_FALSE(tracker.take_expired(Time{at(row.expires).ns - 1}));
    EXPECT_EQ(tracker.take_expired(at(row.expires)), SessionId{1});
    EXPECT_EQ(tracker.find(SessionId{1}), nullptr) << "an expired session is closing: nothing touches it any more";
    EXPECT_EQ(tracker.deadline(), Time::never());
  }
}

TEST(SessionTracker, TouchMovesExpiryForwardOnly) {
  SessionTracker tracker(kTick);
  tracker.open(SessionId{1}, 10'000, Sid{1}, at(0));
  EXPECT_TRUE(tracker.touch(SessionId{1}, 4'000, at(100)));
  EXPECT_EQ(tracker.find(SessionId{1})->expires, at(12'000)) << "a touch with less than there was takes nothing away";
  EXPECT_TRUE(tracker.touch(SessionId{1}, 10'000, at(5'000)));
  EXPECT_EQ(tracker.find(SessionId{1})->expires, at(16'000));
  EXPECT_FALSE(tracker.touch(SessionId{2}, 10'000, at(5'000)));
}

TEST(SessionTracker, ANewLeaderGivesEverySessionItsFullTimeoutAndNoOwner) {
  PersistentMap<SessionId, int32_t> sessions;
  sessions.set(SessionId{1}, 4'000);
  sessions.set(SessionId{2}, 40'000);
  SessionTracker tracker(kTick);
  tracker.open(SessionId{9}, 4'000, Sid{1}, at(0));  // of an earlier reign
  tracker.start(sessions, at(100'000));
  EXPECT_EQ(tracker.find(SessionId{9}), nullptr);
  EXPECT_EQ(tracker.find(SessionId{1})->expires, at(106'000));
  EXPECT_EQ(tracker.find(SessionId{2})->expires, at(142'000));
  EXPECT_FALSE(tracker.find(SessionId{1})->owner);
}

TEST(SessionTracker, PostponesByWholeTicks) {
  SessionTracker tracker(kTick);
  tracker.open(SessionId{1}, 4'000, Sid{1}, at(0));
  tracker.open(SessionId{2}, 8'000, Sid{2}, at(0));
  tracker.postpone(milliseconds(2'001));
  EXPECT_EQ(tracker.find(SessionId{1})->expires, at(10'000));
  EXPECT_EQ(tracker.find(SessionId{2})->expires, at(14'000));
  EXPECT_EQ(tracker.find(SessionId{2})->owner, Sid{2});
  EXPECT_FALSE(tracker.take_expired(at(9'999)));
  EXPECT_EQ(tracker.take_expired(at(10'000)), SessionId{1});
  EXPECT_EQ(tracker.deadline(), at(14'000));
}

TEST(SessionTracker, OnlyTheOwnerWrites) {
  SessionTracker tracker(kTick);
  tracker.open(SessionId{1}, 4'000, Sid{1}, at(0));
  EXPECT_TRUE(tracker.admits(SessionId{1}, Sid{1}));
  EXPECT_FALSE(tracker.admits(SessionId{1}, Sid{2}));
  EXPECT_EQ(tracker.move(SessionId{1}, Sid{2}), Sid{1});
  EXPECT_EQ(tracker.move(SessionId{1}, Sid{2}), std::nullopt) << "it is there already";
  EXPECT_TRUE(tracker.admits(SessionId{1}, Sid{2}));
  EXPECT_FALSE(tracker.admits(SessionId{1}, Sid{1}));
  EXPECT_TRUE(tracker.admits(SessionId{5}, Sid{1})) << "prepare refuses unknown sessions, not the tracker";
}

TEST(SessionTracker, TheFirstToWriteOwnsASessionOfAnOlderReign) {
  PersistentMap<SessionId, int32_t> sessions;
  sessions.set(SessionId{1}, 4'000);
  SessionTracker tracker(kTick);
  tracker.start(sessions, at(0));
  EXPECT_EQ(tracker.move(SessionId{1}, Sid{3}), std::nullopt) << "it was nobody's";
  tracker.start(sessions, at(0));
  EXPECT_TRUE(tracker.admits(SessionId{1}, Sid{2}));
  EXPECT_FALSE(tracker.admits(SessionId{1}, Sid{1}));
}

TEST(SessionTracker, BehavesLikeAPlainMap) {
  const bool held = rc::check("expiry order of a tracker is that of a plain table",
                              [](const std::vector<std::tuple<uint8_t, uint8_t, uint8_t>>& script) {
                                SessionTracker tracker(milliseconds(10));
                                std::map<SessionId, Time> model;
                                Time now{};
                                for (const auto& [action, which, amount] : script) {
                                  const SessionId session{which % 8};
                                  const auto bucket = [&](int64_t timeout) {
                                    return Time{((now.ns + timeout * 1'000'000) / 10'000'000 + 1) * 10'000'000};
                                  };
                                  if (action % 4 == 0) {
                                    tracker.open(session, amount, Sid{1}, now);
                                    model[session] = bucket(amount);
                                  }
                                  if (action % 4 == 1) {
                                    RC_ASSERT(tracker.touch(session, amount, now) == model.contains(session));
                                    if (model.contains(session))
                                      model[session] = std::max(model[session], bucket(amount));
                                  }
                                  if (action % 4 == 2) {
                                    tracker.close(session);
                                    model.erase(session);
                                  }
                                  if (action % 4 == 3) {
                                    now = now + milliseconds(amount);
                                    std::set<std::pair<Time, SessionId>> due;
                                    for (const auto& [s, t] : model)
                                      if (t <= now) due.insert({t, s});
                                    for (const auto& [t, s] : due) {
                                      RC_ASSERT(tracker.take_expired(now) == s);
                                      model.erase(s);
                                    }
                                    RC_ASSERT(!tracker.take_expired(now));
                                  }
                                  RC_ASSERT(tracker.all().size() == model.size());
                                }
                              });
  EXPECT_TRUE(held);
}

TEST(SessionIds, CarryTheServerAndCountFromTheServedZxid) {
  SessionIds ids;
  ids.start(Zxid(Epoch{3}, 7));
  EXPECT_EQ(ids.take(Sid{2}).value, 0x02'000003'00000008);
  EXPECT_EQ(ids.take(Sid{2}).value, 0x02'000003'00000009);
  ids.start(Zxid{-1});  // a server that never voted
  EXPECT_EQ(ids.take(Sid{254}).value, static_cast<int64_t>(0xfe00000000000001));
  const SessionId of_255 = ids.take(Sid{255});
  EXPECT_EQ(of_255.value, static_cast<int64_t>(0xff80000000000002));
  EXPECT_TRUE(tree::owned_by_session(of_255.value)) << "and no time to live";
}

TEST(SessionIds, AreNeverConfirmedTwice) {
  // A server that serves and stops serving at will, whose creations are lost or confirmed in order, each taking a zxid.
  const bool held = rc::check("a confirmed session id is new", [](const std::vector<uint8_t>& script) {
    Zxid committed(Epoch{1}, 0);
    std::set<SessionId> confirmed;
    std::vector<SessionId> asked;
    SessionIds ids;
    ids.start(committed);
    for (const uint8_t action : script) {
      if (action % 4 < 2) asked.push_back(ids.take(Sid{1}));
      if (action % 4 == 2 && !asked.empty()) {
        committed = committed.next();
        RC_ASSERT(confirmed.insert(asked.front()).second);
        asked.erase(asked.begin());
      }
      if (action % 4 == 3) {
        asked.clear();
        if (action & 4) committed = Zxid(Epoch{committed.epoch().value + 1}, 0);
        if (action & 8) ids = SessionIds();  // another process
        ids.start(committed);
      }
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace vivarium::node
