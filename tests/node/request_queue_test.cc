#include "core/node/request_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>

namespace vivarium::node {
namespace {

TEST(RequestQueue, GivesBackInOrderAndCountsBytes) {
  const bool held =
      rc::check("a queue of requests is a std::deque that knows its bytes", [](const std::vector<uint8_t>& script) {
        RequestQueue queue;
        std::deque<PendingRequest> model;
        int32_t xid = 0;
        for (const uint8_t action : script) {
          if (action % 3 != 0) {
            PendingRequest request;
            request.xid = ++xid;
            request.body = Bytes(std::string(action, 'x'));
            queue.push(request);
            model.push_back(request);
          } else if (!model.empty()) {
            RC_ASSERT(queue.pop().xid == model.front().xid);
            model.pop_front();
          }
          size_t bytes = 0;
          std::vector<int32_t> expected, seen;
          for (const auto& r : model) {
            bytes += r.body.size();
            expected.push_back(r.xid);
          }
          for (const auto& r : queue) seen.push_back(r.xid);
          RC_ASSERT(queue.size() == model.size() && queue.empty() == model.empty());
          RC_ASSERT(queue.bytes() == bytes);
          RC_ASSERT(seen == expected);
        }
      });
  EXPECT_TRUE(held);
}

TEST(RequestQueue, HashesAlikeWhateverWasAnsweredBefore) {
  RequestQueue fresh, used;
  PendingRequest request;
  request.xid = 7;
  used.push(request);
  used.push(request);
  used.pop();
  fresh.push(request);
  EXPECT_EQ(hash_of(fresh), hash_of(used));
  request.xid = 8;
  used.push(request);
  EXPECT_NE(hash_of(fresh), hash_of(used));
}

}  // namespace
}  // namespace vivarium::node
