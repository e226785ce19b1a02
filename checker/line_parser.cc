#include "checker/line_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

namespace vivarium::checker {
bool LineParser::fail_at(uint32_t line_number, size_t column, std::string_view what) {
  const std::string& source = builder_.history().source;
  error_ = fmt::format("{}:{}:{}: {}", source.empty() ? "history" : source, line_number, column, what);
  return false;
}

bool LineParser::fail(const char* at, std::string_view what) {
  return fail_at(line_number_, static_cast<size_t>(at - line_.data()) + 1, what);
}

bool LineParser::wrong(Field field, std::string_view expected) {
  return fail(text(field).data(),
              fmt::format("\"{}\" is {}, expected {}", FieldScanner::name(field), excerpt(text(field)), expected));
}

bool LineParser::fault(HistoryFault fault) {
  const char* at_process = has(kProcess) ? text(kProcess).data() : line_.data();
  const char* at_time = has(kTime) ? text(kTime).data() : line_.data();
  switch (fault) {
    case HistoryFault::None: return true;
    case HistoryFault::ReturnWithoutInvoke:
      return fail(at_process,
                  fmt::format("process {} returns, but has no operation in flight; expected an \"invoke\" of "
                              "this process on an earlier line",
                              text(kProcess)));
    case HistoryFault::TwoInFlight: {
      int64_t process = 0;
      whole_number(kProcess, INT64_MIN, INT64_MAX, process);
      const Operation* open = builder_.in_flight(process);
      return fail(
          at_process,
          fmt::format("process {} has two operations in flight; expected the ok, fail or info of its {} (line {}) "
                      "first, or another process number for an operation beside it",
                      process, word_of(open->f), builder_.history().line_of(open->call)));
    }
    case HistoryFault::TimeBackwards:
      return fail(at_time, fmt::format("time {} goes backwards; expected at least the time of the line before: lines "
                                       "stand in the order in which things happened",
                                       text(kTime)));
    case HistoryFault::TimeNegative:
      return fail(at_time, fmt::format("time {} is negative; expected nanoseconds from 0 on", text(kTime)));
    case HistoryFault::DifferentFunction:
    case HistoryFault::DifferentKey: return fail(at_process, "the return does not fit its invoke");
    case HistoryFault::TooManyEvents:
      return fail(line_.data(), "the history has more than 2^31 lines; expected fewer, cut it into parts");
  }
  return true;
}

bool LineParser::feed(std::string_view line, uint32_t line_number) {
  line_ = line;
  line_number_ = line_number;
  if (skip_space(line.data()) == line.data() + line.size()) return true;  // an empty line
  return (scanner_.scan(line) || fail(scanner_.mistake().at, scanner_.mistake().what)) && record();
}

bool LineParser::whole_number(Field field, int64_t least, int64_t most, int64_t& out) {
  const Shape& shape = scanner_.shape(field);
  out = shape.number;
  if (shape.whole && out >= least && out <= most) return true;
  // 19 digits are the exception: a session, a zxid of a late epoch.
  const std::string_view digits = text(field);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  const bool good = error == std::errc() && end == digits.data() + digits.size();
  if (good && out >= least && out <= most) return true;
  return wrong(field, least == INT64_MIN  ? std::string("a whole number")
                      : most == INT64_MAX ? fmt::format("a whole number of at least {}", least)
                                          : fmt::format("a whole number from {} to {}", least, most));
}

bool LineParser::string(Field field, std::string_view& out) {
  const std::string_view json = text(field);
  if (json[0] != '"') return wrong(field, "a string");
  out = json.substr(1, json.size() - 2);
  if (scanner_.shape(field).simple || out.find('\\') == std::string_view::npos) return true;
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_string()) return wrong(field, "a string with proper escapes");
  key_scratch_ = parsed.get<std::string>();
  out = key_scratch_;
  return true;
}

bool LineParser::flag(Field field, bool& out) {
  if (!has(field)) return true;
  if (text(field) != "true" && text(field) != "false") return wrong(field, "true or false");
  out = text(field) == "true";
  return true;
}

bool LineParser::value(std::string_view json, const Shape& shape, Field blame, Value& out) {
  if (shape.whole) {
    out = Value::of_number(shape.number);
    return true;
  }
  if (json[0] == 'n') {
    out = Value();
    return true;
  }
  if (shape.simple) {
    out = builder_.values().json(json);
    return true;
  }
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (parsed.is_discarded()) return wrong(blame, "a JSON value");
  const std::string compact = parsed.dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
  // UTF-8 that the dump had to repair would make two different values one.
  if (parsed.is_string() && nlohmann::json::parse(compact, nullptr, false) != parsed)
    return wrong(blame, "a value in UTF-8");
  out = parsed.is_number_integer() && !parsed.is_number_unsigned() ? builder_.number(parsed.get<int64_t>())
                                                                   : builder_.values().json(compact);
  return true;
}

