// bench_load: puts load on a running server, this one or Apache's, from raw sockets: one thread, epoll, each connection a
// session that keeps so many requests outstanding. Prints one JSON object.
//
// Every request has the same bytes but for its xid and the digits of its path, so making one costs next to nothing, and
// what is measured is the server. The load does not pause between warm-up and measurement.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <random>

#include "bench/load_measurement.h"
#include "core/wire/records.h"

namespace vivarium::bench {
namespace {

// ---- requests

// A request whose path ends in digits, to be sent again and again with other digits.
struct Template {
  template <class Body>
  Template(wire::OpCode type, const Body& body, std::string_view path)
      : frame(wire::request_frame(wire::RequestHeader{0, type}, body).str()), path_end(frame.find(path) + path.size()) {}

  void append_to(std::string& out, int32_t xid, int64_t number, int digits) const {
    const size_t at = out.size();
    out += frame;
    store_u32(reinterpret_cast<uint8_t*>(out.data()) + at + 4, static_cast<uint32_t>(xid));
    for (size_t end = at + path_end; digits > 0; --digits, number /= 10) out[--end] = static_cast<char>('0' + number % 10);
  }

  std::string frame;
  size_t path_end;
};

Template create(const std::string& path, size_t bytes) {
  const wire::CreateRequest body{Bytes(path), Bytes(std::string(bytes, 'd')), wire::world_anyone_all(), 0};
  return {wire::OpCode::kCreate, body, path};
}

// What is asked next, and what becomes of the answers.
class Work {
 public:
  virtual ~Work() = default;
  virtual bool more() = 0;
  // Appends the next request; true: it is a write.
  virtual bool append_next(std::string& out, int32_t xid) = 0;
  virtual void answered(bool write, wire::ErrorCode error, int64_t sent_at, int64_t at) = 0;
};

// ---- connections

class Connection {
 public:
  Connection(const std::string& server, int outstanding) : outstanding_(outstanding) {
    dial(server);
    open_session();
    if (::fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) fail("fcntl fails");
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  bool idle() const { return waiting_.empty(); }
  bool unsent() const { return !out_.empty(); }

  void ask(Work& work) {
    const int64_t at = now();
    while (std::ssize(waiting_) < outstanding_ && work.more()) {
      const bool write = work.append_next(out_, ++xid_);
      waiting_.push_back({xid_, write, at});
    }
    send();
  }

  void send() {
    while (!out_.empty()) {
      const ssize_t sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) fail(fmt::format("the server has gone: {}", std::strerror(errno)));
      out_.erase(0, static_cast<size_t>(sent));
    }
  }

  void receive(Work& work) {
    const ssize_t got = ::recv(fd_, buffer_.data() + held_, buffer_.size() - held_, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail(fmt::format("the server closes the connection ({} requests wait)", waiting_.size()));
    held_ += static_cast<size_t>(got);
    const int64_t at = now();
    size_t taken = 0;
    while (held_ - taken >= 4) {
      const size_t size = load_u32(buffer_.data() + taken);
      if (size + 4 > buffer_.size()) fail("a reply is too long");
      if (held_ - taken < size + 4) break;
      take_reply(buffer_.data() + taken + 4, size, work, at);
      taken += size + 4;
    }
    std::memmove(buffer_.data(), buffer_.data() + taken, held_ - taken);
    held_ -= taken;
  }

 private:
  struct Waiting {
    int32_t xid;
    bool write;
    int64_t sent_at;
  };

  void dial(const std::string& server) {
    const size_t colon = server.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(server.substr(colon + 1))));
    if (::inet_pton(AF_INET, server.substr(0, colon).c_str(), &to.sin_addr) != 1) fail("no address: " + server);
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("nobody listens at " + server);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void open_session() {
    wire::ConnectRequest request;
    request.timeout_ms = 30'000;
    request.password = Bytes(std::string(16, '\0'));
    const Bytes frame = wire::frame(wire::encode_connect_request(request));
    std::array<uint8_t, 512> answer{};
    if (::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL) != std::ssize(frame) ||
        ::recv(fd_, answer.data(), 4, MSG_WAITALL) != 4)
      fail("no session");
    const size_t size = load_u32(answer.data());
    if (size > answer.size() || ::recv(fd_, answer.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size))
      fail("no session");
    const auto response = wire::decode_connect_response(Bytes::copy_of(answer.data(), size));
    if (!response || response->timeout_ms <= 0) fail("the session is refused");
  }

  void take_reply(const uint8_t* reply, size_t size, Work& work, int64_t at) {
    if (size < 16 || waiting_.empty()) fail("a reply that nobody asked for");
    const Waiting asked = waiting_.front();
    waiting_.pop_front();
    if (load_i32(reply) != asked.xid) fail(fmt::format("xid {} is answered by {}", asked.xid, load_i32(reply)));
    work.answered(asked.write, static_cast<wire::ErrorCode>(load_i32(reply + 12)), asked.sent_at, at);
  }

  int fd_ = -1;
  int outstanding_;
  int32_t xid_ = 0;
  std::string out_;
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(1 << 20);
  size_t held_ = 0;
  std::deque<Waiting> waiting_;
};

class Connections {
 public:
  explicit Connections(const LoadSettings& settings) {
    for (int i = 0; i < settings.connections; ++i) {
      const std::string& server = settings.servers[static_cast<size_t>(i) % settings.servers.size()];
      all_.push_back(std::make_unique<Connection>(server, settings.outstanding));
      epoll_event event{EPOLLIN, {.ptr = all_.back().get()}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, all_.back()->fd(), &event);
    }
  }
  ~Connections() { ::close(epoll_); }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Until there is no more work and everything is answered.
  void run(Work& work) {
    for (auto& connection : all_) connection->ask(work);
    for (auto& connection : all_) watch(*connection);
    while (work.more() || !idle()) turn(work);
  }

