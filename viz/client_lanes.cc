#include "viz/client_lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <utility>

#include "viz/operations.h"

namespace vivarium::viz {

namespace {

using node::TraceRecord;

constexpr uint16_t kNoLane = node::kTraceWorld;

// A server's connection with a client.
struct Connection {
  uint16_t lane = kNoLane;
  int64_t number = 0;                               // within all of this trace
  int64_t session = 0;                              // that the client said it has, or was given
  bool resumes = false;                             // it said that it has one
  std::deque<std::pair<int64_t, int64_t>> waiting;  // what was asked: its xid, its token
};

// Of each server's connection number the one that has it now, as the events pass by.
class Connections {
 public:
  explicit Connections(const Trace& trace) : e_(trace.events) {}

  // The client's connection that an event is about; null: none.
  Connection* of(size_t i) {
    const std::pair key(e_.node[i], e_.a[i]);
    switch (e_.kind[i]) {
      case TraceKind::kAccepted:
        if (e_.b[i] != static_cast<int64_t>(Listener::kClient)) return nullptr;
        if (next_ == all_.size()) all_.push_back({.number = static_cast<int64_t>(next_) + 1, .waiting = {}});
        open_[key] = next_;
        return &all_[next_++];
      case TraceKind::kReceived:
      case TraceKind::kSend:
      case TraceKind::kClosed:
      case TraceKind::kClose: {
        const auto open = open_.find(key);
        return open == open_.end() ? nullptr : &all_[open->second];
      }
      default: return nullptr;
    }
  }
  void ended(size_t i) { open_.erase({e_.node[i], e_.a[i]}); }
  void begin_again() {
    open_.clear();
    next_ = 0;
  }
  std::deque<Connection>& all() { return all_; }

 private:
  const Events& e_;
  std::deque<Connection> all_;
  size_t next_ = 0;
  std::map<std::pair<uint16_t, int64_t>, size_t> open_;
};

bool ends_a_connection(TraceKind kind) { return kind == TraceKind::kClosed || kind == TraceKind::kClose; }

// Calls `take` with each line of a text.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Behind a word the session that it tells: "connect 0x0"; 0: it tells none.
int64_t session_behind(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return 0;
  return node::trace_value_named("zxid", text.substr(word.size(), text.find('\n') - word.size())).value_or(0);
}

// "#3 setData /a" as 3 and "setData /a"; false: the line is no such thing.
bool split(std::string_view line, int64_t& xid, std::string_view& rest) {
  const char* end = line.data() + line.size();
  if (!line.starts_with('#')) return false;
  const auto [at, error] = std::from_chars(line.data() + 1, end, xid);
  if (error != std::errc{} || at == end) return false;
  rest = std::string_view(at + 1, static_cast<size_t>(end - at - 1));
  return true;
}

int64_t request_number(std::string_view name) {
  const auto found = std::ranges::find(kRequestNames, name);
  return found == kRequestNames.end() ? node::kNotSaid : found - kRequestNames.begin();
}

class Lanes {
 public:
  explicit Lanes(Trace trace)
      : in_(std::move(trace)), e_(in_.events), connections_(in_), first_lane_(in_.header.nodes.size()) {}

  Trace with_lanes() {
    find_sessions();
    if (tokens_.empty()) return std::move(in_);
    out_.texts.emplace_back();
    out_.events.reserve(e_.size() * 2);
    place_.reserve(e_.size());
    connections_.begin_again();
    for (uint32_t i = 0; i < e_.size(); ++i) add_with_client(i);
    in_.events = std::move(out_.events);
    in_.texts = std::move(out_.texts);
    return std::move(in_);
  }

