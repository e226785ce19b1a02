// One connection: a socket, and what has still to leave through it.
#pragma once

#include <deque>
#include <memory>

#include "core/base/step.h"
#include "core/posix/asio.h"

namespace vivarium::posix {

class Unsent {
 public:
  void push(const Bytes& bytes, bool notify);
  bool empty() const { return pieces_.empty(); }
  int64_t bytes() const { return bytes_; }
  // The next pieces, as one gathered write takes them.
  std::vector<boost::asio::const_buffer> gather() const;
  // `count` bytes have left. How many pieces with `notify` left with them to the end.
  int32_t drop(size_t count);

 private:
  struct Piece {
    Bytes bytes;
    bool notify;
  };
  std::deque<Piece> pieces_;
  int64_t bytes_ = 0;
};

enum class StreamPhase : uint8_t { kConnecting, kOpen, kFinishing, kGone };  // kFinishing: closes when all has left

struct Stream {
  Stream(boost::asio::io_context& io, ConnId id) : conn(id), socket(io), timer(io) {}
  Stream(ConnId id, boost::asio::ip::tcp::socket accepted)
      : conn(id), socket(std::move(accepted)), timer(socket.get_executor()) {}

  ConnId conn;
  boost::asio::ip::tcp::socket socket;
  boost::asio::steady_timer timer;  // for a connect, and for what is left to be sent when it closes
  StreamPhase phase = StreamPhase::kConnecting;
  std::string host;        // of the other side
  bool of_client = false;  // came through the clients' door
  Unsent unsent;
  bool reading = true;   // as the machine wants it
  bool watched = false;  // for something to read
  bool waits_to_write = false;
  bool dirty = false;
};

using StreamRef = std::shared_ptr<Stream>;

}  // namespace vivarium::posix
