#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checker/history.h"

namespace vivarium::bench {

// Histories of registers that are linearizable by construction, and single faults to spoil them with. One seed, one
// history, on every machine.

struct Random {
  uint64_t state;
  explicit Random(uint64_t seed) : state(seed * 0x9e3779b97f4a7c15ull + 1) {}
  uint64_t next() {
    state += 0x9e3779b97f4a7c15ull;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  __extension__ using Wide = unsigned __int128;
  uint64_t below(uint64_t n) { return static_cast<uint64_t>((static_cast<Wide>(next()) * n) >> 64); }
  bool in_thousand(uint64_t n) { return below(1000) < n; }
};

struct Shape {
  uint64_t seed = 1;
  uint32_t clients = 10;
  uint32_t operations = 1000;
  uint32_t keys = 1;
  bool zipf = false;    // keys of unequal popularity
  uint32_t values = 5;  // 0: every write has a value of its own
  uint32_t reads = 1;   // shares of the mix
  uint32_t writes = 1;
  uint32_t cas = 1;
  uint32_t unknown_per_thousand = 0;
  bool versions = false;  // replies carry versions
  bool zxids = false;     // replies carry zxids
};

struct MadeOperation {
  uint64_t call = 0, effect = 0, ret = 0;  // moments; ret only where it returns
  uint32_t process = 0;
  uint32_t key = 0;
  checker::Function f = checker::Function::Read;
  int64_t argument = 0, second = 0;
  int64_t result = -1;  // -1: null
  int32_t version = -1;
  int64_t zxid = -1;
  bool unknown = false, happens = true, failed = false;
};

class Generator {
 public:
  explicit Generator(const Shape& shape) : shape_(shape), random_(shape.seed) { make(); }

  std::vector<MadeOperation>& operations() { return operations_; }

  // Makes one read show a value that had certainly been overwritten when it began: some operation that wrote another
  // value lies wholly between all who can have written the old one and the read. False when there is no such read.
  bool make_stale() {
    std::vector<size_t> order(operations_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [this](size_t i) { return operations_[i].call; });
    const size_t from = order.size() - order.size() / 50;
    for (size_t tries = 0; tries < 20000; ++tries) {
      const size_t place = tries < 200 ? from + random_.below(order.size() - from) : random_.below(order.size());
      if (stale_read(order, place)) return true;
    }
    return false;
  }

  // Another way to spoil it: an acknowledged write that never happened, seen from the reads after it.
  checker::History history() const {
    enum { kCall, kReturn };
    std::vector<std::pair<uint64_t, uint32_t>> order;
    order.reserve(operations_.size() * 2);
    for (uint32_t i = 0; i < operations_.size(); ++i) {
      order.emplace_back(operations_[i].call, i << 1 | kCall);
      order.emplace_back(operations_[i].ret, i << 1 | kReturn);
    }
    std::ranges::sort(order);
    checker::HistoryBuilder builder;
    for (const auto& [time, entry] : order) {
      const MadeOperation& op = operations_[entry >> 1];
      if ((entry & 1) == kCall) {
        invoke(builder, op, static_cast<int64_t>(time));
      } else {
        finish(builder, op, static_cast<int64_t>(time));
      }
    }
    return std::move(builder).take();
  }

 private:
  struct Register {
    int64_t value = -1;
    int32_t version = 0;
  };

  static checker::Value value_of(int64_t n) { return n < 0 ? checker::Value() : checker::Value::of_number(n); }

  void invoke(checker::HistoryBuilder& builder, const MadeOperation& op, int64_t time) const {
    const std::string key = "/k/" + std::to_string(op.key);
    checker::HistoryBuilder::Invoke call;
    call.process = op.process;
    call.f = op.f;
    call.key = key;
    if (op.f != checker::Function::Read) call.value = value_of(op.argument);
    if (op.f == checker::Function::Cas) call.second = value_of(op.second);
    call.time = time;
    builder.invoke(call);
  }

  void finish(checker::HistoryBuilder& builder, const MadeOperation& op, int64_t time) const {
    checker::HistoryBuilder::Return reply;
    reply.process = op.process;
    reply.time = time;
    if (op.unknown) {
      builder.info(reply);
    } else if (op.failed) {
      builder.mismatch(reply);
    } else {
      if (op.f == checker::Function::Read) reply.value = value_of(op.result);
      if (shape_.versions) reply.version = op.version;
      if (shape_.zxids) reply.zxid = op.zxid;
      builder.ok(reply);
    }
  }

  void make() {
    lay_out();
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < operations_.size(); ++i) order.push_back(i);
    std::ranges::sort(order, {}, [this](uint32_t i) { return std::pair(operations_[i].effect, i); });
    registers_.assign(shape_.keys, Register{});
    recent_.assign(shape_.clients * 4, -1);
    for (uint32_t i : order) perform(operations_[i]);
  }

