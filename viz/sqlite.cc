#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>
#include <optional>

#include "viz/exports.h"
#include "viz/messages.h"
#include "viz/operations.h"
#include "viz/roles.h"

namespace vivarium::viz {

namespace {

// Times are nanoseconds. A zxid is a number: epoch << 32 | counter; printf('0x%x', zxid) shows it as everywhere else.
constexpr const char* kTables = R"(
CREATE TABLE run (scenario TEXT, seed TEXT, scenario_hash TEXT, commit_id TEXT, trace_hash TEXT, complete INTEGER);
CREATE TABLE nodes (node INTEGER PRIMARY KEY, name TEXT, host INTEGER, server INTEGER);
CREATE TABLE events (seq INTEGER PRIMARY KEY, t INTEGER, node INTEGER, kind TEXT, cause INTEGER, stream INTEGER,
                     label TEXT, note TEXT, a INTEGER, b INTEGER, c INTEGER, d INTEGER, zxid INTEGER, text TEXT);
CREATE TABLE fields (kind TEXT PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT);
CREATE TABLE messages (send_seq INTEGER PRIMARY KEY, received_seq INTEGER, sender INTEGER, receiver INTEGER,
                       label TEXT, zxid INTEGER, size INTEGER, sent_t INTEGER, received_t INTEGER);
CREATE TABLE operations (client INTEGER, session INTEGER, token INTEGER, operation TEXT, path TEXT, called_seq INTEGER,
                         returned_seq INTEGER, called_t INTEGER, returned_t INTEGER, outcome TEXT, zxid INTEGER,
                         server INTEGER);
CREATE TABLE states (node INTEGER, begin_t INTEGER, end_t INTEGER, role TEXT, phase TEXT, epoch INTEGER,
                     leader INTEGER, seq INTEGER);
)";
constexpr const char* kIndices = R"(
CREATE INDEX events_by_time ON events (t);
CREATE INDEX events_by_node ON events (node, seq);
CREATE INDEX events_by_kind ON events (kind, note);
CREATE INDEX events_by_cause ON events (cause);
CREATE INDEX events_by_zxid ON events (zxid) WHERE zxid IS NOT NULL;
CREATE INDEX messages_by_label ON messages (label, sent_t);
CREATE INDEX messages_by_zxid ON messages (zxid) WHERE zxid IS NOT NULL;
CREATE INDEX operations_by_client ON operations (client, called_t);
CREATE INDEX operations_by_path ON operations (path);
CREATE INDEX states_by_node ON states (node, begin_t);
)";

using Number = std::optional<int64_t>;
Number said(int64_t value) { return value == node::kNotSaid ? Number() : value; }
Number unless_zero(int64_t value) { return value == 0 ? Number() : value; }

class Database {
 public:
  Database() : handle_(open(), sqlite3_close) { execute("BEGIN"); }

