#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <map>

#include "viz/exports.h"
#include "viz/markup.h"
#include "viz/messages.h"
#include "viz/operations.h"
#include "viz/roles.h"

namespace vivarium::viz {

namespace {

// Tenths of a pixel, so that no float rounds differently elsewhere.
constexpr int64_t kLeft = 1100, kRight = 11800, kWidth = 12000, kTop = 560, kLane = 640, kBar = 160;
constexpr int64_t kCharacter = 58;  // of the small letters
constexpr int64_t kTextHeight = 110;
constexpr size_t kMessagesNamed = 400;  // beyond so many there is no room

std::string pixels(int64_t tenths) {
  return tenths % 10 == 0 ? fmt::to_string(tenths / 10) : fmt::format("{}.{}", tenths / 10, tenths % 10);
}

// Told apart by their strokes too, in print and by those who see few colours.
struct MessageClass {
  const char *name, *words;
};
constexpr std::array kClasses = {
    MessageClass{"election", "election"}, MessageClass{"sync", "discovery, synchronization"},
    MessageClass{"proposal", "proposal"}, MessageClass{"ack", "acknowledgement"},
    MessageClass{"commit", "commit"},     MessageClass{"client", "client"},
    MessageClass{"other", "other"}};
size_t class_of(Label label) {
  switch (label) {
    case Label::kElectionHeader:
    case Label::kNotification: return 0;
    case Label::kFollowerInfo:
    case Label::kLeaderInfo:
    case Label::kAckEpoch:
    case Label::kDiff:
    case Label::kTrunc:
    case Label::kSnap:
    case Label::kSnapBytes:
    case Label::kNewLeader:
    case Label::kAckNewLeader:
    case Label::kUpToDate: return 1;
    case Label::kProposal:
    case Label::kRequest: return 2;
    case Label::kAck: return 3;
    case Label::kCommit:
    case Label::kInform: return 4;
    case Label::kConnectRequest:
    case Label::kConnectResponse:
    case Label::kClientRequest:
    case Label::kClientReply:
    case Label::kWatchEvent: return 5;
    default: return 6;
  }
}

constexpr const char* kStyle = R"(<style>
text { font: 10px Helvetica, Arial, sans-serif; fill: #111 }
.name { font-size: 12px; font-weight: bold }
.in { fill: #fff }
.lane { stroke: #999; stroke-width: 1 }
.grid { stroke: #ddd; stroke-width: 1 }
rect { stroke: #333; stroke-width: 0.5 }
.down { fill: #fff; stroke-dasharray: 2 2 }
.looking { fill: #eee }
.following { fill: #a6cbe8 }
.leading { fill: #0b4f8a }
.observing { fill: #d9cfe8 }
.operation { fill: #f4e3b8 }
.unanswered { fill: #fff; stroke-dasharray: 3 2 }
line { stroke: #555; stroke-width: 1 }
.election { stroke: #b35900; stroke-dasharray: 6 2 }
.sync { stroke: #00724f; stroke-width: 1.5 }
.proposal { stroke: #0b4f8a; stroke-width: 1.5 }
.ack { stroke: #0b4f8a; stroke-dasharray: 2 2 }
.commit { stroke: #111; stroke-width: 1.5 }
.client { stroke: #999 }
.other { stroke: #bbb; stroke-dasharray: 1 3 }
.fault { stroke: #a00; stroke-width: 2 }
.told { fill: #a00; paint-order: stroke; stroke: #fff; stroke-width: 3 }
.side { fill: #a00 }
</style>
<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">
<path d="M0 0 6 3 0 6z" fill="#333"/></marker></defs>
)";

class Svg {
 public:
  Svg(const Trace& trace, Window window) : trace_(trace), e_(trace.events), window_(window) {
    const int64_t last = e_.t.empty() ? 0 : e_.t.back();
    window_.until = std::max(std::min(window.until, last), window.from + 1);
  }

  std::string write() {
    add_grid();
    add_lanes();
    for (const RoleSpan& span : roles_of(trace_)) add_role(span);
    for (const Operation& operation : operations_of(trace_)) add_operation(operation);
    for (uint32_t i = 0; i < e_.size(); ++i) {
      if (window_.holds(e_.t[i])) add_fault(i);
    }
    add_messages();
    for (const node::TraceViolation& violation : trace_.violations) add_violation(violation);
    add_legend();
    return head() + body_ + "</svg>\n";
  }

 private:
  template <class... A>
  void put(fmt::format_string<A...> text, A&&... values) {
    fmt::format_to(std::back_inserter(body_), text, std::forward<A>(values)...);
  }
  size_t lanes() const { return trace_.header.nodes.size(); }
  int64_t bottom() const { return kTop + static_cast<int64_t>(lanes()) * kLane; }
  std::string head() const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" "
        "height=\"{}\">\n<title>{}</title>\n{}"
        "<rect width=\"{}\" height=\"{}\" style=\"fill: #fff; stroke: none\"/>\n<text x=\"11\" y=\"18\" "
        "class=\"name\">{}</text>\n",
        pixels(kWidth), pixels(bottom() + 500), pixels(kWidth), pixels(bottom() + 500), escaped(title()), kStyle,
        pixels(kWidth), pixels(bottom() + 500), escaped(fitting(title(), kWidth - 300)));
  }
  std::string title() const {
    const auto& h = trace_.header;
    const std::string run = h.scenario.empty() ? "a running ensemble" : fmt::format("{}, seed {}", h.scenario, h.seed);
    return fmt::format("{}: {} to {}{}{}", run, seconds_text(window_.from), seconds_text(window_.until),
                       h.commit.empty() ? "" : ", commit " + h.commit,
                       h.mistake.empty() ? "" : ", with a mistake: " + h.mistake);
  }
  static std::string fitting(std::string text, int64_t width) {
    const auto characters = static_cast<size_t>(std::max<int64_t>(width, 0) / kCharacter);
    if (text.size() > characters) text.resize(characters);
    return text;
  }

  // In steps, since nanoseconds times pixels of a long run would not fit.
  int64_t x_of(int64_t t) const {
    const int64_t width = window_.until - window_.from, at = window_.clipped(t) - window_.from;
    const int64_t scale = width > (int64_t{1} << 48) ? 1 << 16 : 1;
    return kLeft + at / scale * (kRight - kLeft) / std::max<int64_t>(width / scale, 1);
  }
  static int64_t y_of(size_t node) { return kTop + static_cast<int64_t>(node) * kLane; }

  void add_grid() {
    static constexpr std::array<int64_t, 3> kSteps = {1, 2, 5};
    int64_t step = 1;
    const int64_t width = window_.until - window_.from;
    for (int64_t ten = 1; width / step > 10; ten *= 10) {
      for (const int64_t one : kSteps) {
        step = one * ten;
        if (width / step <= 10) break;
      }
    }
    const std::string unit = step >= 1'000'000 ? "ms" : step >= 1000 ? "us" : "ns";
    const int64_t divisor = step >= 1'000'000 ? 1'000'000 : step >= 1000 ? 1000 : 1;
    for (int64_t t = (window_.from + step - 1) / step * step; t <= window_.until; t += step) {
      const int64_t x = x_of(t);
      put("<line class=\"grid\" x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\"/>\n", pixels(x), pixels(kTop - 120),
          pixels(bottom()));
      const bool last = x > kRight - 400;
      put("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{} {}</text>\n", pixels(x), pixels(kTop - 150),
          last ? "end" : "middle", t / divisor, unit);
    }
  }

  void add_lanes() {
    for (size_t node = 0; node < lanes(); ++node) {
      const auto index = static_cast<uint16_t>(node);
      put("<text x=\"11\" y=\"{}\" class=\"name\">{}</text>\n", pixels(y_of(node) + 40),
          escaped(fitting(node_name(trace_, index), kLeft - 330)));
      put("<line class=\"lane\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", pixels(kLeft), pixels(y_of(node)),
          pixels(kRight), pixels(y_of(node)));
    }
  }

  void bar(const char* look, size_t node, int64_t begin, int64_t end, const std::string& words) {
    if (end < window_.from || begin > window_.until) return;
    const int64_t x = x_of(begin), width = std::max<int64_t>(x_of(end) - x, 5);
    put("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n", look, pixels(x),
        pixels(y_of(node) - kBar / 2), pixels(width), pixels(kBar), escaped(words));
    const std::string shown = fitting(words, width - 40);
    if (shown.size() < std::min<size_t>(words.size(), 4)) return;
    put("<text x=\"{}\" y=\"{}\"{}>{}</text>\n", pixels(x + 30), pixels(y_of(node) + 35),
        std::string_view(look) == "leading" ? " class=\"in\"" : "", escaped(shown));
  }

  void add_role(const RoleSpan& span) {
    std::string words = role_name(span.role);
    if (span.phase == ZabPhase::kBroadcast) words += fmt::format(", epoch {}", span.epoch);
    if (span.phase == ZabPhase::kDiscovery || span.phase == ZabPhase::kSynchronization)
      words += fmt::format(", {}", phase_name(span.phase));
    bar(role_name(span.role), span.node, span.begin, span.end, words);
  }

  void add_operation(const Operation& x) {
    const int64_t end = x.returned == kNoEvent ? e_.t.back() : e_.t[x.returned];
    const bool answered = x.outcome == "ok" || (!x.outcome.empty() && !x.outcome.starts_with("unknown"));
    bar(answered ? "operation" : "unanswered", x.client, e_.t[x.called], end,
        fmt::format("{}{}{}: {}", x.name, x.path.empty() ? "" : " ", x.path,
                    x.outcome.empty() ? "no answer" : x.outcome));
  }

  void add_messages() {
    std::vector<Message> shown;
    for (const Message& x : messages_of(trace_)) {
      if (window_.holds(e_.t[x.send]) && e_.label[x.send] != Label::kPing) shown.push_back(x);
    }
    // What never arrived ends on its way; whom it was for, the dialer or the other end of its stream tells.
    const auto ends = receivers();
    for (const Message& x : shown) {
      const auto receiver = ends.find(e_.stream[x.send]);
      const bool arrived = x.received != kNoEvent;
      if (!arrived && receiver == ends.end()) continue;
      const uint16_t from = e_.node[x.send], to = arrived ? e_.node[x.received] : receiver->second;
      add_message(x, from, to, arrived, shown.size() <= kMessagesNamed);
    }
  }
  std::map<uint64_t, uint16_t> receivers() const {
    std::map<uint64_t, uint16_t> out;
    for (uint32_t i = 0; i < e_.size(); ++i) {
      if (e_.kind[i] == TraceKind::kReceived) out.try_emplace(e_.stream[i], e_.node[i]);
    }
    return out;
  }

  void add_message(const Message& x, uint16_t from, uint16_t to, bool arrived, bool named) {
    const int64_t side = to > from ? 1 : -1;
    const int64_t x1 = x_of(e_.t[x.send]), y1 = y_of(from) + side * kBar / 2;
    int64_t x2 = arrived ? x_of(e_.t[x.received]) : x1 + 60, y2 = y_of(to) - side * kBar / 2;
    if (!arrived) y2 = y1 + (y2 - y1) * 6 / 10;
    const size_t kind = class_of(e_.label[x.send]);
    classes_used_[kind] = true;
    const std::string name = message_name(trace_, x.send);
    put("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}><title>{}, seq {}{}</title></line>\n",
        kClasses[kind].name, pixels(x1), pixels(y1), pixels(x2), pixels(y2), arrived ? " marker-end=\"url(#tip)\"" : "",
        escaped(name), e_.seq[x.send], arrived ? "" : ", never arrived whole");
    if (!arrived) cross(x2, y2);
    if (!named) return;
    const int64_t at = x1 + (x2 - x1) / 3 + 20, width = static_cast<int64_t>(name.size()) * kCharacter;
    const int64_t y = y1 + (y2 - y1) / 3;
    if (at + width < kWidth && is_free(at, y, width))
      put("<text x=\"{}\" y=\"{}\">{}</text>\n", pixels(at), pixels(y), escaped(name));
  }
  // Names that would cover each other are left to the titles. Takes the place when it is free.
  bool is_free(int64_t x, int64_t y, int64_t width) {
    const bool taken = std::ranges::any_of(names_, [&](const Place& other) {
      return std::abs(other.y - y) < kTextHeight && x < other.x + other.width && other.x < x + width;
    });
    if (!taken) names_.push_back({x, y, width});
    return !taken;
  }
  void cross(int64_t x, int64_t y) {
    put("<path d=\"M{} {}l8 8m0 -8l-8 8\" stroke=\"#a00\" fill=\"none\"/>\n", pixels(x - 40), pixels(y - 40));
  }

  void add_fault(uint32_t i) {
    if (e_.kind[i] < TraceKind::kRecoveryRefused || e_.kind[i] > TraceKind::kClockStep) return;
    const bool everywhere = e_.node[i] == node::kTraceWorld;
    const int64_t x = x_of(e_.t[i]);
    const int64_t y1 = everywhere ? kTop - 120 : y_of(e_.node[i]) - 200;
    const int64_t y2 = everywhere ? bottom() : y_of(e_.node[i]) + 200;
    put("<line class=\"fault\" x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\"><title>{3}</title></line>\n", pixels(x),
        pixels(y1), pixels(y2), escaped(event_name(trace_, i)));
    // Of several at one place the first is named; the others have their titles.
    if (!named_.try_emplace({x / 200, everywhere ? UINT16_MAX : e_.node[i]}, true).second) return;
    const std::string name = event_name(trace_, i);
    const bool fits = x + 30 + static_cast<int64_t>(name.size()) * kCharacter < kWidth;
    names_.push_back({fits ? x : x - 300, everywhere ? kTop - 40 : y1 - 10, 600});
    put("<text class=\"told\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", pixels(fits ? x + 30 : x - 30),
        pixels(everywhere ? kTop - 40 : y1 - 10), fits ? "start" : "end", escaped(name));
  }

  // Its moment, and each side on the lane of who has or does it; what is earlier than the window stands at its edge.
  void add_violation(const node::TraceViolation& violation) {
    if (!window_.holds(violation.t_ns)) return;
    const int64_t x = x_of(violation.t_ns);
    put("<line class=\"fault\" x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\"><title>{3}</title></line>\n", pixels(x),
        pixels(kTop - 80), pixels(bottom()), escaped(violation.check + ": " + violation.what));
    add_told(x, kTop - 90, "violated: " + violation.check);
    std::map<uint16_t, int64_t> below;
    char letter = 'A';
    for (const node::TraceSide& side : violation.sides) {
      const std::string words = fmt::format("{} {}", letter++, side.says);
      if (side.node == node::kTraceWorld) continue;
      const auto shown = std::ranges::lower_bound(e_.seq, side.seq);
      const bool told = side.seq != 0 && shown != e_.seq.end() && *shown == side.seq;
      const int64_t t = told ? e_.t[static_cast<size_t>(shown - e_.seq.begin())] : violation.t_ns;
      const int64_t y = y_of(side.node) + below[side.node];
      below[side.node] += kTextHeight;
      put("<circle class=\"side\" cx=\"{}\" cy=\"{}\" r=\"3\"/>\n", pixels(x_of(window_.clipped(t))), pixels(y));
      add_told(x_of(window_.clipped(t)), y + 35, words);
    }
  }
  void add_told(int64_t x, int64_t y, const std::string& words) {
    const bool fits = x + 60 + static_cast<int64_t>(words.size()) * kCharacter < kWidth;
    put("<text class=\"told\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", pixels(fits ? x + 60 : x - 60),
        pixels(y), fits ? "start" : "end", escaped(words));
  }

  void add_legend() {
    int64_t x = kLeft;
    for (size_t i = 0; i < kClasses.size(); ++i) {
      if (!classes_used_[i]) continue;
      put("<line class=\"{0}\" x1=\"{1}\" y1=\"{2}\" x2=\"{3}\" y2=\"{2}\"/>\n<text x=\"{4}\" y=\"{5}\">{6}</text>\n",
          kClasses[i].name, pixels(x), pixels(bottom() + 200), pixels(x + 300), pixels(x + 350), pixels(bottom() + 235),
          kClasses[i].words);
      x += 350 + static_cast<int64_t>(std::string_view(kClasses[i].words).size() + 3) * kCharacter;
    }
  }

  struct Place {
    int64_t x, y, width;
  };

  const Trace& trace_;
  const Events& e_;
  Window window_;
  std::string body_;
  std::vector<Place> names_;
  std::array<bool, kClasses.size()> classes_used_{};
  std::map<std::pair<int64_t, uint16_t>, bool> named_;
};

}  // namespace

std::string window_svg(const Trace& trace, Window window) { return Svg(trace, window).write(); }

}  // namespace vivarium::viz
