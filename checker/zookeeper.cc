#include "checker/zookeeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "checker/window.h"

namespace vivarium::checker {
namespace {

// The zxids of replies are claims, and never believed: they are held against real time, against each other, and against what reads saw.
//
//   writes            one zxid each; their order by zxid respects real time and each session's own order
//   a znode's values  one value and one mzxid per (czxid, version); versions grow with mzxid; a demanded version is the one before
//   reads             the value was written, by a call that began before the read's end; no write lies between what was read and the
//                     zxid of the reply; per session never older than what it has read, written or been told before
//   sync (strict)     a read after it has everything that was acknowledged before the sync was called
class Judge {
 public:
  Judge(const History& history, const Options& options) : history_(history), options_(options) {}

  Verdict run() {
    verdict_.model = "zookeeper";
    verdict_.operations = history_.operations.size();
    verdict_.keys = history_.keys.size();
    collect();
    if (holds()) writes_in_real_time();
    if (holds()) values_by_version();
    if (holds()) reads();
    if (holds()) sessions();
    return std::move(verdict_);
  }

 private:
  using Index = uint32_t;
  using Generation = std::tuple<uint32_t, int64_t, int32_t>;  // key, czxid, version
  struct Content { Value value; int64_t mzxid; Index op; };

  bool holds() const { return verdict_.answer == Answer::Holds; }
  const Operation& at(Index i) const { return history_.operations[i]; }
  static bool writes(const Operation& op) { return op.f == Function::Create || op.f == Function::SetData || op.f == Function::Delete; }
  int64_t mzxid(Index i) const {
    const Detail* detail = history_.detail(i);
    return detail ? detail->mzxid : kNoZxid;
  }
  int64_t czxid(Index i) const {
    if (at(i).f == Function::Create) return at(i).zxid;
    const Detail* detail = history_.detail(i);
    return detail ? detail->czxid : kNoZxid;
  }
  int64_t session(Index i) const { return history_.records[i].session; }

  void fail(std::vector<Index> ops, std::string why) {
    if (!holds()) return;
    verdict_.answer = Answer::Violated;
    if (!options_.minimize) return;
    std::sort(ops.begin(), ops.end());
    Window window;
    window.key = std::string(history_.keys[at(ops.front()).key]);
    window.initial = "anything";
    for (Index i : ops) {
      const Operation& op = at(i);
      WindowOperation shown;
      shown.operation = i;
      shown.line = history_.line_of(op.call);
      shown.process = op.process;
      shown.what = fmt::format("{} {}", describe_call(history_, op), history_.keys[op.key]);
      shown.outcome = describe_outcome(history_, op);
      if (op.zxid != kNoZxid) shown.outcome += fmt::format(", zxid {:#x}", static_cast<uint64_t>(op.zxid));
      shown.call_time = history_.records[i].call_time;
      shown.return_time = op.ret == kNever ? -1 : history_.records[i].return_time;
      window.operations.push_back(std::move(shown));
    }
    window.why.push_back(std::move(why));
    window.verified = true;  // the sentence is about these operations alone
    verdict_.window = std::move(window);
  }

  void collect() {
    for (Index i = 0; i < history_.operations.size(); ++i) {
      const Operation& op = at(i);
      if (!writes(op)) continue;
      if (op.outcome == Outcome::Ok && op.zxid != kNoZxid) {
        by_zxid_.push_back(i);
        writes_of_[op.key].push_back(i);
      } else if (op.outcome == Outcome::Unknown) {
        unknown_[{op.key, op.argument.bits()}] = i;
      }
    }
    const auto earlier = [this](Index a, Index b) { return std::pair(at(a).zxid, a) < std::pair(at(b).zxid, b); };
    std::sort(by_zxid_.begin(), by_zxid_.end(), earlier);
    for (auto& [key, list] : writes_of_) std::sort(list.begin(), list.end(), earlier);
  }

  void writes_in_real_time() {
    Index latest = 0;  // of the writes so far, the one that was called last
    for (size_t k = 0; k < by_zxid_.size() && holds(); ++k) {
      const Index i = by_zxid_[k];
      if (k == 0) { latest = i; continue; }
      if (at(by_zxid_[k - 1]).zxid == at(i).zxid) return fail({by_zxid_[k - 1], i}, "two writes were answered with one zxid");
      if (at(i).ret < at(latest).call) return fail({i, latest}, "the first had been answered before the second was called, yet its zxid is the later one");
      if (at(i).call > at(latest).call) latest = i;
    }
  }

