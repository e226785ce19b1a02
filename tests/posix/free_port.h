// A port of 127.0.0.1 that nobody listens on.
#pragma once

#include "core/posix/asio.h"

namespace vivarium::posix {

inline uint16_t free_port() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  return acceptor.local_endpoint().port();
}

}  // namespace vivarium::posix
