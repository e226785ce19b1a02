#include "viz/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>

#include "core/zab/sync_decision.h"
#include "viz/messages.h"
#include "viz/network_words.h"
#include "viz/operations.h"

namespace vivarium::viz {

namespace {

struct Vote {
  int64_t leader = 0, zxid = 0, round = 0;
};

struct Server {
  int64_t epoch = -1;   // current; -1: not known
  int64_t logged = -1;  // when it began to look
  Vote vote;
  bool own_vote_due = false;  // a round has just begun
  bool leads = false;
  int64_t looking_since = 0;
  int64_t proposed = 0, committed = 0;
  int starts = 0;
};

const char* action_words(zab::SyncAction action) {
  static constexpr std::array kWords = {"a DIFF", "a TRUNC", "a TRUNC and a DIFF", "a snapshot (SNAP)",
                                        "nothing yet: it reads its log"};
  return kWords[static_cast<size_t>(action)];
}

class Narrator {
 public:
  Narrator(const Trace& trace, Window window)
      : trace_(trace), e_(trace.events), window_(window), servers_(trace.header.nodes.size()) {}

  std::string tell() {
    for (uint32_t i = 0; i < e_.size(); ++i) {
      now_ = e_.t[i];
      if (e_.node[i] == node::kTraceWorld)
        world(i);
      else if (trace_.sid(e_.node[i]) == 0)
        client(i);
      else
        server(i);
    }
    flush();
    sum_up();
    return std::move(out_);
  }

 private:
  // ---- sentences

  void line(int64_t t, const std::string& sentence) {
    if (window_.holds(t)) fmt::format_to(std::back_inserter(out_), "{:>14}  {}\n", seconds_text(t), sentence);
  }
  template <class... A>
  void say(fmt::format_string<A...> text, A&&... values) {
    flush();
    line(now_, fmt::format(text, std::forward<A>(values)...));
  }
  std::string name(uint32_t i) const { return fmt::format("Server {}", trace_.sid(e_.node[i])); }

  // What comes in crowds waits here, to be told at once: links and clients that fare alike, and commits.
  void flush() {
    if (!links_.empty())
      line(links_at_, fmt::format("The network {} {}.", links_verb_, words_of_links(trace_, links_)));
    links_.clear();
    if (!clients_.empty()) {
      std::string who;
      for (size_t i = 0; i < clients_.size() && i < 6; ++i) who += (i == 0 ? "" : ", ") + clients_[i];
      if (clients_.size() > 6) who += fmt::format(" and {} more clients", clients_.size() - 6);
      line(clients_at_, fmt::format("{} {}.", who, clients_verb_));
    }
    clients_.clear();
    if (commits_ > 0) {
      line(commits_at_, commits_ == 1 ? fmt::format("Server {} commits {}.", commits_by_, hex(commit_first_))
                                      : fmt::format("Server {} has committed {} transactions, {} to {}.", commits_by_,
                                                    commits_, hex(commit_first_), hex(commit_last_)));
    }
    commits_ = 0;
  }

  // ---- the world

  void world(uint32_t i) {
    switch (e_.kind[i]) {
      case TraceKind::kCut: return link(i, "is cut");
      case TraceKind::kHealed: return link(i, "is healed");
      case TraceKind::kLinkChanged: return link(i, "becomes slower or lossier");
      case TraceKind::kLinkRestored: return link(i, "is as before");
      case TraceKind::kConnectionsReset:
        if (e_.c[i] > 0) link(i, "resets the connections");
        return;
      default: return;
    }
  }
  void link(uint32_t i, const char* verb) {
    if (links_.empty() || links_at_ != now_ || std::string_view(links_verb_) != verb) flush();
    links_at_ = now_;
    links_verb_ = verb;
    links_.insert({e_.a[i], e_.b[i]});
  }

  // ---- clients

  void client(uint32_t i) {
    if (e_.kind[i] == TraceKind::kKilled) return clients("ended by a kill", i);
    if (e_.kind[i] != TraceKind::kNote) return;
    switch (static_cast<NoteKind>(e_.a[i])) {
      case NoteKind::kConnected: return clients(e_.d[i] == 1 ? "resumed a session" : "opened a session", i);
      case NoteKind::kDisconnected: return clients("lost the connection", i);
      case NoteKind::kExpired: return clients("learned that the session has expired", i);
      default: return;
    }
  }
  void clients(const char* verb, uint32_t i) {
    if (clients_.empty() || std::string_view(clients_verb_) != verb) flush();
    if (clients_.empty()) clients_at_ = now_;
    clients_verb_ = verb;
    clients_.push_back(node_name(trace_, e_.node[i]));
  }

