#include "core/node/data_size.h"

#include <gtest/gtest.h>

#include "core/tree/prepare.h"

namespace vivarium::node {
namespace {

class Tree {
 public:
  // The change that the transaction makes, as counted; checks it against a walk.
  int64_t put(wire::Txn txn) {
    txn.header.zxid = Zxid{++zxid_};
    tree::State after = state_;
    const tree::Effects effects = tree::apply(after, txn);
    const int64_t change = data_bytes_change(state_, after, effects);
    EXPECT_EQ(data_bytes(state_) + change, data_bytes(after));
    state_ = after;
    return change;
  }
  static wire::Txn create(std::string_view path, std::string_view data) {
    wire::Txn txn;
    txn.header.type = wire::OpCode::kCreate;
    wire::CreateTxn body;
    body.path = Bytes(path);
    body.data = Bytes(data);
    txn.body = body;
    return txn;
  }
  static wire::Txn remove(std::string_view path) {
    wire::Txn txn;
    txn.header.type = wire::OpCode::kDelete;
    txn.body = wire::DeleteTxn{Bytes(path)};
    return txn;
  }
  const tree::State& state() const { return state_; }

 private:
  tree::State state_ = tree::State::fresh();
  int64_t zxid_ = 0;
};

TEST(DataSize, is_the_sum_of_paths_and_data) {
  Tree tree;
  EXPECT_EQ(data_bytes(tree.state()), 44);  // "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"
  EXPECT_EQ(tree.put(Tree::create("/ab", "12345")), 8);
  EXPECT_EQ(tree.put(Tree::create("/ab/c", "")), 5);
  EXPECT_EQ(tree.put(Tree::remove("/ab/c")), -5);
  EXPECT_EQ(tree.put(Tree::remove("/nothing")), 0);
}

}  // namespace
}  // namespace vivarium::node