  void values_by_version() {
    for (Index i = 0; i < history_.operations.size() && holds(); ++i) {
      const Operation& op = at(i);
      if (op.outcome != Outcome::Ok) continue;
      if (op.f == Function::SetData && op.asked_version >= 0 && op.version >= 0 && op.version != op.asked_version + 1) {
        return fail({i}, fmt::format("it demanded version {} and made version {}", op.asked_version, op.version));
      }
      const bool create = op.f == Function::Create;
      if ((!create && op.f != Function::SetData && op.f != Function::GetData) || czxid(i) == kNoZxid || (!create && op.version < 0)) continue;
      const Generation generation{op.key, czxid(i), create ? 0 : op.version};
      const Content content{op.f == Function::GetData ? op.result : op.argument, op.f == Function::GetData ? mzxid(i) : op.zxid, i};
      const auto [known, fresh] = contents_.emplace(generation, content);
      if (fresh) continue;
      if (!(known->second.value == content.value)) return fail({known->second.op, i}, fmt::format("one version, {}, has two values", std::get<2>(generation)));
      if (known->second.mzxid != content.mzxid) return fail({known->second.op, i}, fmt::format("one version, {}, was made by two transactions", std::get<2>(generation)));
    }
    const std::pair<const Generation, Content>* before = nullptr;
    for (const auto& item : contents_) {
      const bool same_node = before && std::get<0>(before->first) == std::get<0>(item.first) && std::get<1>(before->first) == std::get<1>(item.first);
      if (same_node && before->second.mzxid >= item.second.mzxid) return fail({before->second.op, item.second.op}, "the later version was made by an earlier transaction");
      before = &item;
    }
  }

  void reads() {
    for (Index i = 0; i < history_.operations.size() && holds(); ++i) {
      const Operation& op = at(i);
      if (op.f != Function::GetData || op.outcome != Outcome::Ok) continue;
      const auto list = writes_of_.find(op.key);
      const int64_t saw = mzxid(i);
      bool found = false;
      if (list != writes_of_.end()) {
        const auto maker = std::lower_bound(list->second.begin(), list->second.end(), saw, [this](Index w, int64_t z) { return at(w).zxid < z; });
        found = maker != list->second.end() && at(*maker).zxid == saw;
        const auto next = std::upper_bound(list->second.begin(), list->second.end(), saw, [this](int64_t z, Index w) { return z < at(w).zxid; });
        if (saw != kNoZxid && next != list->second.end() && at(*next).zxid <= op.zxid) return fail({*next, i}, "the reply says that the write was applied, and shows what was there before it");
      }
      if (saw != kNoZxid && saw > op.zxid) return fail({i}, "it shows a transaction later than the reply's own zxid");
      if (found) continue;
      const auto unknown = unknown_.find({op.key, op.result.bits()});
      if (unknown == unknown_.end()) return fail({i}, "it read what nobody wrote");
      if (at(unknown->second).call > op.ret) return fail({i, unknown->second}, "it read what was written only afterwards");
    }
  }

  // Replies of one session, in the order of its calls: zxids never go back, nor does what is seen of a znode.
  void sessions() {
    struct View { int64_t zxid = kNoZxid; Index op = 0; };
    std::map<int64_t, View> views;
    std::map<std::pair<int64_t, uint32_t>, View> seen;   // by session and key: mzxid
    std::map<int64_t, Index> syncs;                      // by session: the latest that was answered
    for (Index i = 0; i < history_.operations.size() && holds(); ++i) {
      const Operation& op = at(i);
      if (op.outcome == Outcome::Unknown || session(i) == kNoSession || op.zxid == kNoZxid) continue;
      View& view = views[session(i)];
      if (op.zxid < view.zxid) return fail({view.op, i}, "the session was answered from an earlier state than it had seen before");
      view = {op.zxid, i};
      if (op.outcome != Outcome::Ok) continue;
      if (op.f == Function::Sync) syncs[session(i)] = i;
      if (op.f != Function::GetData && op.f != Function::SetData) continue;
      View& last = seen[{session(i), op.key}];
      const int64_t now = op.f == Function::SetData ? op.zxid : mzxid(i);
      if (now != kNoZxid && now < last.zxid) return fail({last.op, i}, "the session sees an older state of the znode than before");
      last = {now, i};
      if (options_.strict_sync && op.f == Function::GetData) fresh_after_sync(i, syncs);
    }
  }

  void fresh_after_sync(Index i, const std::map<int64_t, Index>& syncs) {
    const auto sync = syncs.find(session(i));
    const auto list = writes_of_.find(at(i).key);
    if (sync == syncs.end() || list == writes_of_.end()) return;
    for (Index w : list->second) {
      if (at(w).ret < at(sync->second).call && at(w).zxid > mzxid(i)) return fail({w, sync->second, i}, "the write was acknowledged before the sync, and the read after the sync does not have it");
    }
  }

  const History& history_;
  const Options& options_;
  Verdict verdict_;
  std::vector<Index> by_zxid_;                                   // acknowledged writes, of all znodes
  std::map<uint32_t, std::vector<Index>> writes_of_;             // by key, ascending by zxid
  std::map<std::pair<uint32_t, uint64_t>, Index> unknown_;       // writes whose outcome nobody knows, by key and value
  std::map<Generation, Content> contents_;
};

}  // namespace

Verdict check_zookeeper(const History& history, const Options& options) { return Judge(history, options).run(); }

}  // namespace vivarium::checker
