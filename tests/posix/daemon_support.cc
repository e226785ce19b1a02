#include "tests/posix/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "core/client/client.h"
#include "core/posix/clock.h"
#include "core/posix/sockets.h"

namespace vivarium::posix {

namespace asio = boost::asio;

Daemon::Daemon(std::string data_dir, uint16_t port, std::string more)
    : data_dir_(std::move(data_dir)),
      config_(data_dir_ + ".cfg"),
      journal_(data_dir_ + ".log"),
      output_(data_dir_ + ".out"),
      port_(port) {
  std::ofstream(config_) << "dataDir=" << data_dir_ << "\nclientPort=" << port_ << "\nclientPortAddress=127.0.0.1\n"
                         << more;
}

Daemon::~Daemon() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  wait();
}

void Daemon::set(const std::string& variable, const std::string& value) { variables_.emplace_back(variable, value); }

void Daemon::start(const std::vector<std::string>& arguments) {
  pid_ = ::fork();
  if (pid_ != 0) return;
  const int log = ::open(journal_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(log, STDERR_FILENO);
  ::dup2(::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
  for (const auto& [variable, value] : variables_) ::setenv(variable.c_str(), value.c_str(), 1);
  std::vector<const char*> words = {"vivariumd"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  words.insert(words.end(), {config_.c_str(), nullptr});
  ::execv(VIVARIUM_BINARY_DIR "/vivariumd", const_cast<char* const*>(words.data()));
  ::_exit(127);
}

void Daemon::signal(int number) const { ::kill(pid_, number); }

int Daemon::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

namespace {
std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}
}  // namespace

std::string Daemon::journal() const { return text_of(journal_); }
std::string Daemon::output() const { return text_of(output_); }

bool Daemon::serves() const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < end) {
    if (raw_answer(port_, "srvr").starts_with("Zookeeper version")) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

std::string raw_answer(uint16_t port, const std::string& bytes, int patience_ms) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({asio::ip::make_address("127.0.0.1"), port}, error);
  if (error) return {};
  asio::write(socket, asio::buffer(bytes), error);
  std::string answer;
  std::array<char, 4096> buffer{};
  std::function<void()> read = [&] {
    socket.async_read_some(asio::buffer(buffer), [&](const boost::system::error_code& end, size_t size) {
      answer.append(buffer.data(), size);
      if (!end) read();
    });
  };
  read();
  io.run_for(std::chrono::milliseconds(patience_ms));
  return answer;
}

// ---- a session
// -------------------------------------------------------------------------------------------------------

struct Session::Parts {
  explicit Parts(client::ClientConfig config)
      : client(std::move(config)), sockets(io, {0, 0}, [this](const zab::PeerInput& input) { take(input); }) {}

  void take(const zab::PeerInput& input) {
    if (const auto* connected = std::get_if<Connected>(&input)) step(*connected);
    if (const auto* received = std::get_if<Received>(&input)) step(*received);
    if (const auto* closed = std::get_if<Closed>(&input)) step(*closed);
  }
  void step(const client::ClientInput& input) {
    client.step(now(), input, out, events);
    perform();
  }
  void perform() {
    for (const NetworkOutput& output : out.network) {
      if (const auto* connect = std::get_if<Connect>(&output)) sockets.perform(*connect);
      if (const auto* send = std::get_if<Send>(&output)) sockets.perform(*send);
      if (const auto* close = std::get_if<Close>(&output)) sockets.perform(*close);
    }
    out.clear();
  }
  void turn() {
    if (client.deadline() <= steady_now()) step(Tick{});
    sockets.flush();
    io.restart();
    io.run_one_for(std::chrono::milliseconds(5));
  }

  asio::io_context io;
  client::Client client;
  Outbox out;
  std::vector<client::ClientEvent> events;
  Sockets sockets;
};

namespace {

client::ClientConfig config_of(const std::vector<uint16_t>& ports, int32_t timeout_ms) {
  client::ClientConfig config;
  for (const uint16_t port : ports) config.servers.push_back({"127.0.0.1", port});
  config.session_timeout_ms = timeout_ms;
  config.shuffle = false;
  return config;
}

}  // namespace

Session::Session(std::vector<uint16_t> ports, int32_t timeout_ms)
    : parts_(std::make_unique<Parts>(config_of(ports, timeout_ms))) {}

Session::~Session() = default;

std::vector<client::Completion> Session::ask_all(const std::vector<client::Request>& requests) {
  for (const client::Request& request : requests) parts_->client.submit(now(), request, parts_->out);
  parts_->perform();
  std::vector<client::Completion> completions;
  const Time end = steady_now() + seconds(30);
  while (completions.size() < requests.size() && steady_now() < end) {
    parts_->turn();
    std::erase_if(parts_->events, [&](const client::ClientEvent& event) {
      const auto* completion = std::get_if<client::Completion>(&event);
      if (completion == nullptr) return false;
      completions.push_back(*completion);
      return true;
    });
  }
  EXPECT_EQ(completions.size(), requests.size());
  completions.resize(requests.size());
  return completions;
}

client::Completion Session::ask(const client::Request& request) { return ask_all({request}).front(); }

client::Completion Session::ask_until_ok(const client::Request& request) {
  client::Completion done;
  for (int tries = 0; tries < 50; ++tries) {
    done = ask(request);
    if (done.outcome == client::Outcome::kOk) return done;
  }
  ADD_FAILURE() << "it could not be done";
  return done;
}

std::vector<client::WatchEvent> Session::events() {
  std::vector<client::WatchEvent> seen;
  for (const client::ClientEvent& event : parts_->events) {
    if (const auto* watch = std::get_if<client::WatchEvent>(&event)) seen.push_back(*watch);
  }
  parts_->events.clear();
  return seen;
}

void Session::close() {
  parts_->client.close(now(), parts_->out);
  parts_->perform();
  const Time end = steady_now() + seconds(10);
  while (!parts_->client.ended() && steady_now() < end) parts_->turn();
  EXPECT_TRUE(parts_->client.ended());
}

}  // namespace vivarium::posix
