#include "sim/append_log.h"

#include <gtest/gtest.h>

#include <string>

namespace vivarium::sim {
namespace {

std::vector<std::string> items(const AppendLog<std::string>& log) {
  std::vector<std::string> out;
  log.for_each([&](const std::string& item) { out.push_back(item); });
  return out;
}

TEST(AppendLog, ForksShareWhatTheyHadAndGoTheirOwnWays) {
  AppendLog<std::string> log;
  std::vector<std::string> twin;
  for (int i = 0; i < 300; ++i) {
    log.push("item " + std::to_string(i));
    twin.push_back("item " + std::to_string(i));
  }
  AppendLog<std::string> fork = log;
  std::vector<std::string> fork_twin = twin;
  for (int i = 0; i < 200; ++i) {
    log.push("left " + std::to_string(i));
    twin.push_back("left " + std::to_string(i));
    fork.push("right " + std::to_string(i));
    fork_twin.push_back("right " + std::to_string(i));
  }
  EXPECT_EQ(items(log), twin);
  EXPECT_EQ(items(fork), fork_twin);
  EXPECT_EQ(log.size(), 500u);
  log = AppendLog<std::string>();
  EXPECT_EQ(items(fork), fork_twin);
  EXPECT_EQ(items(log).size(), 0u);
}

TEST(AppendLog, ALongOneIsFreedWithoutRecursion) {
  AppendLog<std::string> log;
  for (int i = 0; i < 2'000'000; ++i) log.push(std::string());
  EXPECT_EQ(log.size(), 2'000'000u);
}

}  // namespace
}  // namespace vivarium::sim
