// Histories to put on disks: real transactions, made by tree::prepare, with the State after each.
#pragma once

#include <string>
#include <vector>

#include "core/base/rng.h"
#include "core/log/executor.h"
#include "core/log/formats.h"
#include "core/log/log_files.h"
#include "core/tree/prepare.h"
#include "sim/file_system.h"

namespace vivarium::log {

// A point of a history: the state, and every transaction that led to it.
struct Point {
  tree::State state = tree::State::fresh();
  std::vector<Record> history;
  Zxid zxid() const { return state.zxid; }
};

inline Record transaction(Point& point, Zxid zxid, wire::OpCode type, Bytes body) {
  const SessionId session{0x1001};
  auto prepared = tree::prepare(point.state, tree::Request{session, 1, type, std::move(body), {}}, zxid,
                                1'000'000 + zxid.counter(), {});
  Record record{zxid, wire::encode_txn(prepared.txn)};
  point.history.push_back(record);
  return record;
}

// The next transaction of an epoch: a session first, then nodes of various sizes, one of them full of zeros.
inline Record extend(Point& point, int64_t epoch, const std::string& salt = "") {
  const Zxid last = point.zxid();
  const Zxid zxid = last.epoch() == Epoch{epoch} ? last.next() : Zxid(Epoch{epoch}, 1);
  if (point.state.sessions.empty())
    return transaction(point, zxid, wire::OpCode::kCreateSession, wire::encode(wire::CreateSessionTxn{6000}));
  static constexpr size_t kSizes[] = {3, 40, 700, 0, 513, 90};
  const size_t size = kSizes[zxid.counter() % std::size(kSizes)];
  std::string data(size, zxid.counter() % 6 == 4 ? '\0' : static_cast<char>('a' + zxid.counter() % 26));
  const std::string path = fmt::format("/n{:x}{}", static_cast<uint64_t>(zxid.value), salt);
  return transaction(point, zxid, wire::OpCode::kCreate,
                     wire::encode(wire::CreateRequest{Bytes(path), Bytes(data), wire::world_anyone_all(),
                                                      zxid.counter() % 5 == 3 ? int32_t{1} : int32_t{0}}));
}

inline Bytes whole_log(const std::vector<Record>& records) {
  BytesBuilder out;
  out.append(log_file_header());
  for (const Record& record : records) out.append(frame_record(record));
  return out.take();
}

inline void put(FileSystem& files, const std::string& name, const Bytes& content) {
  const auto file = files.open(path_of(name), OpenMode::kCreate);
  CHECK(file.has_value());
  CHECK(files.truncate(file->handle, 0).has_value());
  CHECK(files.pwrite(file->handle, 0, content).has_value());
  CHECK(files.sync(file->handle).has_value());
  files.close(file->handle);
  CHECK(files.sync_directory(kDirectory).has_value());
}

inline Bytes flipped(const Bytes& bytes, size_t bit) {
  std::string out = bytes.str();
  out[bit / 8] = static_cast<char>(static_cast<uint8_t>(out[bit / 8]) ^ (1U << (bit % 8)));
  return Bytes(out);
}

inline std::string said(const RecoveryError& error) {
  return fmt::format("{} at {}: {}", error.file, error.offset, error.what);
}

}  // namespace vivarium::log
