#include "sim/cli/workers.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "sim/cli/exit_codes.h"

namespace vivarium::cli {

namespace {

struct Worker {
  pid_t pid = -1;
  int pipe = -1;
  size_t next = 0;  // of its seeds, the first that has not been answered
  std::string partial;
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

class Pool {
 public:
  Pool(SeedWork& work, const std::vector<uint64_t>& seeds, size_t jobs) : work_(work), seeds_(seeds), workers_(jobs) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (Worker& worker : workers_) {
      if (worker.pid < 0) continue;
      ::close(worker.pipe);
      ::kill(worker.pid, SIGTERM);
      ::waitpid(worker.pid, nullptr, 0);
    }
  }

  bool run() {
    for (size_t w = 0; w < workers_.size(); ++w) {
      workers_[w].next = w;
      if (!start(w)) return false;
    }
    while (std::ranges::any_of(workers_, [](const Worker& worker) { return worker.pid >= 0; })) {
      if (!listen()) return false;
    }
    return true;
  }

 private:
  // Worker w has the seeds w, w + jobs, w + 2 jobs, ...
  bool start(size_t w) {
    Worker& worker = workers_[w];
    if (worker.next >= seeds_.size()) return true;
    int ends[2];
    if (::pipe(ends) != 0) return false;
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) return false;
    if (pid == 0) {
      ::close(ends[0]);
      for (size_t i = worker.next; i < seeds_.size(); i += workers_.size()) {
        if (!write_all(ends[1], work_.run(seeds_[i]) + "\n")) ::_exit(kExitIo);
      }
      ::_exit(kExitOk);
    }
    ::close(ends[1]);
    worker.pid = pid;
    worker.pipe = ends[0];
    worker.partial.clear();
    return true;
  }

  bool listen() {
    std::vector<pollfd> fds;
    std::vector<size_t> whose;
    for (size_t w = 0; w < workers_.size(); ++w) {
      if (workers_[w].pid < 0) continue;
      fds.push_back({workers_[w].pipe, POLLIN, 0});
      whose.push_back(w);
    }
    if (::poll(fds.data(), fds.size(), -1) < 0) return errno == EINTR;
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents != 0 && !hear(whose[i])) return false;
    }
    return true;
  }

  bool hear(size_t w) {
    Worker& worker = workers_[w];
    char buffer[65536];
    const ssize_t n = ::read(worker.pipe, buffer, sizeof buffer);
    if (n < 0) return errno == EINTR;
    if (n == 0) return ended(w);
    worker.partial.append(buffer, static_cast<size_t>(n));
    size_t begin = 0;
    for (size_t end = 0; (end = worker.partial.find('\n', begin)) != std::string::npos; begin = end + 1) {
      answer(worker, false, worker.partial.substr(begin, end - begin));
    }
    worker.partial.erase(0, begin);
    return true;
  }

  bool ended(size_t w) {
    Worker& worker = workers_[w];
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
    ::close(worker.pipe);
    worker.pid = -1;
    if (worker.next >= seeds_.size()) return true;
    const std::string how =
        WIFSIGNALED(status) ? fmt::format("killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
                            : fmt::format("ended with exit code {}", WEXITSTATUS(status));
    answer(worker, true, "the process was " + how);
    return start(w);
  }

  void answer(Worker& worker, bool died, std::string line) {
    work_.answered({seeds_[worker.next], died, std::move(line)});
    worker.next += workers_.size();
  }

  SeedWork& work_;
  const std::vector<uint64_t>& seeds_;
  std::vector<Worker> workers_;
};

}  // namespace

bool run_workers(SeedWork& work, const std::vector<uint64_t>& seeds, int jobs) {
  const size_t count = std::clamp(static_cast<size_t>(std::max(jobs, 1)), size_t{1}, std::max(seeds.size(), size_t{1}));
  return Pool(work, seeds, count).run();
}

}  // namespace vivarium::cli
