#include "core/posix/connection_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vivarium::posix {

namespace {

using wire::ErrorCode;
using wire::OpCode;

constexpr size_t kMostPathBytes = 256;

// A line is one request's, so nothing in a path may end it.
std::string path_words(const Bytes& path) {
  std::string out(path.view().substr(0, kMostPathBytes));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return path.size() > kMostPathBytes ? out + ".." : out;
}

bool begins_with_a_word(const Bytes& bytes) {
  return bytes.size() >= 4 &&
         std::ranges::all_of(bytes.view().substr(0, 4), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool begins_with_a_path(OpCode op) {
  switch (op) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
    case OpCode::kDelete:
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kSetData:
    case OpCode::kGetAcl:
    case OpCode::kSetAcl:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
    case OpCode::kGetAllChildrenNumber:
    case OpCode::kGetEphemerals:
    case OpCode::kSync:
    case OpCode::kAddWatch:
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches: return true;
    default: return false;
  }
}

std::string first_path(const Bytes& body) { return path_words(wire::JuteReader(body).get<Bytes>()); }

std::string paths_of(OpCode op, const Bytes& body) {
  if (begins_with_a_path(op)) return first_path(body);
  std::string out;
  if (op != OpCode::kMulti && op != OpCode::kMultiRead) return out;
  const auto parts = wire::decode_multi_request(body);
  if (!parts) return out;
  for (const wire::MultiOp& part : *parts) out += (out.empty() ? "" : ", ") + first_path(part.body);
  return out;
}

std::string connect_words(const Bytes& frame) {
  const auto request = wire::decode_connect_request(frame);
  return request ? fmt::format("connect 0x{:x}", static_cast<uint64_t>(request->session.value)) : "";
}

std::string session_words(const Bytes& frame) {
  const auto response = wire::decode_connect_response(frame);
  if (!response) return "";
  if (response->timeout_ms <= 0) return "session expired";
  return fmt::format("session 0x{:x}", static_cast<uint64_t>(response->session.value));
}

void add_line(std::optional<std::string>& lines, const std::string& line) {
  if (line.empty()) return;
  if (lines) *lines += "\n";
  lines = std::move(lines).value_or("") + line;
}

}  // namespace

std::optional<std::string> ConnectionWords::received(const Bytes& bytes) {
  if (mute_) return std::nullopt;
  requests_.feed(bytes);
  if (!asked_ && begins_with_a_word(requests_.peek())) {
    mute_ = true;
    return requests_.peek().slice(0, 4).str();
  }
  std::optional<std::string> lines;
  while (const auto frame = requests_.next())
    add_line(lines, std::exchange(asked_, true) ? request_words(*frame) : connect_words(*frame));
  return lines;
}

std::optional<std::string> ConnectionWords::sent(const Bytes& bytes) {
  if (mute_) return std::nullopt;
  replies_.feed(bytes);
  std::optional<std::string> lines;
  while (const auto frame = replies_.next())
    add_line(lines, std::exchange(answered_, true) ? reply_words(*frame) : session_words(*frame));
  return lines;
}

std::string ConnectionWords::request_words(const Bytes& frame) {
  wire::JuteReader reader(frame);
  const auto header = reader.get<wire::RequestHeader>();
  if (!reader.ok() || header.type == OpCode::kPing) return "";
  if (header.type == OpCode::kMulti) multis_.push_back(header.xid);
  const std::string paths = paths_of(header.type, reader.rest());
  return fmt::format("#{} {}{}{}", header.xid, wire::op_name(header.type), paths.empty() ? "" : " ", paths);
}

std::string ConnectionWords::reply_words(const Bytes& frame) {
  wire::JuteReader reader(frame);
  const auto header = reader.get<wire::ReplyHeader>();
  if (!reader.ok() || header.xid == wire::kXidPing) return "";
  if (header.xid == wire::kXidWatchEvent) return "watch " + path_words(reader.get<wire::WatcherEvent>().path);
  const ErrorCode error = error_of(header, reader.rest());
  const std::string zxid = header.zxid.value > 0 ? fmt::format(" 0x{:x}", header.zxid.value) : "";
  return fmt::format("#{} {}{}", header.xid, error == ErrorCode::kOk ? "ok" : wire::error_name(error), zxid);
}

// Of a multi, of the operation that failed it: those before it answer 0, those behind it RuntimeInconsistency.
ErrorCode ConnectionWords::error_of(const wire::ReplyHeader& header, const Bytes& body) {
  if (multis_.empty() || multis_.front() != header.xid) return header.err;
  multis_.pop_front();
  if (header.err != ErrorCode::kOk) return header.err;
  const auto results = wire::decode_multi_response(body);
  if (!results) return header.err;
  const auto failed = std::ranges::find_if(*results, [](const wire::MultiResult& result) {
    return result.type == OpCode::kError && result.err != ErrorCode::kOk;
  });
  return failed == results->end() ? ErrorCode::kOk : failed->err;
}

}  // namespace vivarium::posix
