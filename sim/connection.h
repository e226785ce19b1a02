// One TCP connection: two ends and a pipe in each direction.
#pragma once

#include <vector>

#include "core/base/step.h"
#include "sim/event.h"

namespace vivarium::sim {

// The bytes of one Send on their way, or a mark that is read in order with them.
struct Part {
  enum class Kind : uint8_t { kData, kOpen, kFin, kReset };
  Bytes bytes;
  Time arrival;
  uint64_t cause = 0;  // seq of the send
  Zxid zxid;
  Label label = Label::kNone;
  Kind kind = Kind::kData;
  bool begun = false;  // its first bytes have been read
};

class PartQueue {
 public:
  bool empty() const { return head_ == parts_.size(); }
  size_t size() const { return parts_.size() - head_; }
  Part& operator[](size_t i) { return parts_[head_ + i]; }
  const Part& operator[](size_t i) const { return parts_[head_ + i]; }
  void push(Part part) { parts_.push_back(std::move(part)); }
  void pop() {
    parts_[head_++].bytes = Bytes();
    if (empty())
      clear();
    else if (head_ >= 64 && 2 * head_ >= parts_.size())
      compact();
  }
  void drop_last(size_t n) {
    parts_.resize(parts_.size() - n);
    if (empty()) clear();
  }
  void clear() {
    parts_.clear();
    head_ = 0;
  }

 private:
  void compact() {
    parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  std::vector<Part> parts_;
  size_t head_ = 0;
};

// One direction. A pipe has at most one arrival in the queue of events: that of its first part.
struct Pipe {
  PartQueue parts;
  std::vector<uint64_t> notify;  // ends of Sends whose Sent is still to come, ascending
  uint64_t sent = 0, read = 0;   // bytes, since the beginning
  Time last_arrival;             // FIFO: nothing sent later arrives earlier
  Time line_free;                // when the line has taken all that was sent, where bandwidth is limited
  Time passed{-1};               // parts that were due until then lie in the receiver's kernel
  Time unacknowledged_since = Time::never();
  uint64_t segment_of_step = 0;   // the last step that sent here
  bool armed = false;             // an arrival is in the queue
  bool stalled = false;           // its first part met a cut, or a host that is down
  bool waits_for_reader = false;  // arrived, and the receiving process is paused or does not read
  bool timeout_armed = false;

  bool readable() const { return !parts.empty() && parts[0].arrival <= passed; }
};

enum class EndState : uint8_t {
  kNone,  // the listener's end before the handshake has ended
  kDialing,
  kOpen,
  kGone,  // for this process the connection does not exist any more; its kernel may still be sending
};

struct End {
  ProcessId process = kNoProcess;
  HostId host = kNoHost;
  ConnId id;
  EndState state = EndState::kNone;
  bool reading = true;
};

struct Connection {
  uint64_t serial = 0;  // never used twice; 0: this slot is free
  End ends[2];          // 0: who dialed, 1: who listened
  Pipe pipes[2];        // pipes[d]: from ends[d] to ends[1 - d]
  Address target;
  bool syn_stalled = false;
};

}  // namespace vivarium::sim