bool LineParser::pair(Value& first, Value& second) {
  constexpr std::string_view kExpected = "the two values [old, new] of a cas";
  if (!has(kValue)) return fail(line_.data(), "a cas without \"value\"; expected \"value\":[old, new]");
  const std::string_view json = text(kValue);
  if (json[0] != '[') return wrong(kValue, kExpected);
  const char* old_begin = skip_space(json.data() + 1);
  if (*old_begin == ']') return wrong(kValue, kExpected);
  Shape old_shape;
  Shape new_shape;
  const char* old_end = scanner_.skip_value(old_begin, old_shape);
  if (old_end == nullptr) return fail(scanner_.mistake().at, scanner_.mistake().what);
  const char* comma = skip_space(old_end);
  if (*comma != ',') return wrong(kValue, kExpected);
  const char* new_begin = skip_space(comma + 1);
  const char* new_end = scanner_.skip_value(new_begin, new_shape);
  if (new_end == nullptr) return fail(scanner_.mistake().at, scanner_.mistake().what);
  if (skip_space(new_end) != json.data() + json.size() - 1) return wrong(kValue, kExpected);
  return value(std::string_view(old_begin, static_cast<size_t>(old_end - old_begin)), old_shape, kValue, first) &&
         value(std::string_view(new_begin, static_cast<size_t>(new_end - new_begin)), new_shape, kValue, second);
}

// A session is a number, or a string that holds one, as ZooKeeper's tools print it: "0x1000abc00000001".
bool LineParser::session(int64_t& out) {
  out = kNoSession;
  if (!has(kSession) || text(kSession) == "null") return true;
  if (text(kSession)[0] != '"') return whole_number(kSession, INT64_MIN, INT64_MAX, out);
  std::string_view digits;
  if (!string(kSession, digits)) return false;
  const bool hex = digits.starts_with("0x");
  if (hex) digits.remove_prefix(2);
  uint64_t n = 0;
  bool good = !digits.empty() && digits.size() <= (hex ? 16u : 18u);
  for (char c : digits) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    good = good && digit >= 0;
    n = n * (hex ? 16 : 10) + static_cast<uint64_t>(digit);
  }
  if (!good) return wrong(kSession, "a session's number, like 7 or \"0x1000abc00000001\"");
  out = static_cast<int64_t>(n);
  return true;
}

bool LineParser::detail(Detail& out) {
  const auto number = [this](Field field, int64_t least, auto& to) {
    int64_t n = 0;
    if (!has(field)) return true;
    if (!whole_number(field, least, std::numeric_limits<std::remove_reference_t<decltype(to)>>::max(), n)) return false;
    to = static_cast<std::remove_reference_t<decltype(to)>>(n);
    return true;
  };
  if (!number(kCzxid, 0, out.czxid) || !number(kMzxid, 0, out.mzxid) || !number(kPzxid, 0, out.pzxid) ||
      !number(kCversion, INT32_MIN + 1, out.cversion) || !number(kChildren, 0, out.children) ||
      !number(kOwner, INT64_MIN + 1, out.owner) || !flag(kWatch, out.watch) || !flag(kEphemeral, out.ephemeral) ||
      !flag(kSequential, out.sequential)) {
    return false;
  }
  if (has(kPath)) {
    std::string_view path;
    if (!string(kPath, path)) return false;
    out.path = builder_.key(path);
  }
  return true;
}

bool LineParser::function(Function& out) {
  if (!has(kF)) return fail(line_.data(), fmt::format("no \"f\"; expected one of {}", words_of(model_)));
  std::string_view word;
  if (!string(kF, word)) return false;
  if (const auto f = function_named(model_, word)) {
    out = *f;
    return true;
  }
  std::vector<std::string_view> words;
  for (Function f : functions_of(model_)) words.push_back(word_of(f));
  const std::string_view near = nearest_word(word, words);
  return fail(text(kF).data(),
              fmt::format("unknown f \"{}\"; expected {} (model {}){}", excerpt(word), words_of(model_),
                          name_of(model_), near.empty() ? "" : fmt::format("; type \"{}\" instead?", near)));
}

