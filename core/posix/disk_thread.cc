#include "core/posix/disk_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <iterator>

#include "core/posix/clock.h"

namespace vivarium::posix {

namespace {

// Appends that follow each other become the last of them. Records are moved: no count changes.
void merge_appends(std::vector<log::DiskOperation>& group) {
  size_t kept = 0;
  for (size_t i = 0; i < group.size(); ++i) {
    auto* next = std::get_if<log::AppendRecords>(&group[i].operation);
    auto* last = kept > 0 ? std::get_if<log::AppendRecords>(&group[kept - 1].operation) : nullptr;
    if (next != nullptr && last != nullptr) {
      last->records.insert(last->records.end(), std::make_move_iterator(next->records.begin()),
                           std::make_move_iterator(next->records.end()));
      group[kept - 1].seq = group[i].seq;
      continue;
    }
    if (kept != i) group[kept] = std::move(group[i]);
    ++kept;
  }
  group.erase(group.begin() + static_cast<std::ptrdiff_t>(kept), group.end());
}

}  // namespace

DiskThread::DiskThread(Kind kind, PosixFileSystem files, log::ExecutorOptions options, Deliver deliver)
    : files_(std::move(files)),
      executor_(options),
      deliver_(std::move(deliver)),
      thread_([this, niceness = kind.niceness] { run(niceness); }) {
  ::pthread_setname_np(thread_.native_handle(), kind.name);
}

DiskThread::~DiskThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void DiskThread::push(std::vector<log::DiskOperation> operations) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), std::make_move_iterator(operations.begin()),
                    std::make_move_iterator(operations.end()));
  }
  wake_.notify_one();
}

// Linux keeps niceness by thread (sched(7)); where it may not be changed, the thread competes like the others.
void DiskThread::run(int niceness) {
  if (niceness != 0) static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
  for (;;) {
    std::vector<log::DiskOperation> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      group.swap(waiting_);
    }
    merge_appends(group);
    deliver_(execute(std::move(group)));
  }
}

DiskThread::Finished DiskThread::execute(std::vector<log::DiskOperation> group) {
  Finished finished;
  finished.reserve(group.size());
  for (log::DiskOperation& operation : group) finished.push_back(execute(std::move(operation)));
  return finished;
}

FinishedOperation DiskThread::execute(log::DiskOperation operation) {
  FinishedOperation out{std::move(operation), {}, {}, {}};
  if (failed_) {
    out.error = "not tried: an operation before it has failed";
    return out;
  }
  const Time from = steady_now();
  auto answer = executor_.execute(files_, out.operation);
  out.took = steady_now() - from;
  if (answer) {
    out.answer = std::move(*answer);
  } else {
    failed_ = true;
    out.error = fmt::format("{} {} ({})", answer.error().file, answer.error().what, files_.last_error());
  }
  return out;
}

}  // namespace vivarium::posix