  // ---- servers

  void server(uint32_t i) {
    Server& server = servers_[e_.node[i]];
    switch (e_.kind[i]) {
      case TraceKind::kStarted: return started(server, i);
      case TraceKind::kKilled: return ended(server, i, "is killed");
      case TraceKind::kPowerLost: return ended(server, i, "loses power");
      case TraceKind::kPowerBack: return say("{} has power again.", name(i));
      case TraceKind::kExited: return ended(server, i, fmt::format("ends with code {}", e_.a[i]));
      case TraceKind::kStop:
        return say("{} stops, code {}{}{}.", name(i), e_.a[i], e_.text[i] != 0 ? ": " : "", trace_.text(i));
      case TraceKind::kRecoveryRefused:
        return say("{} refuses to start from what its disk holds{}{}.", name(i), e_.text[i] != 0 ? ": " : "",
                   trace_.text(i));
      case TraceKind::kDiskFailed: return ended(server, i, "has a disk that failed, and stops");
      case TraceKind::kWiped: return say("{}'s disk is wiped.", name(i));
      case TraceKind::kPaused: return say("{} is paused.", name(i));
      case TraceKind::kResumed: return say("{} goes on.", name(i));
      case TraceKind::kDiskSlowed: return say("{}'s disk takes {} % of its usual time.", name(i), e_.a[i]);
      case TraceKind::kDiskFault: return say("{}'s disk will fail in a call.", name(i));
      case TraceKind::kDiskCapacity: return say("{}'s disk holds {} bytes.", name(i), e_.a[i]);
      case TraceKind::kClockStep:
        if (now_ > 0) say("{}'s wall clock steps by {} ms.", name(i), e_.a[i] / 1'000'000);
        return;
      case TraceKind::kBindFailed:
        return say("{} cannot listen{}{}.", name(i), e_.text[i] != 0 ? ": " : "", trace_.text(i));
      case TraceKind::kDropped: return say("{} did more than it could write: {} events are missing.", name(i), e_.a[i]);
      case TraceKind::kNote: return note(server, i);
      default: return;
    }
  }

  void started(Server& server, uint32_t i) {
    const bool again = server.starts++ > 0;
    server.epoch = e_.d[i];
    server.leads = false;
    server.proposed = server.committed = 0;
    say("{} starts{}: its log ends at {}, its epoch is {}{}.", name(i), again ? " again" : "", hex(e_.b[i]), e_.d[i],
        e_.c[i] != e_.d[i] ? fmt::format(" (accepted: {})", e_.c[i]) : "");
  }

  void ended(Server& server, uint32_t i, const std::string& how) {
    const bool led = std::exchange(server.leads, false);
    std::string left;
    if (led && server.proposed > server.committed) {
      left = fmt::format(" It had proposed up to {}, and committed up to {}.", hex(server.proposed),
                         server.committed != 0 ? hex(server.committed) : "nothing of its epoch");
    }
    say("{}{} {}.{}", name(i), led ? ", the leader," : "", how, left);
  }

