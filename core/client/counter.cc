#include "core/client/counter.h"

#include <charconv>

namespace vivarium::client {

using wire::ErrorCode;

namespace {

std::optional<int64_t> parse(const Bytes& text) {
  const std::string_view digits = text.view();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

void Counter::add(int64_t amount, Now now, Client& client, Outbox& out) {
  CHECK(phase == Phase::kIdle || phase == Phase::kDone, "phase {}", static_cast<int>(phase));
  delta = amount;
  attempts = 0;
  zxid = Zxid{};
  read(now, client, out);
}

bool Counter::step(const ClientEvent& event, Now now, Client& client, Outbox& out) {
  const Completion* answer = answer_to(awaited, event);
  if (answer == nullptr) return false;
  awaited = Token{};
  if (phase == Phase::kReading)
    on_read(*answer, now, client, out);
  else
    on_written(*answer, now, client, out);
  return true;
}

void Counter::read(Now now, Client& client, Outbox& out) {
  phase = Phase::kReading;
  // A server that is behind would give the version that has just been refused, again and again.
  if (attempts > 0) client.submit(now, Sync{path}, out);
  awaited = client.submit(now, GetData{path}, out);
}

void Counter::on_read(const Completion& answer, Now now, Client& client, Outbox& out) {
  if (answer.error == ErrorCode::kConnectionLoss) return read(now, client, out);
  int64_t before = 0;
  if (answer.outcome == Outcome::kOk) {
    const std::optional<int64_t> parsed = parse(answer.data);
    if (!parsed) return done(Outcome::kError, ErrorCode::kMarshallingError);
    before = *parsed;
  } else if (answer.error != ErrorCode::kNoNode) {
    return done(Outcome::kError, answer.error);
  }
  if (__builtin_add_overflow(before, delta, &value)) return done(Outcome::kError, ErrorCode::kBadArguments);
  const Bytes text(fmt::format("{}", value));
  if (answer.outcome == Outcome::kOk)
    write(SetData{path, text, answer.stat.version}, now, client, out);
  else
    write(Create{path, text}, now, client, out);
}

void Counter::write(const Request& request, Now now, Client& client, Outbox& out) {
  phase = Phase::kWriting;
  ++attempts;
  awaited = client.submit(now, request, out);
}

void Counter::on_written(const Completion& answer, Now now, Client& client, Outbox& out) {
  zxid = answer.zxid;
  // Someone else was faster.
  const bool again = answer.error == ErrorCode::kBadVersion || answer.error == ErrorCode::kNodeExists ||
                     answer.error == ErrorCode::kNoNode;
  // NoNode of a create means a missing parent: reading would find the same for ever.
  if (again && !(answer.op == wire::OpCode::kCreate && answer.error == ErrorCode::kNoNode))
    return read(now, client, out);
  done(answer.outcome, answer.error);
}

void Counter::done(Outcome how, ErrorCode why) {
  phase = Phase::kDone;
  outcome = how;
  error = why;
}

}  // namespace vivarium::client
