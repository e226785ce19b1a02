#include "core/posix/trace_file.h"

#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "core/posix/journal.h"

namespace vivarium::posix {

namespace {
constexpr size_t kPieceBytes = 1 << 20;
}

std::unique_ptr<TraceFile> TraceFile::open(const std::string& path, const node::TraceHeader& header,
                                           TraceLimits limits) {
  std::unique_ptr<TraceFile> trace(new TraceFile(path, header, limits));
  if (!trace->begin()) return nullptr;
  trace->thread_ = std::thread([raw = trace.get()] { raw->run(); });
  ::pthread_setname_np(trace->thread_.native_handle(), "viv-trace");
  return trace;
}

TraceFile::TraceFile(const std::string& path, const node::TraceHeader& header, TraceLimits limits)
    : path_(path), header_(node::format_trace_header(header)), limits_(limits) {}

bool TraceFile::begin() {
  struct stat before {};
  if (::stat(path_.c_str(), &before) == 0 && S_ISREG(before.st_mode))
    static_cast<void>(std::rename(path_.c_str(), (path_ + ".before").c_str()));
  file_.reset(std::fopen(path_.c_str(), "wbe"));
  if (!file_) return false;
  file_bytes_ = 0;
  put(header_);
  return true;
}

void TraceFile::end() {
  put(node::format_trace_footer(counts_, hash_));
  counts_ = {};
  hash_ = 0;
}

TraceFile::~TraceFile() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void TraceFile::push(std::vector<TraceItem>& items) {
  if (items.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    const bool room = !dropped_ && waiting_.size() + items.size() <= limits_.waiting;
    if (room) {
      waiting_.insert(waiting_.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
    } else {
      if (!dropped_) {
        dropped_ = items.front().record;
        *dropped_ = {node::TraceKind::kDropped, Label::kNone, dropped_->node, dropped_->t, dropped_->seq, 0, 0, 0};
      }
      dropped_->a += static_cast<int64_t>(items.size());
    }
  }
  items.clear();
  wake_.notify_one();
}

void TraceFile::run() {
  for (;;) {
    std::vector<TraceItem> items;
    bool ending = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty() || dropped_; });
      items.swap(waiting_);
      if (dropped_) items.push_back({*std::exchange(dropped_, std::nullopt), std::nullopt});
      ending = ending_;
    }
    write(items);
    if (ending) return end();
  }
}

void TraceFile::write(const std::vector<TraceItem>& items) {
  std::string text;
  for (const TraceItem& item : items) {
    ++counts_[static_cast<size_t>(item.record.kind)];
    hash_ = node::hash_record(hash_, item.record);
    text += node::format_trace_record(item.record, item.text);
    if (text.size() < kPieceBytes && file_bytes_ + static_cast<int64_t>(text.size()) < limits_.file_bytes) continue;
    put(std::exchange(text, {}));
    if (file_bytes_ < limits_.file_bytes) continue;
    end();
    if (!begin()) fail();
  }
  put(text);
}

void TraceFile::put(const std::string& text) {
  if (failed_) return;
  file_bytes_ += static_cast<int64_t>(text.size());
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) fail();
}

void TraceFile::fail() {
  failed_ = true;
  warn(fmt::format("the trace ends here, since its file takes no more: {}", std::strerror(errno)));
}

}  // namespace vivarium::posix