  void note(Server& s, uint32_t i) {
    const int64_t a = e_.b[i], b = e_.c[i], c = e_.d[i];  // as Outbox::note has them
    switch (static_cast<NoteKind>(e_.a[i])) {
      case NoteKind::kLooking:
        s.logged = a;
        s.leads = false;
        s.looking_since = now_;
        return;
      case NoteKind::kRoundStarted:
        s.logged = b;
        s.own_vote_due = true;
        s.vote.round = a;
        return;
      case NoteKind::kVoteChanged: return vote(s, i, {a, b, c});
      case NoteKind::kElected: return say("{} sees server {} elected in round {}.", name(i), a, c);
      case NoteKind::kFollowing: return;  // elected says it
      case NoteKind::kLeading:
        s.leads = true;
        s.proposed = s.committed = 0;
        return say("{} leads, and waits for a quorum to follow.", name(i));
      case NoteKind::kEpochProposed: return say("{} proposes epoch {}.", name(i), a);
      case NoteKind::kEpochAccepted: return say("{} promises to follow nothing older than epoch {}.", name(i), a);
      case NoteKind::kEpochCurrent: s.epoch = a; return say("{} has taken over the history of epoch {}.", name(i), a);
      case NoteKind::kSyncChosen: return sync(i, a, b, c);
      case NoteKind::kSyncReceived: return;  // epoch-current says that it is on disk
      case NoteKind::kEstablished:
        return say("{} is established as leader of epoch {}, {} ms after it began to look; its history ends at {}.",
                   name(i), a, (now_ - s.looking_since) / 1'000'000, hex(b));
      case NoteKind::kServing: return say("{} serves clients in epoch {}; it has {}.", name(i), a, hex(b));
      case NoteKind::kProposed: s.proposed = a; return;
      case NoteKind::kCommitted: return committed(s, i, a);
      case NoteKind::kSteppedDown:
        return say("{} leaves epoch {}{}{}; its log ends at {}.", name(i), a, e_.text[i] != 0 ? ": " : "",
                   trace_.text(i), hex(b));
      case NoteKind::kLearnerLost: return say("{} has lost its learner, server {}.", name(i), a);
      case NoteKind::kSessionExpired: return say("{} expires session {}.", name(i), hex(a));
      case NoteKind::kSessionMoved: return say("Session {} moves from server {} to server {}.", hex(a), b, c);
      case NoteKind::kSnapshotWritten:
        if (a > 0) say("{} writes a snapshot at {}.", name(i), hex(a));
        return;
      case NoteKind::kTruncated:
        return say("{} cuts its log after {}; what it had up to {} was never committed.", name(i), hex(a), hex(b));
      case NoteKind::kRejoined: return say("{} rejoins.", name(i));
      default: return;
    }
  }

  void committed(Server& s, uint32_t i, int64_t zxid) {
    s.committed = std::max(s.committed, zxid);
    if (!s.leads) return;  // learners are told by their leader
    if (!window_.holds(now_)) return;
    if (commits_ > 0 && commits_by_ != trace_.sid(e_.node[i])) flush();
    if (commits_++ == 0) commit_first_ = zxid;
    commits_by_ = trace_.sid(e_.node[i]);
    commit_last_ = zxid;
    commits_at_ = now_;
  }

  void sync(uint32_t i, int64_t row, int64_t learner, int64_t last) {
    if (row < 0 || static_cast<size_t>(row) >= zab::kSyncRows) return;
    const zab::SyncDecision& decision = zab::sync_rules()[static_cast<size_t>(row)].decision;
    say("{} sends server {}, whose log ends at {}, {}: {}.", name(i), learner, hex(last), action_words(decision.action),
        decision.why);
  }

  // ---- votes

  void vote(Server& s, uint32_t i, Vote vote) {
    const Vote before = std::exchange(s.vote, vote);
    const bool own = vote.leader == trace_.sid(e_.node[i]);
    if (std::exchange(s.own_vote_due, false)) {
      say("{} looks for a leader: in round {} it votes for itself, with zxid {}.", name(i), vote.round, hex(vote.zxid));
      return;
    }
    const std::string sender = sender_of(i);
    const std::string joins =
        vote.round > before.round
            ? fmt::format(" joins round {}{} and", vote.round, sender.empty() ? "" : ", which " + sender + " is in,")
            : "";
    if (own) return say("{}{} votes for itself, with zxid {}.", name(i), joins, hex(vote.zxid));
    const std::string whose = sender.empty() ? fmt::format("a vote for server {}", vote.leader)
                              : sender == fmt::format("server {}", vote.leader)
                                  ? sender + "'s vote"
                                  : fmt::format("{}'s vote for server {}", sender, vote.leader);
    const Vote rival = joins.empty() ? before : Vote{trace_.sid(e_.node[i]), s.logged, 0};
    say("{}{} adopts {}: {}.", name(i), joins, whose, reason(vote, rival));
  }

