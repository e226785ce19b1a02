#include "core/posix/trace_file.h"

#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <iterator>

#include "core/posix/journal.h"

namespace vivarium::posix {

std::unique_ptr<TraceFile> TraceFile::open(const std::string& path, const node::TraceHeader& header,
                                           size_t waiting_max) {
  struct stat before {};
  if (::stat(path.c_str(), &before) == 0 && S_ISREG(before.st_mode))
    static_cast<void>(std::rename(path.c_str(), (path + ".before").c_str()));
  File file(std::fopen(path.c_str(), "wbe"), &std::fclose);
  if (!file) return nullptr;
  std::unique_ptr<TraceFile> trace(new TraceFile(std::move(file), waiting_max));
  trace->put(node::format_trace_header(header));
  trace->thread_ = std::thread([raw = trace.get()] { raw->run(); });
  ::pthread_setname_np(trace->thread_.native_handle(), "viv-trace");
  return trace;
}

TraceFile::TraceFile(File file, size_t waiting_max) : file_(std::move(file)), waiting_max_(waiting_max) {}

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
    const bool room = !dropped_ && waiting_.size() + items.size() <= waiting_max_;
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
    if (!ending) continue;
    put(node::format_trace_footer(counts_, hash_));
    return;
  }
}

void TraceFile::write(const std::vector<TraceItem>& items) {
  std::string text;
  for (const TraceItem& item : items) {
    ++counts_[static_cast<size_t>(item.record.kind)];
    hash_ = node::hash_record(hash_, item.record);
    text += node::format_trace_record(item.record, item.text);
    if (text.size() < 1 << 20) continue;
    put(text);
    text.clear();
  }
  put(text);
}

void TraceFile::put(const std::string& text) {
  if (failed_) return;
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() && std::fflush(file_.get()) == 0) return;
  failed_ = true;
  warn(fmt::format("the trace ends here, since its file takes no more: {}", std::strerror(errno)));
}

}  // namespace vivarium::posix