 private:
  bool idle() const {
    return std::ranges::all_of(all_, [](const auto& connection) { return connection->idle(); });
  }
  void watch(Connection& connection) {
    epoll_event event{connection.unsent() ? EPOLLIN | EPOLLOUT : EPOLLIN, {.ptr = &connection}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd(), &event);
  }
  void turn(Work& work) {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_, events.data(), std::ssize(events), 10'000);
    if (count == 0) fail("no answer for ten seconds");
    for (int i = 0; i < count; ++i) {
      Connection& connection = *static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
      const bool was_unsent = connection.unsent();
      connection.receive(work);
      connection.ask(work);
      if (was_unsent || connection.unsent()) watch(connection);
    }
  }

  int epoll_ = ::epoll_create1(0);
  std::vector<std::unique_ptr<Connection>> all_;
};

// ---- kinds of work

// One after the other: PATH followed by 0, 1, ... in as many digits as the last one has.
class Creates : public Work {
 public:
  Creates(const std::string& path, int64_t count, size_t bytes)
      : count_(count), digits_(count > 1 ? static_cast<int>(std::to_string(count - 1).size()) : 0),
        create_(create(path + std::string(static_cast<size_t>(digits_), '0'), bytes)) {}

  bool more() override { return next_ < count_; }
  bool append_next(std::string& out, int32_t xid) override {
    create_.append_to(out, xid, next_++, digits_);
    return true;
  }
  void answered(bool, wire::ErrorCode error, int64_t, int64_t) override {
    if (error != wire::ErrorCode::kOk && error != wire::ErrorCode::kNodeExists)
      fail(fmt::format("create fails: {}", static_cast<int>(error)));
  }

 private:
  int64_t count_, next_ = 0;
  int digits_;
  Template create_;
};

constexpr int kDigits = 3;
constexpr int64_t kNodes = 1000;

std::string directory_of(size_t bytes) { return fmt::format("/bench-{}", bytes); }
std::string first_node_of(size_t bytes) { return directory_of(bytes) + "/" + std::string(kDigits, '0'); }

// getData and setData of random nodes.
class Mix : public Work {
 public:
  explicit Mix(const LoadSettings& settings)
      : settings_(settings),
        read_(wire::OpCode::kGetData, wire::PathWatchRequest{Bytes(first_node_of(settings.bytes)), false},
              first_node_of(settings.bytes)),
        write_(wire::OpCode::kSetData,
               wire::SetDataRequest{Bytes(first_node_of(settings.bytes)), Bytes(std::string(settings.bytes, 'w')), -1},
               first_node_of(settings.bytes)),
        measurement_(settings) {}

  bool more() override { return !measurement_.ended(); }

  bool append_next(std::string& out, int32_t xid) override {
    const uint32_t dice = random_();
    const bool write = static_cast<int>(dice % 100) < settings_.writes;
    (write ? write_ : read_).append_to(out, xid, dice / 100 % kNodes, kDigits);
    return write;
  }

  void answered(bool write, wire::ErrorCode error, int64_t sent_at, int64_t at) override {
    measurement_.answered(write, error == wire::ErrorCode::kOk, sent_at, at);
  }

  void print() const { measurement_.print(); }

 private:
  const LoadSettings& settings_;
  Template read_, write_;
  std::minstd_rand random_{1};
  Measurement measurement_;
};

void make(Connections& connections, const std::string& path, int64_t count, size_t bytes) {
  Creates creates(path, count, bytes);
  connections.run(creates);
}

void mix(Connections& connections, const LoadSettings& settings) {
  if (settings.prepare) {
    make(connections, directory_of(settings.bytes), 1, 0);
    make(connections, directory_of(settings.bytes) + "/", kNodes, settings.bytes);
  }
  Mix work(settings);
  connections.run(work);
  work.print();
}

// Whole directories of a thousand.
void fill(Connections& connections, const LoadSettings& settings) {
  const int64_t from = now();
  make(connections, "/fill", 1, 0);
  int64_t made = 0;
  for (; made < settings.znodes; made += kNodes) {
    const std::string directory = fmt::format("/fill/{:06}", made / kNodes);
    make(connections, directory, 1, 0);
    make(connections, directory + "/", kNodes, settings.bytes);
  }
  fmt::print("{{\"znodes\": {}, \"name_bytes\": {}, \"data_bytes\": {}, \"milliseconds\": {}}}\n", made, kDigits,
             settings.bytes, (now() - from) / 1'000'000);
}

int run(int argc, char** argv) {
  CLI::App app("puts load on a ZooKeeper server and prints one JSON object");
  LoadSettings settings;
  add_options(app, settings);
  app.add_flag("--prepare", settings.prepare, "make the znodes first, once for each size of data");
  app.add_option("--fill", settings.znodes, "make so many znodes instead");
  CLI11_PARSE(app, argc, argv);
  Connections connections(settings);
  if (settings.znodes > 0)
    fill(connections, settings);
  else
    mix(connections, settings);
  return 0;
}

}  // namespace
}  // namespace vivarium::bench

int main(int argc, char** argv) { return vivarium::bench::run(argc, argv); }
