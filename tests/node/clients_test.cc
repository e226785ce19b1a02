#include "core/node/clients.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

Address from(const char* host) { return {host, 1}; }
Time at(int64_t s) { return Time{} + seconds(s); }

TEST(Clients, AConnectionBeginsWithItsAddressAsIdentity) {
  Clients clients;
  clients.accept(ConnId{2}, from("10.0.0.9"), at(10));
  const ClientConnection& client = *clients.find(ConnId{2});
  EXPECT_EQ(client.phase, Phase::kNew);
  ASSERT_EQ(client.identities.size(), 1u);
  EXPECT_EQ(client.identities[0], (wire::AclId{Bytes("ip"), Bytes("10.0.0.9")}));
  EXPECT_EQ(clients.find(ConnId{4}), nullptr);
  EXPECT_EQ(clients.change(ConnId{4}), nullptr);
}

TEST(Clients, TheConnectRequestThatIsMissingLongestIsOverdueFirst) {
  Clients clients;
  EXPECT_EQ(clients.deadline(), Time::never());
  clients.accept(ConnId{2}, from("a"), at(10));
  clients.accept(ConnId{4}, from("b"), at(11));
  EXPECT_EQ(clients.deadline(), at(10));
  EXPECT_FALSE(clients.overdue(Time{at(10).ns - 1}));
  EXPECT_EQ(clients.overdue(at(10)), ConnId{2});
  clients.bind(ConnId{2}, SessionId{1});
  EXPECT_EQ(clients.deadline(), at(11)) << "a bound connection has sent its request";
  clients.erase(ConnId{4});
  EXPECT_EQ(clients.deadline(), Time::never());
}

TEST(Clients, FindsTheConnectionOfASession) {
  Clients clients;
  clients.accept(ConnId{2}, from("a"), at(10));
  EXPECT_FALSE(clients.of_session(SessionId{7}));
  clients.bind(ConnId{2}, SessionId{7});
  EXPECT_EQ(clients.of_session(SessionId{7}), ConnId{2});
  clients.erase(ConnId{2});
  EXPECT_FALSE(clients.of_session(SessionId{7}));
  EXPECT_EQ(clients.size(), 0u);
}

TEST(Clients, WhatAGoneConnectionStillWaitedForIsNobodys) {
  Clients clients;
  clients.accept(ConnId{2}, from("a"), at(10));
  clients.bind(ConnId{2}, SessionId{7});
  const auto push = [&](int32_t xid, bool dispatched) {
    PendingRequest request;
    request.xid = xid;
    request.dispatched = dispatched;
    clients.change(ConnId{2})->queue.push(request);
  };
  push(1, true);
  push(2, false);  // a read: nothing will come for it
  push(3, true);
  clients.erase(ConnId{2});
  EXPECT_FALSE(clients.take_orphan(SessionId{7}, 2));
  EXPECT_FALSE(clients.take_orphan(SessionId{8}, 1));
  EXPECT_TRUE(clients.take_orphan(SessionId{7}, 1));
  EXPECT_FALSE(clients.take_orphan(SessionId{7}, 1))
      << "it comes once; the next with this number is the new connection's";
  EXPECT_TRUE(clients.take_orphan(SessionId{7}, 3));
  EXPECT_EQ(hash_of(clients), hash_of(Clients())) << "nothing of it stays";
}

TEST(Clients, AForkSharesUntilChanged) {
  Clients clients;
  clients.accept(ConnId{2}, from("a"), at(10));
  Clients fork = clients;
  fork.change(ConnId{2})->timeout_ms = 5;
  EXPECT_EQ(clients.find(ConnId{2})->timeout_ms, 0);
  EXPECT_EQ(fork.find(ConnId{2})->timeout_ms, 5);
}

}  // namespace
}  // namespace vivarium::node
