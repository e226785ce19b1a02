#include "core/log/recovery.h"

#include <algorithm>
#include <charconv>

#include "core/log/formats.h"
#include "core/log/log_files.h"
#include "core/tree/apply.h"

namespace vivarium::log {

namespace {

using Outcome = std::expected<Recovered, RecoveryError>;

std::unexpected<RecoveryError> refuse(std::string file, int64_t offset, std::string what) {
  return std::unexpected(RecoveryError{std::move(file), offset, std::move(what)});
}

// ---- snapshots: newest first, the first that is whole (facts 3.4, rule 1) -----------------------------------------------------------

struct Base {
  tree::State state;
  int64_t valid = 0;               // snapshots that are whole
  std::optional<NumberedFile> broken;  // the newest that is not
  std::string problem;
};

std::expected<Base, RecoveryError> newest_snapshot(FileSystem& files, Zxid keep) {
  const auto snapshots = numbered_files(files, "snapshot");
  if (!snapshots) return refuse(kDirectory, 0, fs_error_name(snapshots.error()));
  Base base;
  for (auto snapshot = snapshots->rbegin(); snapshot != snapshots->rend(); ++snapshot) {
    if (snapshot->zxid > keep) continue;
    const auto content = read_whole(files, snapshot->name);
    if (!content) return refuse(path_of(snapshot->name), 0, fs_error_name(content.error()));
    auto state = decode_snapshot_file(*content, snapshot->zxid);
    if (state) {
      base.state = std::move(*state);
      base.valid = 1;
      return base;
    }
    if (!base.broken) {
      base.broken = *snapshot;
      base.problem = state.error();
    }
  }
  return base;
}

// ---- epochs -------------------------------------------------------------------------------------------------------------------------

std::expected<std::optional<Epoch>, RecoveryError> read_epoch(FileSystem& files, const char* name) {
  const auto content = read_whole(files, name);
  if (!content && content.error() == FsError::kNotFound) return std::nullopt;
  if (!content) return refuse(path_of(name), 0, fs_error_name(content.error()));
  const std::string_view text = content->view();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error != std::errc() || value < 0 || (!rest.empty() && rest != "\n")) {
    return refuse(path_of(name), end - text.data(), fmt::format("holds \"{}\" where a decimal epoch is expected", text.substr(0, 40)));
  }
  return Epoch{value};
}

// Missing files are made from the zxid's epoch. Between a transaction of a new epoch being logged and currentEpoch being written, a
// crash leaves the log one epoch ahead of the file: that server has accepted the epoch, and has not acknowledged its history. Upstream
// refuses to start then (1653, 2307, 4269); here it votes by what its file says.
std::expected<void, RecoveryError> read_epochs(FileSystem& files, Recovered& recovered) {
  const auto accepted = read_epoch(files, kAcceptedEpoch);
  if (!accepted) return std::unexpected(accepted.error());
  const auto current = read_epoch(files, kCurrentEpoch);
  if (!current) return std::unexpected(current.error());
  const Epoch logged = recovered.state.zxid.epoch();
  recovered.current_epoch = current->value_or(std::min(logged, accepted->value_or(logged)));
  recovered.accepted_epoch = accepted->value_or(std::max(logged, recovered.current_epoch));
  if (recovered.accepted_epoch < recovered.current_epoch) {
    return refuse(path_of(kAcceptedEpoch), 0, fmt::format("the accepted epoch {} is older than the current epoch {}", recovered.accepted_epoch, recovered.current_epoch));
  }
  if (recovered.accepted_epoch < logged) {
    return refuse(path_of(kAcceptedEpoch), 0, fmt::format("the accepted epoch {} is older than the last transaction {}", recovered.accepted_epoch, recovered.state.zxid));
  }
  return {};
}

// ---- all together ---------------------------------------------------------------------------------------------------------------------

Outcome recover_state(FileSystem& files, const RecoveryOptions& options, Zxid keep) {
  auto base = newest_snapshot(files, keep);
  if (!base) return std::unexpected(base.error());
  auto records = read_log_files(files, base->state.zxid);
  if (!records) return std::unexpected(records.error());
  if (base->valid == 0 && !records->empty() && !options.trust_empty_snapshot) {
    return refuse(kDirectory, 0, base->broken ? fmt::format("no snapshot is whole ({}: {}), and a log without one is not trusted", base->broken->name, base->problem)
                                              : std::string("there is a log but no snapshot; set snapshot.trust.empty=true only if none was ever written"));
  }
  Recovered out;
  out.snapshots = base->valid;
  out.may_vote = base->valid > 0 || !records->empty() || options.auto_create;
  out.snapshot_state = base->valid > 0 ? std::move(base->state) : tree::State::fresh();
  out.state = out.snapshot_state;
  for (Record& record : *records) {
    if (record.zxid <= out.state.zxid || record.zxid > keep) continue;
    if (record.zxid.epoch() == out.state.zxid.epoch() && record.zxid != out.state.zxid.next()) {
      return refuse(kDirectory, 0, fmt::format("the log has a hole: {} follows {}; a record or a whole file is missing", record.zxid, out.state.zxid));
    }
    const auto txn = wire::decode_txn(record.payload);
    if (!txn) return refuse(kDirectory, 0, fmt::format("the transaction {} cannot be decoded, though its checksum is right", record.zxid));
    tree::apply(out.state, *txn);
    out.records.push_back(std::move(record));
  }
  // A snapshot that is not whole has lost what it held, unless the log leads past it from an older one.
  if (base->broken && base->broken->zxid > out.state.zxid) {
    return refuse(path_of(base->broken->name), 0, fmt::format("{}; the log does not lead up to it from an older snapshot", base->problem));
  }
  return out;
}

// A process may die after it has written and before it has synced. What this one found and will speak for must outlive the machine.
std::expected<void, RecoveryError> make_durable(FileSystem& files) {
  const auto logs = numbered_files(files, "log");
  if (!logs) return refuse(kDirectory, 0, fs_error_name(logs.error()));
  for (const NumberedFile& log : *logs) {
    const auto file = files.open(path_of(log.name), OpenMode::kReadWrite);
    if (!file) return refuse(path_of(log.name), 0, fs_error_name(file.error()));
    const auto synced = files.sync(file->handle);
    files.close(file->handle);
    if (!synced) return refuse(path_of(log.name), 0, fs_error_name(synced.error()));
  }
  if (const auto synced = files.sync_directory(kDirectory); !synced && synced.error() != FsError::kNotFound) {
    return refuse(kDirectory, 0, fs_error_name(synced.error()));
  }
  return {};
}

}  // namespace

Outcome recover(FileSystem& files, const RecoveryOptions& options) {
  auto out = recover_state(files, options, Zxid{INT64_MAX});
  if (!out) return out;
  if (auto epochs = read_epochs(files, *out); !epochs) return std::unexpected(epochs.error());
  if (auto durable = make_durable(files); !durable) return std::unexpected(durable.error());
  return out;
}

Outcome recover_up_to(FileSystem& files, const RecoveryOptions& options, Zxid keep) {
  RecoveryOptions lenient = options;
  lenient.trust_empty_snapshot = true;  // the answer is compared with `keep`: reaching it by accident is impossible
  return recover_state(files, lenient, keep);
}

}  // namespace vivarium::log
