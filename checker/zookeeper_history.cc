#include "checker/zookeeper_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vivarium::checker::zookeeper {
namespace {

constexpr size_t kSequenceDigits = 10;

class Collector {
 public:
  explicit Collector(Tables& tables) : t_(tables) {}

  void collect() {
    for (uint32_t i = 0; i < t_.history.operations.size(); ++i) {
      const Operation& op = t_.history.operations[i];
      const int64_t session = t_.history.records[i].session;
      t_.session.push_back(session == kNoSession ? ~op.process : session);  // a process is its own session
      if (!is_write(op.f)) continue;
      if (op.outcome == Outcome::Ok && op.zxid != kNoZxid) {
        t_.transactions.push_back(i);
        add(i, op, t_.changes);
      } else if (op.outcome == Outcome::Unknown) {
        add(i, op, t_.lost);
      }
    }
    std::ranges::sort(t_.transactions, {}, [this](uint32_t i) { return std::pair(t_.op(i).zxid, i); });
    std::ranges::stable_sort(t_.changes, {}, &Change::zxid);
  }

 private:
  void add(uint32_t index, const Operation& op, std::vector<Change>& to) {
    if (op.f == Function::Multi) return add_multi(index, op, to);
    if (op.f == Function::CloseSession) return;
    Change change;
    change.zxid = op.outcome == Outcome::Ok ? op.zxid : kNoZxid;
    change.op = index;
    change.path = op.key;
    change.kind = op.f == Function::Create   ? ChangeKind::Create
                  : op.f == Function::Delete ? ChangeKind::Delete
                                             : ChangeKind::SetData;
    change.value = op.argument;
    change.asked_version = op.asked_version;
    change.version = op.version;
    if (const Detail* detail = t_.history.detail(index)) {
      change.ephemeral = detail->ephemeral;
      change.sequential = detail->sequential;
      if (change.kind == ChangeKind::Create && detail->path != kNone) change.path = detail->path;
    }
    to.push_back(change);
  }

  // Its value is [{"f":"create","key":...,"value":...,"version":...}, ...], its result [{"path":...,"version":...},
  // ...].
  void add_multi(uint32_t index, const Operation& op, std::vector<Change>& to) {
    if (!op.argument.is_text()) return;
    const auto parts = nlohmann::json::parse(t_.history.values.compact(op.argument), nullptr, false);
    const auto results = op.result.is_text()
                             ? nlohmann::json::parse(t_.history.values.compact(op.result), nullptr, false)
                             : nlohmann::json();
    if (!parts.is_array()) return;
    for (size_t i = 0; i < parts.size(); ++i) {
      const nlohmann::json& part = parts[i];
      const std::string f = text(part, "f");
      if (f != "create" && f != "delete" && f != "setData") continue;
      Change change;
      change.zxid = op.outcome == Outcome::Ok ? op.zxid : kNoZxid;
      change.op = index;
      change.kind = f == "create" ? ChangeKind::Create : f == "delete" ? ChangeKind::Delete : ChangeKind::SetData;
      const nlohmann::json result = results.is_array() && i < results.size() ? results[i] : nlohmann::json();
      const std::string made = text(result, "path");
      change.path = t_.paths.intern(made.empty() ? text(part, "key") : made);
      if (part.contains("value")) change.value = t_.history.values.find(part["value"].dump());
      change.asked_version = number(part, "version");
      change.version = number(result, "version");
      change.ephemeral = part.is_object() && part.value("ephemeral", nlohmann::json(false)) == true;
      change.sequential = part.is_object() && part.value("sequential", nlohmann::json(false)) == true;
      to.push_back(change);
    }
  }

  static std::string text(const nlohmann::json& object, const char* field) {
    return object.is_object() && object.contains(field) && object[field].is_string() ? object[field].get<std::string>()
                                                                                     : std::string();
  }
  static int32_t number(const nlohmann::json& object, const char* field) {
    return object.is_object() && object.contains(field) && object[field].is_number_integer()
               ? object[field].get<int32_t>()
               : kNoVersion;
  }

  Tables& t_;
};

}  // namespace

Tables::Tables(const History& of) : history(of), paths(of.keys) { Collector(*this).collect(); }

std::string_view Tables::error(uint32_t index) const {
  const Value error = history.records[index].error;
  if (!error.is_text()) return {};
  std::string_view text = history.values.compact(error);
  if (text.starts_with('"') && text.size() >= 2) text = text.substr(1, text.size() - 2);
  return text;
}

bool is_write(Function f) {
  return f == Function::Create || f == Function::Delete || f == Function::SetData || f == Function::Multi ||
         f == Function::CloseSession;
}

bool is_read(Function f) { return f == Function::GetData || f == Function::Exists || f == Function::GetChildren; }

std::string_view parent_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : path.substr(0, slash);
}

int64_t sequence_of(std::string_view path) {
  if (path.size() < kSequenceDigits) return -1;
  int64_t n = 0;
  for (char c : path.substr(path.size() - kSequenceDigits)) {
    if (c < '0' || c > '9') return -1;
    n = n * 10 + (c - '0');
  }
  return n;
}

}  // namespace vivarium::checker::zookeeper