  // Each client calls, waits, and after a twentieth of that calls again; one lost operation gives it a new number.
  void lay_out() {
    std::vector<std::pair<uint64_t, uint32_t>> free;  // heap of (moment, client)
    std::vector<uint32_t> process(shape_.clients);
    for (uint32_t c = 0; c < shape_.clients; ++c) {
      free.emplace_back(random_.below(1000), c);
      process[c] = c;
    }
    std::ranges::make_heap(free, std::greater<>());
    uint32_t next_process = shape_.clients;
    while (operations_.size() < shape_.operations) {
      std::ranges::pop_heap(free, std::greater<>());
      auto& [moment, client] = free.back();
      MadeOperation& op = operations_.emplace_back();
      const uint64_t lasts = 200 + random_.below(1600);
      op.call = moment;
      op.effect = moment + 1 + random_.below(lasts - 1);
      op.ret = moment + lasts;
      op.process = process[client];
      op.key = pick_key();
      pick_call(op);
      if (random_.in_thousand(shape_.unknown_per_thousand)) {
        op.unknown = true;
        op.happens = random_.in_thousand(500);
        if (random_.in_thousand(300)) op.effect += random_.below(20000);  // late
        process[client] = next_process++;
      }
      moment += lasts + 10 + random_.below(80);
      std::ranges::push_heap(free, std::greater<>());
    }
  }

  uint32_t pick_key() {
    if (!shape_.zipf) return static_cast<uint32_t>(random_.below(shape_.keys));
    // P(key k) ~ 1/(k+1), by inversion of its harmonic sums.
    if (harmonic_.empty()) {
      double sum = 0;
      for (uint32_t k = 0; k < shape_.keys; ++k) harmonic_.push_back(sum += 1.0 / (k + 1));
    }
    const double at = static_cast<double>(random_.below(1u << 30)) / (1u << 30) * harmonic_.back();
    return static_cast<uint32_t>(std::ranges::lower_bound(harmonic_, at) - harmonic_.begin()) % shape_.keys;
  }

  void pick_call(MadeOperation& op) {
    const uint64_t pick = random_.below(shape_.reads + shape_.writes + shape_.cas);
    op.f = pick < shape_.reads                   ? checker::Function::Read
           : pick < shape_.reads + shape_.writes ? checker::Function::Write
                                                 : checker::Function::Cas;
  }

  int64_t fresh_value() { return shape_.values > 0 ? static_cast<int64_t>(random_.below(shape_.values)) : unique_++; }

  // At the moment of its effect. What is written is chosen here, so that a cas can demand what may be there.
  void perform(MadeOperation& op) {
    Register& r = registers_[op.key];
    if (op.f == checker::Function::Read) {
      op.result = r.value;
      op.version = r.version;
      op.zxid = zxid_;
      return;
    }
    if (op.f == checker::Function::Write) {
      op.argument = fresh_value();
      if (!op.happens) return;
      r.value = op.argument;
    } else {
      const bool guess = shape_.values > 0;
      op.argument = guess                      ? static_cast<int64_t>(random_.below(shape_.values))
                    : random_.in_thousand(800) ? r.value
                                               : r.value - 1;
      op.second = fresh_value();
      op.failed = op.argument != r.value || op.argument < 0;
      if (op.argument < 0) op.argument = 1 << 30;
      if (op.failed || !op.happens) return;
      r.value = op.second;
    }
    op.version = ++r.version;
    op.zxid = ++zxid_;
  }

  bool stale_read(const std::vector<size_t>& order, size_t place) {
    MadeOperation& read = operations_[order[place]];
    if (read.f != checker::Function::Read || read.unknown || place < 8) return false;
    // Candidates: values of effects not long ago.
    const size_t window = std::min<size_t>(place, 40 * shape_.clients * std::min<uint32_t>(shape_.keys, 100));
    for (size_t back = 1; back < window; ++back) {
      const MadeOperation& old = operations_[order[place - back]];
      if (old.key != read.key || old.f == checker::Function::Read || old.failed || old.unknown) continue;
      const int64_t value = old.f == checker::Function::Cas ? old.second : old.argument;
      if (value != read.result && overwritten(order, place, read, value)) {
        read.result = value;
        if (shape_.versions) read.version = old.version;
        if (shape_.zxids) read.zxid = old.zxid;
        return true;
      }
    }
    return false;
  }

  bool overwritten(const std::vector<size_t>& order, size_t place, const MadeOperation& read, int64_t value) const {
    uint64_t last_made = 0;
    uint64_t last_other_call = 0;
    const size_t from = shape_.values == 0 ? place - std::min<size_t>(place, 4000 + 40 * shape_.clients) : 0;
    for (size_t i = from; i < order.size(); ++i) {
      const MadeOperation& op = operations_[order[i]];
      if (op.call > read.ret) break;
      if (op.key != read.key || op.f == checker::Function::Read || (op.failed && !op.unknown)) continue;
      const int64_t made = op.f == checker::Function::Cas ? op.second : op.argument;
      if (made == value) last_made = std::max(last_made, op.unknown ? UINT64_MAX : op.ret);
      if (made != value && !op.unknown && op.ret < read.call) last_other_call = std::max(last_other_call, op.call);
    }
    return last_other_call > last_made;
  }

  Shape shape_;
  Random random_;
  std::vector<MadeOperation> operations_;
  std::vector<Register> registers_;
  std::vector<int64_t> recent_;
  std::vector<double> harmonic_;
  int64_t unique_ = 0;
  int64_t zxid_ = 0;
};

}  // namespace vivarium::bench