  // Who sent what this event was led to by.
  std::string sender_of(uint32_t i) const {
    const uint32_t received = e_.cause[i];
    if (received == kNoEvent || e_.kind[received] != TraceKind::kReceived) return "";
    const uint32_t send = e_.cause[received];
    return send == kNoEvent || e_.kind[send] != TraceKind::kSend ? "" : node_name(trace_, e_.node[send]);
  }

  int64_t epoch_of(int64_t sid) const {
    const size_t node = trace_.node_with_sid(sid);
    return node == servers_.size() ? -1 : servers_[node].epoch;
  }

  // Why a vote is ahead of another: by epoch, then zxid, then server id.
  std::string reason(const Vote& vote, const Vote& rival) const {
    const int64_t epoch = epoch_of(vote.leader), other = epoch_of(rival.leader);
    std::string epochs;
    if (epoch >= 0 && other >= 0) {
      if (epoch > other) return fmt::format("epoch {} is newer than {}", epoch, other);
      epochs = fmt::format("epoch {} is equal, ", epoch);
      // What was known of that server's epoch is of another moment than its vote.
      if (epoch < other) epochs.clear();
    }
    if (vote.zxid > rival.zxid)
      return fmt::format("{}zxid {} is newer than {}", epochs, hex(vote.zxid), hex(rival.zxid));
    if (vote.zxid == rival.zxid && vote.leader > rival.leader)
      return fmt::format("{}zxid {} is equal, {} is the higher server id", epochs, hex(vote.zxid), vote.leader);
    return fmt::format("it is for zxid {}", hex(vote.zxid));
  }

  void tell_violation(const node::TraceViolation& violation) {
    line(violation.t_ns, fmt::format("VIOLATED: {}: {}", violation.check, violation.what));
    if (!violation.promise.empty()) beside(fmt::format("what was to hold: {}", violation.promise));
    char letter = 'A';
    for (const node::TraceSide& side : violation.sides)
      beside(fmt::format("{}: {} {}{}", letter++, node_name(trace_, side.node), side.says, when(side.seq)));
    for (const std::string& sentence : violation.why) {
      if (sentence != violation.what) beside(sentence);
    }
    for (const node::TraceWindowOperation& op : violation.window) {
      beside(fmt::format("{}: {} {} to {}: {}: {}", letter++, node_name(trace_, op.node), seconds_text(op.from_ns),
                         op.until_ns < 0 ? "?" : seconds_text(op.until_ns), op.what, op.outcome));
    }
  }
  void beside(const std::string& sentence) { fmt::format_to(std::back_inserter(out_), "{:16}{}\n", "", sentence); }
  std::string when(uint64_t seq) const {
    const auto at = std::ranges::lower_bound(e_.seq, seq);
    if (seq == 0 || at == e_.seq.end() || *at != seq) return "";
    return fmt::format(" ({}, event {})", seconds_text(e_.t[static_cast<size_t>(at - e_.seq.begin())]), seq);
  }

  void sum_up() {
    for (const node::TraceViolation& violation : trace_.violations) {
      if (window_.holds(violation.t_ns)) tell_violation(violation);
    }
    std::map<std::string, size_t> outcomes;
    size_t all = 0;
    for (const Operation& operation : operations_of(trace_)) {
      if (!window_.holds(e_.t[operation.called])) continue;
      ++all;
      ++outcomes[operation.outcome.empty() ? "unanswered at the end" : operation.outcome];
    }
    if (all == 0) return;
    std::string words;
    for (const auto& [outcome, count] : outcomes)
      fmt::format_to(std::back_inserter(words), "{}{} {}", words.empty() ? "" : ", ", count, outcome);
    fmt::format_to(std::back_inserter(out_), "The clients called {} operations: {}.\n", all, words);
  }

  const Trace& trace_;
  const Events& e_;
  Window window_;
  std::vector<Server> servers_;  // by node
  std::string out_;
  int64_t now_ = 0;

  Links links_;
  const char* links_verb_ = "";
  int64_t links_at_ = 0;
  std::vector<std::string> clients_;
  const char* clients_verb_ = "";
  int64_t clients_at_ = 0;
  uint64_t commits_ = 0;
  int64_t commits_by_ = 0, commits_at_ = 0, commit_first_ = 0, commit_last_ = 0;
};

}  // namespace

std::string explain(const Trace& trace, Window window) { return Narrator(trace, window).tell(); }

}  // namespace vivarium::viz
