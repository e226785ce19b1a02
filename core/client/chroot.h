// A client's root inside the servers' tree. Pure prefixing: the servers never hear of it (facts 1.7).
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace vivarium::client {

class Chroot {
 public:
  Chroot() = default;
  // "" and "/" mean no chroot; else an absolute path without a slash at its end.
  explicit Chroot(std::string_view path);

  Bytes to_server(std::string_view path) const;
  // A path that is not below the root is given as it is: hiding that a server speaks of it would help nobody.
  std::string to_client(const Bytes& path) const;

  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("prefix", self.prefix_);
  }

 private:
  std::string prefix_;
};

}  // namespace vivarium::client
