#include "sim/story.h"

#include <fmt/format.h>

#include <set>

#include "core/zab/sync_decision.h"

namespace vivarium::sim {

namespace {

class Teller {
 public:
  explicit Teller(const TraceHeader& header) : header_(header) {}

  void tell(const TraceItem& item) {
    const Record& r = item.record;
    if (r.t != now_) finish_links();
    now_ = r.t;
    if (r.kind == RecordKind::kNote && is_server(r.node)) return tell_note(r);
    if (r.kind == RecordKind::kCut || r.kind == RecordKind::kHealed) return add_link(r);
    const std::string who = name(r.node), why(item.text.is_null() ? std::string_view() : item.text.view());
    switch (r.kind) {
      case RecordKind::kStarted:
        if (r.a > 1) say(fmt::format("{} starts again, with history up to {}", who, Zxid{r.b}));
        break;
      case RecordKind::kRecoveryRefused: say(fmt::format("{} refuses to start: {}", who, why)); break;
      case RecordKind::kExited: say(fmt::format("{} stops by itself: {}", who, why)); break;
      case RecordKind::kKilled: say(who + " is killed"); break;
      case RecordKind::kPowerLost: say(who + " loses its power"); break;
      case RecordKind::kWiped: say(who + " loses its disk"); break;
      case RecordKind::kPaused: say(who + " stands still"); break;
      case RecordKind::kResumed: say(who + " goes on"); break;
      case RecordKind::kConnectionsReset: say(fmt::format("{} connections are reset", r.c)); break;
      case RecordKind::kDiskSlowed: say(fmt::format("{}'s disk takes {} % of the usual time", who, r.a)); break;
      case RecordKind::kDiskFault: say(who + "'s disk is about to fail"); break;
      case RecordKind::kClockStep: say(fmt::format("{}'s wall clock jumps by {} ms", who, r.a / 1'000'000)); break;
      default: break;
    }
  }

  std::string finish() {
    finish_links();
    return std::move(out_);
  }

 private:
  bool is_server(ProcessId p) const { return p < header_.nodes.size() && header_.nodes[p].sid != 0; }
  std::string name(ProcessId p) const {
    return is_server(p) ? fmt::format("server {}", header_.nodes[p].sid) : std::string("the network");
  }

  void say(const std::string& sentence) { say(now_, sentence); }
  void say(Time t, const std::string& sentence) {
    out_ += fmt::format("{:>4}.{:03} s  {}\n", t.ns / 1'000'000'000, t.ns % 1'000'000'000 / 1'000'000, sentence);
  }

  void tell_note(const Record& r) {
    const std::string who = name(r.node);
    switch (static_cast<NoteKind>(r.a)) {
      case NoteKind::kEstablished:
        leader_ = r.node;
        say(fmt::format("{} leads epoch {}, with history up to {}", who, r.b, Zxid{r.c}));
        break;
      case NoteKind::kSyncChosen:
        say(fmt::format("{} brings server {} up to date: {}", who, r.c,
                        zab::sync_row_name(static_cast<zab::SyncRow>(r.b))));
        break;
      case NoteKind::kTruncated: say(fmt::format("{} cuts its log from {} to {}", who, Zxid{r.c}, Zxid{r.b})); break;
      case NoteKind::kSteppedDown: say(who + (leader_ == r.node ? " leads no more" : " follows no more")); break;
      case NoteKind::kSessionExpired:
        say(fmt::format("{} expires session {:x}", who, static_cast<uint64_t>(r.b)));
        break;
      default: break;
    }
  }

  // Both directions of a link, and all links of one fault, are one sentence.
  void add_link(const Record& r) {
    const bool cut = r.kind == RecordKind::kCut;
    if (cut != cutting_) finish_links();
    cutting_ = cut;
    ++links_;
  }
  void finish_links() {
    if (links_ > 0)
      say(fmt::format("{} {} cut", links_ == 1 ? "one way is" : fmt::format("{} ways are", links_),
                      cutting_ ? "now" : "no longer"));
    links_ = 0;
  }

  const TraceHeader& header_;
  std::string out_;
  Time now_;
  ProcessId leader_ = kNoProcess;  // the latest to be established
  bool cutting_ = false;
  size_t links_ = 0;
};

}  // namespace

std::string tell(const Trace& trace, const TraceHeader& header) {
  Teller teller(header);
  trace.items().for_each([&](const TraceItem& item) { teller.tell(item); });
  return teller.finish();
}

}  // namespace vivarium::sim
