// The sockets of one server: what a step's network outputs do, and the inputs that come of it. Boost.Asio, on the
// core's thread; nothing here knows what the bytes mean.
//
// A turn: every ready socket is read once, each piece is an input; what the steps send is gathered per connection and
// leaves in flush(), one write for each connection; only then is a socket that was read watched again. So nobody who
// floods the server keeps another waiting for longer than a turn.
//
// A receiver that does not read costs nobody else: beyond kUnsentMax its own requests are not read, beyond kUnsentDrop
// it is dropped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/step.h"
#include "core/posix/asio.h"
#include "core/posix/stream.h"
#include "core/zab/events.h"

namespace vivarium::posix {

struct SocketLimits {
  int32_t client_connections_max = 60;  // from one address; 0: no bound
  int32_t connections_max = 0;          // of clients, in all; 0: no bound
  int32_t backlog = -1;                 // of the clients' door; -1: the system's
  bool keep_alive = false;              // between servers
};

class Sockets {
 public:
  using Input = zab::PeerInput;
  using Sink = std::function<void(const Input&)>;

  Sockets(boost::asio::io_context& io, SocketLimits limits, Sink sink);
  ~Sockets();

  void perform(const Listen& listen);
  void perform(const Unlisten& unlisten);
  void perform(const Connect& connect);
  void perform(const Send& send);
  void perform(const Reading& reading);
  void perform(const Close& close);

  // Ends the turn.
  void flush();
  // Both addresses of an open connection.
  struct Ends {
    Address local, remote;
  };
  std::optional<Ends> ends_of(ConnId conn) const;
  int64_t bytes_read() const { return bytes_read_; }  // since flush()
  void stop_listening();

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Door {
    explicit Door(boost::asio::io_context& io) : acceptor(io) {}
    Tcp::acceptor acceptor;
  };

  void accept(Listener listener);
  void admit(Listener listener, Tcp::socket socket);
  bool too_many(const std::string& host) const;
  void dial(const StreamRef& stream, const Tcp::resolver::results_type& endpoints);
  void resolve(const StreamRef& stream, const Connect& connect);
  void connected(const StreamRef& stream);
  static bool may_read(const Stream& stream);
  void watch(const StreamRef& stream);
  void read(const StreamRef& stream);
  void write(const StreamRef& stream);
  void tell_sent(const StreamRef& stream, int32_t count);
  void lose(const StreamRef& stream, CloseReason reason);
  void finish(const StreamRef& stream);
  void forget(const StreamRef& stream);
  void mark_dirty(const StreamRef& stream);
  StreamRef find(ConnId conn) const;

  boost::asio::io_context& io_;
  SocketLimits limits_;
  Sink sink_;
  std::map<Listener, std::unique_ptr<Door>> doors_;
  std::map<ConnId, StreamRef> streams_;
  std::map<std::string, int32_t> clients_of_;  // connections of clients by address
  int32_t clients_ = 0;
  std::vector<StreamRef> dirty_;  // to be written, watched again, or closed at the end of the turn
  uint64_t next_accepted_ = 2;    // even; Connect's are odd (step.h)
  int64_t bytes_read_ = 0;
  std::vector<uint8_t> buffer_;
};

}  // namespace vivarium::posix