bool LineParser::record() {
  if (!has(kType)) return fail(line_.data(), "no \"type\"; expected \"type\":\"invoke\", \"ok\", \"fail\" or \"info\"");
  if (!has(kProcess)) return fail(line_.data(), "no \"process\"; expected \"process\": a whole number");
  std::string_view type;
  if (!string(kType, type)) return false;
  const bool known = type == "ok" || type == "invoke" || type == "fail" || type == "info" || type == "event";
  if (!known) {
    return fail(text(kType).data(),
                fmt::format("unknown type \"{}\"; expected \"invoke\", \"ok\", \"fail\" or \"info\"{}", excerpt(type),
                            model_ == ModelKind::Zookeeper ? " or \"event\"" : ""));
  }
  // Jepsen's nemesis and other bystanders: no operation of a client.
  if (text(kProcess)[0] == '"') return true;
  int64_t process = 0;
  if (!whole_number(kProcess, 0, INT64_MAX, process)) return false;
  int64_t time = builder_.history().positions;
  if (builder_.history().positions == 0) times_given_ = has(kTime);
  if (has(kTime) != times_given_) {
    return fail(line_.data(), "\"time\" on some lines only; expected it on every line (nanoseconds), or on none");
  }
  if (times_given_ && !whole_number(kTime, INT64_MIN, INT64_MAX, time)) return false;
  if (type[0] == 'e') return record_event(process, time);
  Function f = Function::Read;
  if (!function(f)) return false;
  return type == "invoke" ? record_invoke(f, process, time) : record_return(type[0], f, process, time);
}

// Lines that the parser skipped break the run of consecutive numbers.
void LineParser::note_line() {
  History& history = builder_.history();
  const uint32_t position = history.positions;
  if (!history.lines.empty()) {
    const auto& [first, line] = history.lines.back();
    if (line + (position - first) == line_number_) return;
  }
  history.lines.emplace_back(position, line_number_);
}

bool LineParser::right_argument(Function f, Value argument) {
  if (model_ == ModelKind::Counter && (f == Function::Add || f == Function::AddAndGet) && !argument.is_number()) {
    return has(kValue) ? wrong(kValue, "the whole number that is added")
                       : fail(line_.data(), "an add without \"value\"; expected the whole number that is added");
  }
  if ((model_ == ModelKind::Set || (model_ == ModelKind::UniqueNames && f == Function::Delete)) &&
      f != Function::Read && argument.is_null()) {
    return has(kValue) ? wrong(kValue, "the element")
                       : fail(line_.data(), fmt::format("{} without \"value\"; expected the element", word_of(f)));
  }
  return true;
}

bool LineParser::record_invoke(Function f, int64_t process, int64_t time) {
  HistoryBuilder::Invoke call;
  call.process = process;
  call.f = f;
  call.time = time;
  if (has(kKey) && text(kKey) != "null") {
    if (text(kKey)[0] == '"') {
      if (!string(kKey, call.key)) return false;
    } else {
      call.key = text(kKey);
    }
  }
  Detail more;
  if (scanner_.has_any(kDetailFields)) {
    std::string key(call.key);  // detail() may need the scratch
    if (!detail(more)) return false;
    key_scratch_ = std::move(key);
    call.key = key_scratch_;
    call.detail = &more;
  }
  if (f == Function::Cas) {
    if (!pair(call.value, call.second)) return false;
  } else if (has(kValue) && !value(kValue, call.value)) {
    return false;
  }
  if (!right_argument(f, call.value)) return false;
  int64_t version = kNoVersion;
  if (has(kVersion) && !whole_number(kVersion, -1, INT32_MAX, version)) return false;
  call.version = static_cast<int32_t>(version);
  int64_t server = -1;
  if (has(kServer) && !whole_number(kServer, 0, INT16_MAX, server)) return false;
  call.server = static_cast<int16_t>(server);
  if (!session(call.session)) return false;
  note_line();
  return fault(builder_.invoke(call));
}

bool LineParser::right_result(Function f, Value result, char type) {
  if (type != 'o') return true;
  const char* at = has(kValue) ? text(kValue).data() : line_.data();
  if (model_ == ModelKind::Counter && (f == Function::Read || f == Function::AddAndGet) && !result.is_number()) {
    return fail(
        at, fmt::format("the ok of {} without the counter's value; expected \"value\": a whole number", word_of(f)));
  }
  const bool set = is_set(model_);
  if (set && f == Function::Read && !(result.is_text() && builder_.values().compact(result).starts_with('['))) {
    return fail(at, "the ok of read without the elements; expected \"value\":[...]");
  }
  if (set && f == Function::Contains && !(result.is_text() && (text(kValue) == "true" || text(kValue) == "false"))) {
    return fail(at, "the ok of contains without its answer; expected \"value\":true or \"value\":false");
  }
  if (model_ == ModelKind::UniqueNames && f == Function::Create && result.is_null()) {
    return fail(at, "the ok of create without the name that was made; expected \"value\":\"...\"");
  }
  const bool write = f == Function::Create || f == Function::Delete || f == Function::SetData || f == Function::Multi;
  if (model_ == ModelKind::Zookeeper && write && !has(kZxid)) {
    return fail(line_.data(),
                fmt::format("the ok of {} without \"zxid\"; expected the zxid of the reply's header", word_of(f)));
  }
  return true;
}