  void execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) failed_ = true;
  }
  // An insertion of as many values as there are columns.
  class Insertion {
   public:
    Insertion(Database& database, const char* table, int columns) : database_(database) {
      std::string sql = fmt::format("INSERT INTO {} VALUES (?", table);
      for (int i = 1; i < columns; ++i) sql += ",?";
      sqlite3_stmt* statement = nullptr;
      database.check(sqlite3_prepare_v2(database.handle_.get(), (sql + ")").c_str(), -1, &statement, nullptr));
      statement_.reset(statement);
    }
    template <class... T>
    void row(const T&... values) {
      int column = 0;
      (bind(++column, values), ...);
      database_.check(sqlite3_step(statement_.get()) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR);
      sqlite3_reset(statement_.get());
    }

   private:
    void bind(int column, Number value) {
      if (value)
        sqlite3_bind_int64(statement_.get(), column, *value);
      else
        sqlite3_bind_null(statement_.get(), column);
    }
    void bind(int column, int64_t value) { bind(column, Number(value)); }
    void bind(int column, std::string_view value) {
      if (value.data() == nullptr) return bind(column, Number());
      sqlite3_bind_text(statement_.get(), column, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    }
    Database& database_;
    struct Finalize {
      void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  };

  std::expected<std::string, std::string> bytes() {
    execute("COMMIT");
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> data(sqlite3_serialize(handle_.get(), "main", &size, 0),
                                                               sqlite3_free);
    if (failed_ || !data) return std::unexpected(fmt::format("SQLite: {}", sqlite3_errmsg(handle_.get())));
    return std::string(reinterpret_cast<const char*>(data.get()), static_cast<size_t>(size));
  }

 private:
  static sqlite3* open() {
    sqlite3* handle = nullptr;
    sqlite3_open(":memory:", &handle);
    return handle;
  }
  void check(int result) { failed_ = failed_ || result != SQLITE_OK; }

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle_;
  bool failed_ = false;
};

std::string_view text_or_null(std::string_view text) { return text.empty() ? std::string_view() : text; }

void add_events(Database& database, const Trace& trace, Window window) {
  Database::Insertion fields(database, "fields", 5);
  for (size_t kind = 0; kind < node::kTraceKinds; ++kind) {
    const auto f = node::trace_fields(static_cast<TraceKind>(kind));
    const auto name = [](const char* field) { return field ? std::string_view(field) : std::string_view(); };
    fields.row(std::string_view(node::trace_kind_name(static_cast<TraceKind>(kind))), name(f.a), name(f.b), name(f.c),
               name(f.d));
  }
  const Events& e = trace.events;
  Database::Insertion events(database, "events", 14);
  for (size_t i = 0; i < e.size(); ++i) {
    if (!window.holds(e.t[i])) continue;
    const bool note = e.kind[i] == TraceKind::kNote;
    const auto f = node::trace_fields(e.kind[i]);
    const bool zxid = f.d && std::string_view(f.d) == "zxid" && e.d[i] != node::kNotSaid && e.d[i] > 0;
    events.row(static_cast<int64_t>(e.seq[i]), e.t[i], e.node[i] == node::kTraceWorld ? Number() : Number(e.node[i]),
               std::string_view(node::trace_kind_name(e.kind[i])),
               e.cause[i] == kNoEvent ? Number() : Number(static_cast<int64_t>(e.seq[e.cause[i]])),
               unless_zero(static_cast<int64_t>(e.stream[i])),
               e.label[i] == Label::kNone ? std::string_view() : std::string_view(label_name(e.label[i])),
               note ? std::string_view(note_name(static_cast<NoteKind>(e.a[i]))) : std::string_view(), said(e.a[i]),
               said(e.b[i]), said(e.c[i]), said(e.d[i]), zxid ? Number(e.d[i]) : Number(), text_or_null(trace.text(i)));
  }
}

void add_messages(Database& database, const Trace& trace, Window window) {
  const Events& e = trace.events;
  Database::Insertion messages(database, "messages", 9);
  for (const Message& x : messages_of(trace)) {
    if (!window.holds(e.t[x.send])) continue;
    const bool arrived = x.received != kNoEvent;
    messages.row(static_cast<int64_t>(e.seq[x.send]),
                 arrived ? Number(static_cast<int64_t>(e.seq[x.received])) : Number(), int64_t{e.node[x.send]},
                 arrived ? Number(e.node[x.received]) : Number(), std::string_view(label_name(e.label[x.send])),
                 e.d[x.send] > 0 ? Number(e.d[x.send]) : Number(), e.b[x.send], e.t[x.send],
                 arrived ? Number(e.t[x.received]) : Number());
  }
}

void add_operations(Database& database, const Trace& trace, Window window) {
  const Events& e = trace.events;
  Database::Insertion operations(database, "operations", 12);
  for (const Operation& x : operations_of(trace)) {
    if (!window.holds(e.t[x.called])) continue;
    const bool returned = x.returned != kNoEvent;
    operations.row(int64_t{x.client}, unless_zero(x.session), x.token, std::string_view(x.name), text_or_null(x.path),
                   static_cast<int64_t>(e.seq[x.called]),
                   returned ? Number(static_cast<int64_t>(e.seq[x.returned])) : Number(), e.t[x.called],
                   returned ? Number(e.t[x.returned]) : Number(), text_or_null(x.outcome), unless_zero(x.zxid),
                   unless_zero(x.server));
  }
}

void add_states(Database& database, const Trace& trace, Window window) {
  Database::Insertion states(database, "states", 8);
  for (const RoleSpan& x : roles_of(trace)) {
    if (x.end < window.from || x.begin > window.until) continue;
    states.row(int64_t{x.node}, x.begin, x.end, std::string_view(role_name(x.role)),
               std::string_view(phase_name(x.phase)), x.epoch < 0 ? Number() : Number(x.epoch), unless_zero(x.leader),
               static_cast<int64_t>(trace.events.seq[x.event]));
  }
}

}  // namespace

std::expected<std::string, std::string> sqlite_database(const Trace& trace, Window window) {
  Database database;
  database.execute(kTables);
  const auto& h = trace.header;
  Database::Insertion(database, "run", 6)
      .row(std::string_view(h.scenario), std::string_view(fmt::to_string(h.seed)), std::string_view(h.scenario_hash),
           std::string_view(h.commit), text_or_null(trace.trace_hash), int64_t{trace.complete});
  {
    Database::Insertion nodes(database, "nodes", 4);
    for (size_t i = 0; i < h.nodes.size(); ++i)
      nodes.row(static_cast<int64_t>(i), std::string_view(h.nodes[i].host_name), int64_t{h.nodes[i].host},
                unless_zero(h.nodes[i].sid));
  }
  add_events(database, trace, window);
  add_messages(database, trace, window);
  add_operations(database, trace, window);
  add_states(database, trace, window);
  database.execute(kIndices);
  return database.bytes();
}

}  // namespace vivarium::viz