 private:
  // ---- whose a connection is: only its answer tells
  void find_sessions() {
    std::map<int64_t, uint16_t> lanes;
    for (uint32_t i = 0; i < e_.size(); ++i) {
      Connection* connection = connections_.of(i);
      if (connection == nullptr) continue;
      if (const int64_t session = session_in(i); session != 0) {
        connection->session = session;
        connection->resumes |= e_.kind[i] == TraceKind::kReceived;
      }
      if (ends_a_connection(e_.kind[i])) connections_.ended(i);
    }
    for (Connection& connection : connections_.all()) {
      if (connection.session == 0) continue;
      const auto lane = lanes.try_emplace(connection.session, static_cast<uint16_t>(first_lane_ + lanes.size())).first;
      if (lane->second >= first_lane_ + kMostClientLanes) continue;
      connection.lane = lane->second;
      if (connection.lane == in_.header.nodes.size()) add_lane(connection.session);
    }
    if (lanes.size() > kMostClientLanes) {
      in_.remarks.push_back(fmt::format("{} sessions: the first {} have lanes", lanes.size(), kMostClientLanes));
    }
  }
  int64_t session_in(uint32_t i) const {
    if (e_.kind[i] == TraceKind::kReceived) return session_behind(in_.text(i), "connect ");
    if (e_.kind[i] == TraceKind::kSend) return session_behind(in_.text(i), "session ");
    return 0;
  }
  void add_lane(int64_t session) {
    const auto& last = in_.header.nodes.back();
    uint16_t host = 0;
    for (const auto& one : in_.header.nodes) host = std::max(host, one.host);
    in_.header.nodes.push_back({static_cast<node::TraceNode>(last.id + 1), static_cast<uint16_t>(host + 1),
                                fmt::format("0x{:x}", static_cast<uint64_t>(session)), 0});
    tokens_.push_back(0);
  }

  // ---- an event of a server, and what it was for its client
  void add_with_client(uint32_t i) {
    Connection* connection = connections_.of(i);
    if (connection == nullptr || connection->lane == kNoLane) {
      copy(i);
    } else if (e_.kind[i] == TraceKind::kAccepted) {
      accept(i, *connection);
    } else if (e_.kind[i] == TraceKind::kReceived) {
      ask(i, *connection);
    } else if (e_.kind[i] == TraceKind::kSend) {
      answer(i, *connection);
    } else {
      end(i, *connection);
    }
    if (connection != nullptr && ends_a_connection(e_.kind[i])) connections_.ended(i);
  }

  void accept(uint32_t i, Connection& connection) {
    TraceRecord dial = client_record(TraceKind::kDial, i, connection);
    dial.b = node::kNotSaid;
    dial.c = in_.header.nodes[e_.node[i]].host;
    const uint32_t dialled = add(dial, kNoEvent);
    TraceRecord accepted = server_record(i);
    accepted.c = in_.header.nodes[connection.lane].host;
    add_server(i, accepted, dialled);
  }

  void ask(uint32_t i, Connection& connection) {
    uint32_t cause = kNoEvent;
    each_line(in_.text(i), [&](std::string_view line) {
      int64_t xid = 0;
      std::string_view request;
      if (!split(line, xid, request)) return;
      const size_t name_ends = std::min(request.find(' '), request.size());
      TraceRecord submit = client_record(TraceKind::kSubmit, i, connection);
      submit.a = ++tokens_[connection.lane - first_lane_];
      submit.b = request_number(request.substr(0, name_ends));
      connection.waiting.emplace_back(xid, submit.a);
      cause = add(submit, cause, request.substr(std::min(name_ends + 1, request.size())));
    });
    TraceRecord send = client_record(TraceKind::kSend, i, connection);
    send.label = in_.text(i).starts_with("connect ") ? Label::kConnectRequest : Label::kClientRequest;
    copy_bytes(i, send);
    const uint32_t sent = add(send, cause);
    TraceRecord received = server_record(i);
    received.label = send.label;
    add_server(i, received, sent);
  }

  void answer(uint32_t i, Connection& connection) {
    const uint32_t sent = copy(i);
    TraceRecord received = client_record(TraceKind::kReceived, i, connection);
    received.label = e_.label[i];
    copy_bytes(i, received);
    const uint32_t got = add(received, sent, answer_words(in_.text(i), connection));
    if (session_behind(in_.text(i), "session ") != 0) add_note(i, connection, NoteKind::kConnected, got);
    if (in_.text(i).starts_with("session expired")) add_note(i, connection, NoteKind::kExpired, got);
  }