bool LineParser::record_return(char type, Function f, int64_t process, int64_t time) {
  const Operation* open = builder_.in_flight(process);
  if (open == nullptr) return fault(HistoryFault::ReturnWithoutInvoke);
  if (open->f != f) {
    return fail(text(kF).data(),
                fmt::format("the return says {}, but process {} called {} (line {}); expected \"f\":\"{}\"", word_of(f),
                            process, word_of(open->f), builder_.history().line_of(open->call), word_of(open->f)));
  }
  if (has(kKey) && text(kKey) != "null") {
    std::string_view key = text(kKey);
    if (key[0] == '"' && !string(kKey, key)) return false;
    const std::string_view called = builder_.history().keys[open->key];
    if (key != called) {
      return fail(
          text(kKey).data(),
          fmt::format("the return's key is {}, but process {} called {} on {} (line {}); expected "
                      "the same key",
                      excerpt(key), process, word_of(f), excerpt(called), builder_.history().line_of(open->call)));
    }
  }
  HistoryBuilder::Return reply;
  reply.process = process;
  reply.time = time;
  // A cas or a write only repeats what its invoke said.
  const bool echoes = f == Function::Cas || f == Function::Write;
  if (!echoes && type != 'i' && has(kValue) && !value(kValue, reply.value)) return false;
  if (!right_result(f, reply.value, type)) return false;
  if (has(kZxid) && text(kZxid) != "null" && !whole_number(kZxid, 0, INT64_MAX, reply.zxid)) return false;
  int64_t version = kNoVersion;
  if (has(kVersion) && text(kVersion) != "null" && !whole_number(kVersion, 0, INT32_MAX, version)) return false;
  reply.version = static_cast<int32_t>(version);
  int64_t server = -1;
  if (has(kServer) && !whole_number(kServer, 0, INT16_MAX, server)) return false;
  reply.server = static_cast<int16_t>(server);
  if (!session(reply.session)) return false;
  Detail more;
  if (scanner_.has_any(kDetailFields)) {
    if (!detail(more)) return false;
    reply.detail = &more;
  }
  bool mismatch = false;
  if (has(kError)) {
    mismatch = text(kError) == "\"mismatch\"";
    if (!value(kError, reply.error)) return false;
  }
  note_line();
  if (type == 'o') return fault(builder_.ok(reply));
  if (type == 'i') return fault(builder_.info(reply));
  return fault(mismatch ? builder_.mismatch(reply) : builder_.fail(reply));
}

bool LineParser::record_event(int64_t process, int64_t time) {
  if (model_ != ModelKind::Zookeeper) {
    return fail(text(kType).data(),
                "type \"event\" is known to model zookeeper only; expected \"invoke\", \"ok\", \"fail\" or \"info\"");
  }
  std::string_view word;
  if (!has(kF)) return fail(line_.data(), "an event without \"f\"; expected \"f\":\"watch\" or \"f\":\"session\"");
  if (!string(kF, word)) return false;
  if (word != "watch" && word != "session") {
    return fail(text(kF).data(),
                fmt::format("unknown f \"{}\" of an event; expected \"watch\" or \"session\"", excerpt(word)));
  }
  Event event;
  event.f = word == "watch" ? Function::Watch : Function::Session;
  event.process = process;
  event.time = time;
  std::string_view key;
  if (has(kKey) && !string(kKey, key)) return false;
  event.key = builder_.key(key);
  static constexpr std::string_view kWatchEvents[] = {"NodeCreated", "NodeDeleted", "NodeDataChanged",
                                                      "NodeChildrenChanged"};
  static constexpr std::string_view kSessionEvents[] = {"expired", "closed", "connected", "disconnected"};
  const std::span<const std::string_view> allowed =
      event.f == Function::Watch ? std::span<const std::string_view>(kWatchEvents) : kSessionEvents;
  std::string_view what;
  if (!has(kValue))
    return fail(line_.data(), fmt::format("an event without \"value\"; expected one of {}", fmt::join(allowed, ", ")));
  if (!string(kValue, what)) return false;
  if (std::ranges::find(allowed, what) == allowed.end())
    return wrong(kValue, fmt::format("one of {}", fmt::join(allowed, ", ")));
  event.value = builder_.string(what);
  if (has(kZxid) && text(kZxid) != "null" && !whole_number(kZxid, -1, INT64_MAX, event.zxid)) return false;
  if (!session(event.session)) return false;
  note_line();
  return fault(builder_.event(event));
}

}  // namespace vivarium::checker
