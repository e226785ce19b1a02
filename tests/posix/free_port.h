// A port of 127.0.0.1 that nobody listens on, and that stays free until it is used.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "core/posix/asio.h"

namespace vivarium::posix {

// Ports lie below those that the system gives to outgoing connections. Each process has two hundred of them to itself
// as long as it lives, by the lock of a file; tests/interop/server.py does the same.
class FreePorts {
 public:
  uint16_t next() {
    boost::asio::io_context io;
    for (;;) {
      const auto port = static_cast<uint16_t>(kFirst + block_ * kBlock + at_);
      at_ = (at_ + 1) % kBlock;
      boost::asio::ip::tcp::acceptor acceptor(io);
      acceptor.open(boost::asio::ip::tcp::v4());
      acceptor.set_option(boost::asio::socket_base::reuse_address(true));  // as a server: see tests/interop/server.py
      boost::system::error_code taken;
      acceptor.bind({boost::asio::ip::make_address("127.0.0.1"), port}, taken);
      if (!taken) return port;
    }
  }

 private:
  static constexpr int kFirst = 10'000, kBlock = 200, kBlocks = 110;
  static int lock_block() {
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("vivarium-ports-{}", getuid());
    std::filesystem::create_directories(folder);
    for (int block = static_cast<int>(getpid()) % kBlocks;; block = (block + 1) % kBlocks) {
      const int fd = open((folder / std::to_string(block)).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
      if (flock(fd, LOCK_EX | LOCK_NB) == 0) return block;  // which the end of the process lets go
      close(fd);
    }
  }
  int block_ = lock_block(), at_ = 0;
};

inline uint16_t free_port() {
  static FreePorts ports;
  return ports.next();
}

}  // namespace vivarium::posix
