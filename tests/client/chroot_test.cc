#include "core/client/chroot.h"

#include <gtest/gtest.h>

namespace vivarium::client {
namespace {

TEST(Chroot, NoneChangesNothing) {
  for (const char* none : {"", "/"}) {
    EXPECT_EQ(Chroot(none).to_server("/a").view(), "/a");
    EXPECT_EQ(Chroot(none).to_client(Bytes("/a")), "/a");
    EXPECT_EQ(Chroot(none).to_client(Bytes("/")), "/");
  }
}

TEST(Chroot, PrefixesAndStrips) {
  const Chroot chroot("/app/x");
  EXPECT_EQ(chroot.to_server("/a/b").view(), "/app/x/a/b");
  EXPECT_EQ(chroot.to_client(Bytes("/app/x/a/b")), "/a/b");
}

TEST(Chroot, ItsOwnNodeIsTheRoot) {
  const Chroot chroot("/app");
  EXPECT_EQ(chroot.to_server("/").view(), "/app");
  EXPECT_EQ(chroot.to_client(Bytes("/app")), "/");
}

TEST(Chroot, PathsThatAreNotBelowItAreShownWhole) {
  const Chroot chroot("/app");
  EXPECT_EQ(chroot.to_client(Bytes("/app2/a")), "/app2/a");
  EXPECT_EQ(chroot.to_client(Bytes("/zookeeper")), "/zookeeper");
}

TEST(ChrootDeathTest, MustBeAnAbsolutePath) {
  EXPECT_DEATH(Chroot("app"), "app");
  EXPECT_DEATH(Chroot("/app/"), "/app/");
}

}  // namespace
}  // namespace vivarium::client
