#include "core/posix/sockets.h"

#include <algorithm>

namespace vivarium::posix {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr size_t kReadBytes = 256 << 10;
constexpr int64_t kUnsentMax = 1 << 20;
constexpr int64_t kUnsentDropClient = 64 << 20;
constexpr int64_t kUnsentDropPeer = int64_t{1} << 30;
constexpr auto kFinishPatience = std::chrono::seconds(5);
constexpr auto kAcceptPatience = std::chrono::milliseconds(100);  // when there are no more file descriptors

std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

CloseReason reason_of(const error_code& error) {
  if (error == asio::error::eof) return CloseReason::kByPeer;
  if (error == asio::error::connection_refused) return CloseReason::kRefused;
  if (error == asio::error::timed_out) return CloseReason::kTimeout;
  if (error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
      error == asio::error::host_not_found || error == asio::error::host_not_found_try_again)
    return CloseReason::kUnreachable;
  return CloseReason::kReset;
}

bool any_address(const std::string& host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

// Binds and listens; throws what the system says.
void open_door(asio::ip::tcp::acceptor& acceptor, asio::io_context& io, const Address& address, int backlog) {
  using Tcp = asio::ip::tcp;
  error_code no_v6;
  Tcp::endpoint endpoint(Tcp::v6(), address.port);
  if (any_address(address.host)) {
    acceptor.open(Tcp::v6(), no_v6);
    if (no_v6) {
      endpoint = Tcp::endpoint(Tcp::v4(), address.port);
      acceptor.open(Tcp::v4());
    } else {
      acceptor.set_option(asio::ip::v6_only(false));
    }
  } else {
    endpoint = Tcp::resolver(io).resolve(address.host, std::to_string(address.port))->endpoint();
    acceptor.open(endpoint.protocol());
  }
  acceptor.set_option(Tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen(backlog);
}

// What to do about it, where that is clear.
std::string_view advice(const error_code& error) {
  if (error == asio::error::address_in_use)
    return ": another program listens there (ss -ltnp shows which); stop it, or choose another port";
  if (error == asio::error::access_denied) return ": ports below 1024 are root's (or need CAP_NET_BIND_SERVICE)";
  if (error == boost::system::errc::address_not_available) return ": this machine has no such address";
  if (error == asio::error::host_not_found) return ": no such name";
  return "";
}

std::string sentence(const Address& address, const error_code& error) {
  const std::string place = any_address(address.host) ? fmt::format("port {} of every address", address.port)
                                                      : fmt::format("{}:{}", address.host, address.port);
  return fmt::format("{}: {}{}", place, error.message(), advice(error));
}

void prepare_socket(asio::ip::tcp::socket& socket, bool keep_alive) {
  error_code ignored;
  if (keep_alive) socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

}  // namespace

Sockets::Sockets(asio::io_context& io, SocketLimits limits, Sink sink)
    : io_(io), limits_(limits), sink_(std::move(sink)), buffer_(kReadBytes) {}

Sockets::~Sockets() = default;

StreamRef Sockets::find(ConnId conn) const {
  const auto it = streams_.find(conn);
  return it == streams_.end() ? nullptr : it->second;
}

std::optional<Sockets::Ends> Sockets::ends_of(ConnId conn) const {
  const StreamRef stream = find(conn);
  if (!stream) return std::nullopt;
  error_code none_local, none_remote;
  const Tcp::endpoint local = stream->socket.local_endpoint(none_local);
  const Tcp::endpoint remote = stream->socket.remote_endpoint(none_remote);
  if (none_local || none_remote) return std::nullopt;
  return Ends{{text_of(local.address()), local.port()}, {text_of(remote.address()), remote.port()}};
}

void Sockets::mark_dirty(const StreamRef& stream) {
  if (std::exchange(stream->dirty, true)) return;
  dirty_.push_back(stream);
}

// ---- doors
// -----------------------------------------------------------------------------------------------------------

// The answer to a door that does not open comes with the next turn: the machine is in a step.
void Sockets::perform(const Listen& listen) {
  auto door = std::make_unique<Door>(io_);
  try {
    const bool bounded = listen.listener == Listener::kClient && limits_.backlog >= 0;
    open_door(door->acceptor, io_, listen.address,
              bounded ? limits_.backlog : asio::socket_base::max_listen_connections);
  } catch (const boost::system::system_error& error) {
    asio::post(io_,
               [this, failed = BindFailed{listen.listener, sentence(listen.address, error.code())}] { sink_(failed); });
    return;
  }
  doors_[listen.listener] = std::move(door);
  accept(listen.listener);
}

void Sockets::perform(const Unlisten& unlisten) { doors_.erase(unlisten.listener); }

void Sockets::stop_listening() { doors_.clear(); }

void Sockets::accept(Listener listener) {
  const auto door = doors_.find(listener);
  if (door == doors_.end()) return;
  door->second->acceptor.async_accept([this, listener](const error_code& error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      admit(listener, std::move(socket));
      return accept(listener);
    }
    const auto pause = std::make_shared<asio::steady_timer>(io_, kAcceptPatience);
    pause->async_wait([this, listener, pause](const error_code&) { accept(listener); });
  });
}

bool Sockets::too_many(const std::string& host) const {
  if (limits_.connections_max > 0 && clients_ >= limits_.connections_max) return true;
  const auto from = clients_of_.find(host);
  return limits_.client_connections_max > 0 && from != clients_of_.end() &&
         from->second >= limits_.client_connections_max;
}

void Sockets::admit(Listener listener, Tcp::socket socket) {
  error_code gone;
  const Tcp::endpoint remote = socket.remote_endpoint(gone);
  if (gone) return;
  const Address peer{text_of(remote.address()), remote.port()};
  const bool of_client = listener == Listener::kClient;
  if (of_client && too_many(peer.host)) return;  // closes
  prepare_socket(socket, limits_.keep_alive && !of_client);
  const auto stream = std::make_shared<Stream>(ConnId{next_accepted_}, std::move(socket));
  next_accepted_ += 2;
  stream->host = peer.host;
  stream->of_client = of_client;
  if (of_client) {
    ++clients_;
    ++clients_of_[peer.host];
  }
  streams_.emplace(stream->conn, stream);
  stream->phase = StreamPhase::kOpen;
  sink_(Accepted{stream->conn, listener, peer, {}});
  watch(stream);
}

// ---- dialling
// --------------------------------------------------------------------------------------------------------

void Sockets::perform(const Connect& connect) {
  const auto stream = std::make_shared<Stream>(io_, connect.conn);
  stream->host = connect.address.host;
  streams_.emplace(connect.conn, stream);
  stream->timer.expires_after(std::chrono::nanoseconds(connect.timeout.ns));
  stream->timer.async_wait([this, stream](const error_code& aborted) {
    if (!aborted && stream->phase == StreamPhase::kConnecting) lose(stream, CloseReason::kTimeout);
  });
  resolve(stream, connect);
}

// At every dial, since names move; a number needs no thread.
void Sockets::resolve(const StreamRef& stream, const Connect& connect) {
  error_code not_a_number;
  const auto number = asio::ip::make_address(connect.address.host, not_a_number);
  if (!not_a_number) {
    const Tcp::endpoint endpoint(number, connect.address.port);
    return dial(stream, Tcp::resolver::results_type::create(endpoint, connect.address.host, ""));
  }
  const auto resolver = std::make_shared<Tcp::resolver>(io_);
  resolver->async_resolve(connect.address.host, std::to_string(connect.address.port),
                          [this, stream, resolver](const error_code& error, Tcp::resolver::results_type endpoints) {
                            if (stream->phase != StreamPhase::kConnecting) return;
                            if (error) return lose(stream, reason_of(error));
                            dial(stream, endpoints);
                          });
}

void Sockets::dial(const StreamRef& stream, const Tcp::resolver::results_type& endpoints) {
  asio::async_connect(stream->socket, endpoints, [this, stream](const error_code& error, const Tcp::endpoint&) {
    if (stream->phase != StreamPhase::kConnecting) return;
    if (error) return lose(stream, reason_of(error));
    connected(stream);
  });
}

void Sockets::connected(const StreamRef& stream) {
  stream->timer.cancel();
  prepare_socket(stream->socket, limits_.keep_alive);
  stream->phase = StreamPhase::kOpen;
  sink_(Connected{stream->conn});
  watch(stream);
}

// ---- bytes in
// --------------------------------------------------------------------------------------------------------

bool Sockets::may_read(const Stream& stream) {
  if (stream.phase != StreamPhase::kOpen || !stream.reading) return false;
  return !stream.of_client || stream.unsent.bytes() <= kUnsentMax;
}

void Sockets::watch(const StreamRef& stream) {
  if (stream->watched || !may_read(*stream)) return;
  stream->watched = true;
  stream->socket.async_wait(Tcp::socket::wait_read, [this, stream](const error_code& error) {
    stream->watched = false;
    if (!error && may_read(*stream)) read(stream);
  });
}

void Sockets::read(const StreamRef& stream) {
  error_code error;
  const size_t size = stream->socket.read_some(asio::buffer(buffer_), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return watch(stream);
  if (error) return lose(stream, reason_of(error));
  bytes_read_ += static_cast<int64_t>(size);
  mark_dirty(stream);  // watched again at the end of the turn
  sink_(Received{stream->conn, Bytes::copy_of(buffer_.data(), size)});
}

void Sockets::perform(const Reading& reading) {
  const StreamRef stream = find(reading.conn);
  if (!stream) return;
  stream->reading = reading.on;
  mark_dirty(stream);
}

// ---- bytes out
// -------------------------------------------------------------------------------------------------------

void Sockets::perform(const Send& send) {
  const StreamRef stream = find(send.conn);
  if (!stream || stream->phase == StreamPhase::kFinishing) return;
  stream->unsent.push(send.bytes, send.notify_sent);
  mark_dirty(stream);
}

void Sockets::perform(const Close& close) {
  const StreamRef stream = find(close.conn);
  if (!stream) return;
  if (stream->phase == StreamPhase::kConnecting) return forget(stream);
  stream->phase = StreamPhase::kFinishing;
  mark_dirty(stream);
}

void Sockets::flush() {
  for (size_t i = 0; i < dirty_.size(); ++i) {  // grows while a loss is told
    const StreamRef stream = dirty_[i];
    stream->dirty = false;
    if (stream->phase == StreamPhase::kGone || stream->phase == StreamPhase::kConnecting) continue;
    if (!stream->waits_to_write) write(stream);
    if (stream->unsent.bytes() > (stream->of_client ? kUnsentDropClient : kUnsentDropPeer))
      lose(stream, CloseReason::kReset);
    if (stream->phase == StreamPhase::kFinishing) finish(stream);
    watch(stream);
  }
  dirty_.clear();
  bytes_read_ = 0;
}

void Sockets::write(const StreamRef& stream) {
  int32_t sent = 0;
  while (!stream->unsent.empty()) {
    error_code error;
    const size_t size = stream->socket.write_some(stream->unsent.gather(), error);
    if (error == asio::error::interrupted) continue;
    if (error == asio::error::would_block) break;
    if (error) return lose(stream, reason_of(error));
    sent += stream->unsent.drop(size);
  }
  if (sent > 0) asio::post(io_, [this, stream, sent] { tell_sent(stream, sent); });
  if (stream->unsent.empty()) return;
  stream->waits_to_write = true;
  stream->socket.async_wait(Tcp::socket::wait_write, [this, stream](const error_code& error) {
    stream->waits_to_write = false;
    if (!error) mark_dirty(stream);
  });
}

// In a turn of its own: whoever streams sends the next piece at once, and a reader that is as fast would hold up all
// others until the last.
void Sockets::tell_sent(const StreamRef& stream, int32_t count) {
  for (; count > 0 && stream->phase == StreamPhase::kOpen; --count) sink_(Sent{stream->conn});
}

// ---- the end
// ---------------------------------------------------------------------------------------------------------

// What was sent is still delivered (FIN); what came in meanwhile is taken off first, or the kernel would send RST.
void Sockets::finish(const StreamRef& stream) {
  if (!stream->unsent.empty()) {
    stream->timer.expires_after(kFinishPatience);
    stream->timer.async_wait([this, stream](const error_code& aborted) {
      if (!aborted && stream->phase == StreamPhase::kFinishing) forget(stream);
    });
    return;
  }
  error_code ignored, drained;
  stream->socket.shutdown(Tcp::socket::shutdown_send, ignored);
  for (int reads = 0; reads < 4 && !drained; ++reads) stream->socket.read_some(asio::buffer(buffer_), drained);
  forget(stream);
}

void Sockets::lose(const StreamRef& stream, CloseReason reason) {
  if (stream->phase == StreamPhase::kGone) return;
  const bool told = stream->phase == StreamPhase::kFinishing;  // the machine has closed it: it hears no more of it
  forget(stream);
  if (!told) sink_(Closed{stream->conn, reason});
}

void Sockets::forget(const StreamRef& stream) {
  if (stream->phase == StreamPhase::kGone) return;
  stream->phase = StreamPhase::kGone;
  stream->timer.cancel();
  error_code ignored;
  stream->socket.close(ignored);
  streams_.erase(stream->conn);
  if (!stream->of_client) return;
  --clients_;
  if (--clients_of_[stream->host] == 0) clients_of_.erase(stream->host);
}

}  // namespace vivarium::posix