  // In the simulated clients' words: "#12 ok 0x100000001, #13 NoNode, watch /a".
  std::string answer_words(std::string_view text, Connection& connection) {
    std::string out;
    each_line(text, [&](std::string_view line) {
      int64_t xid = 0;
      std::string_view outcome;
      std::string words;
      if (split(line, xid, outcome)) {
        const auto asked = std::ranges::find(connection.waiting, xid, &std::pair<int64_t, int64_t>::first);
        if (asked == connection.waiting.end()) return;
        words = fmt::format("#{} {}", asked->second, outcome);
        connection.waiting.erase(asked);
      } else if (line.starts_with("watch ")) {
        words = line;
      } else {
        return;
      }
      out += (out.empty() ? "" : ", ") + words;
    });
    return out;
  }

  void end(uint32_t i, Connection& connection) {
    const uint32_t ended = copy(i);
    TraceRecord closed = client_record(TraceKind::kClosed, i, connection);
    closed.b = static_cast<int64_t>(CloseReason::kByPeer);
    std::string unknown;
    for (const auto& [xid, token] : std::exchange(connection.waiting, {}))
      unknown += fmt::format("{}#{} unknown", unknown.empty() ? "" : ", ", token);
    add_note(i, connection, NoteKind::kDisconnected, add(closed, ended, unknown));
  }

  // ---- records
  // With the connection's number as `a`, and nothing else said.
  TraceRecord client_record(TraceKind kind, uint32_t i, const Connection& connection) const {
    TraceRecord r;
    r.kind = kind;
    r.node = connection.lane;
    r.t = Time{e_.t[i]};
    r.a = connection.number;
    r.b = r.c = r.d = node::kNotSaid;
    return r;
  }
  TraceRecord server_record(uint32_t i) const {
    return {e_.kind[i], e_.label[i], e_.node[i], Time{e_.t[i]}, 0, 0, e_.stream[i], e_.a[i], e_.b[i], e_.c[i], e_.d[i]};
  }
  void copy_bytes(uint32_t i, TraceRecord& r) const {
    r.stream = e_.stream[i];
    r.b = e_.b[i];
    r.c = e_.c[i];
    r.d = e_.d[i];
  }
  void add_note(uint32_t i, const Connection& connection, NoteKind kind, uint32_t cause) {
    TraceRecord note = client_record(TraceKind::kNote, i, connection);
    note.a = static_cast<int64_t>(kind);
    note.b = connection.session;
    if (kind == NoteKind::kConnected) note.d = connection.resumes ? 1 : 0;
    add(note, cause);
  }

  uint32_t copy(uint32_t i) {
    return add_server(i, server_record(i), e_.cause[i] == kNoEvent ? kNoEvent : place_[e_.cause[i]]);
  }
  uint32_t add_server(uint32_t i, const TraceRecord& record, uint32_t cause) {
    place_.push_back(add(record, cause, in_.text(i)));
    return place_.back();
  }
  uint32_t add(TraceRecord record, uint32_t cause, std::string_view text = {}) {
    const auto place = static_cast<uint32_t>(out_.events.size());
    uint32_t text_index = 0;
    if (!text.empty()) {
      text_index = static_cast<uint32_t>(out_.texts.size());
      out_.texts.emplace_back(text);
    }
    record.seq = place + uint64_t{1};
    out_.events.push(record, cause, text_index);
    return place;
  }

  Trace in_, out_;
  const Events& e_;
  Connections connections_;
  size_t first_lane_;            // node
  std::vector<int64_t> tokens_;  // the last, by lane
  std::vector<uint32_t> place_;  // of the servers' events in `out_`
};

}  // namespace

Trace with_client_lanes(Trace trace) { return Lanes(std::move(trace)).with_lanes(); }

}  // namespace vivarium::viz
