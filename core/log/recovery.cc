#include "core/log/recovery.h"

#include <algorithm>
#include <charconv>

#include "core/log/formats.h"
#include "core/log/gzip.h"
#include "core/log/log_files.h"
#include "core/tree/apply.h"

namespace vivarium::log {

namespace {

using Outcome = std::expected<Recovered, RecoveryError>;

// ---- snapshots: newest first, the first that is whole (facts 3.4, rule 1)
// -----------------------------------------------------------

struct Broken {
  Zxid zxid;
  std::string name, problem;
};

struct Base {
  std::optional<Snapshot> snapshot;
  std::vector<Broken> broken;  // newer ones
};

std::expected<Snapshot, std::string> decode(const std::string& name, const Bytes& content, Zxid zxid) {
  if (name.ends_with(".snappy"))
    return std::unexpected(
        "it is compressed with snappy, which cannot be read here; have upstream write one with "
        "snapshot.compression.method=gz or none");
  if (!name.ends_with(".gz")) return decode_snapshot_file(content, zxid);
  const auto plain = gunzip(content);
  if (!plain) return std::unexpected(plain.error());
  return decode_snapshot_file(*plain, zxid);
}

std::expected<Base, RecoveryError> newest_snapshot(FileSystem& files, Zxid keep) {
  const auto snapshots = numbered_files(files, "snapshot");
  if (!snapshots) return refuse(kDirectory, 0, fs_error_name(snapshots.error()));
  Base base;
  for (auto file = snapshots->rbegin(); file != snapshots->rend(); ++file) {
    if (file->zxid > keep) continue;
    const std::string path = path_of(file->name);
    if (file->size > UINT32_MAX) return refuse(path, 0, "the file is longer than 4 GiB, which cannot be read here");
    const auto content = read_whole(files, file->name);
    if (!content) return refuse(path, 0, fs_error_name(content.error()));
    auto snapshot = decode(file->name, *content, file->zxid);
    if (snapshot) {
      base.snapshot = std::move(*snapshot);
      return base;
    }
    base.broken.push_back({file->zxid, file->name, snapshot.error()});
  }
  return base;
}

// ---- epochs
// -------------------------------------------------------------------------------------------------------------------------

std::expected<std::optional<Epoch>, RecoveryError> read_epoch(FileSystem& files, const char* name) {
  const auto content = read_whole(files, name);
  if (!content && content.error() == FsError::kNotFound) return std::nullopt;
  if (!content) return refuse(path_of(name), 0, fs_error_name(content.error()));
  const std::string_view text = content->view();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error != std::errc() || value < 0 || (!rest.empty() && rest != "\n")) {
    return refuse(path_of(name), end - text.data(),
                  fmt::format("holds \"{}\" where a decimal epoch is expected", text.substr(0, 40)));
  }
  return Epoch{value};
}

// Missing files are made up from the zxid's epoch; they are not written: the same is made up again until the node
// writes them. That is safe, for a transaction of an epoch exists only once a quorum has made that epoch its current
// one. Between a transaction of a new epoch being logged and currentEpoch being written, a crash leaves the log one
// epoch ahead of the file: that server has accepted the epoch, and has not acknowledged its history. Upstream refuses
// to start then (1653, 2307, 4269); here it votes by what its file says.
std::expected<void, RecoveryError> read_epochs(FileSystem& files, Recovered& recovered) {
  const auto accepted = read_epoch(files, kAcceptedEpoch);
  if (!accepted) return std::unexpected(accepted.error());
  const auto current = read_epoch(files, kCurrentEpoch);
  if (!current) return std::unexpected(current.error());
  const Epoch logged = recovered.state.zxid.epoch();
  recovered.current_epoch = current->value_or(std::min(logged, accepted->value_or(logged)));
  recovered.accepted_epoch = accepted->value_or(std::max(logged, recovered.current_epoch));
  if (recovered.accepted_epoch < recovered.current_epoch) {
    return refuse(path_of(kAcceptedEpoch), 0,
                  fmt::format("the accepted epoch {} is older than the current epoch {}", recovered.accepted_epoch,
                              recovered.current_epoch));
  }
  if (recovered.accepted_epoch < logged) {
    return refuse(path_of(kAcceptedEpoch), 0,
                  fmt::format("the accepted epoch {} is older than the last transaction {}", recovered.accepted_epoch,
                              recovered.state.zxid));
  }
  // Epochs but no history: that was lost, or given up to begin anew from a leader's snapshot. Such a server must not
  // vote (261).
  if (recovered.snapshots == 0 && recovered.records.empty() && recovered.current_epoch > Epoch{0})
    recovered.may_vote = false;
  return {};
}

// ---- replay
// -------------------------------------------------------------------------------------------------------------------------

struct ReplayError {
  RecoveryError error;
  std::optional<Zxid> misfit;  // the first transaction behind the snapshot, if it does not belong on it and the log
                               // does not hold the snapshot's own
};

class Replay {
 public:
  Replay(const Base& base, const std::vector<LogFile>& logs, Zxid keep, Recovered& out)
      : base_(base), logs_(logs), keep_(keep), out_(out) {}

  std::expected<void, ReplayError> run() {
    const Zxid start = out_.state.zxid;
    for (const LogFile& log : logs_) {
      for (size_t i = 0; i < log.records.size(); ++i) {
        const Record& record = log.records[i];
        if (record.zxid > keep_) return {};
        if (record.zxid == start) proven_ = true;
        if (record.zxid <= start) continue;
        if (auto done = replay(record, log.path, log.offsets[i]); !done) return done;
      }
    }
    return {};
  }

 private:
  using Done = std::expected<void, ReplayError>;

  Done replay(const Record& record, const std::string& path, int64_t offset) {
    const Zxid last = out_.state.zxid;
    if (base_.snapshot || !out_.records.empty()) {  // a log that is trusted without a snapshot begins where it begins
      if (!follows(last, record.zxid))
        return misfit(
            record.zxid, path, offset,
            fmt::format("the log has a hole: {} follows {}; a record or a whole file is missing", record.zxid, last));
      for (const Broken& broken : base_.broken) {
        if (broken.zxid <= last || broken.zxid >= record.zxid) continue;
        return fail(path_of(broken.name), 0,
                    fmt::format("{}; the log goes on behind it, at {}, but does not lead up to it", broken.problem,
                                record.zxid));
      }
    }
    const auto txn = wire::decode_txn(record.payload);
    if (!txn)
      return fail(path, offset,
                  fmt::format("the transaction {} cannot be decoded, though its checksum is right", record.zxid));
    const tree::Effects effects = tree::apply(out_.state, *txn);
    out_.records.push_back(record);
    if (!txn->digest || txn->digest->version != wire::kDigestVersion) return {};
    if (effects.digest_mismatch) {
      if (fuzzy_at(record.zxid)) return {};
      return misfit(record.zxid, path, offset,
                    fmt::format("after the transaction {} the tree's digest is {}, the transaction says {}: the log "
                                "and the snapshot do not belong together",
                                record.zxid, *effects.digest_mismatch, txn->digest->tree_digest));
    }
    proven_ = matched_ = true;
    return {};
  }

  // While a snapshot that upstream wrote is being caught up, digests may differ; where its end is not told, until one
  // is right.
  bool fuzzy_at(Zxid zxid) const {
    if (!base_.snapshot) return false;
    return base_.snapshot->digest_zxid ? zxid <= *base_.snapshot->digest_zxid : !matched_;
  }

  Done fail(std::string path, int64_t offset, std::string what) const {
    return std::unexpected(ReplayError{{std::move(path), offset, std::move(what)}, std::nullopt});
  }
  Done misfit(Zxid zxid, const std::string& path, int64_t offset, std::string what) const {
    return std::unexpected(ReplayError{{path, offset, std::move(what)}, proven_ ? std::nullopt : std::optional(zxid)});
  }

  const Base& base_;
  const std::vector<LogFile>& logs_;
  Zxid keep_;
  Recovered& out_;
  bool matched_ = false;  // a digest was right
  bool proven_ = false;   // so it was, or the log holds the snapshot's own transaction
};

std::expected<Recovered, ReplayError> replay(const Base& base, const std::vector<LogFile>& logs,
                                             const RecoveryOptions& options, Zxid keep) {
  const auto fail = [](std::string path, std::string what) {
    return std::unexpected(ReplayError{{std::move(path), 0, std::move(what)}, std::nullopt});
  };
  const bool logged = std::any_of(logs.begin(), logs.end(), [](const LogFile& log) { return !log.records.empty(); });
  if (!base.snapshot && logged && !options.trust_empty_snapshot) {
    if (base.broken.empty())
      return fail(kDirectory,
                  "there is a log but no snapshot; set snapshot.trust.empty=true only if none was ever written");
    return fail(path_of(base.broken.front().name),
                fmt::format("{}; there is no other snapshot, and a log without one is not trusted",
                            base.broken.front().problem));
  }
  Recovered out;
  out.snapshots = base.snapshot ? 1 : 0;
  out.may_vote = base.snapshot || logged || options.auto_create;
  out.snapshot_state = base.snapshot ? base.snapshot->state : tree::State::fresh();
  out.state = out.snapshot_state;
  if (auto done = Replay(base, logs, keep, out).run(); !done) return std::unexpected(done.error());
  // A snapshot that is not whole has lost what it held, unless the log leads past it from an older one.
  for (const Broken& broken : base.broken) {
    if (broken.zxid <= out.state.zxid) continue;
    return fail(path_of(broken.name), fmt::format("{}; the log does not lead up to it from an older snapshot. If "
                                                  "upstream was stopped while it wrote this file, remove it",
                                                  broken.problem));
  }
  return out;
}

// Whether the log leads up to `zxid` from a snapshot older than `snapshot`, digests and all.
bool leads_from_older(FileSystem& files, const RecoveryOptions& options, Zxid snapshot, Zxid zxid) {
  const auto base = newest_snapshot(files, Zxid{snapshot.value - 1});
  if (!base || !base->snapshot) return false;
  const auto logs = read_log_files(files, base->snapshot->state.zxid);
  if (!logs) return false;
  const auto recovered = replay(*base, *logs, options, zxid);
  return recovered && recovered->state.zxid == zxid;
}

struct Found {
  Recovered recovered;
  std::optional<LogFile> last_log;
};

std::expected<Found, RecoveryError> read_disk(FileSystem& files, const RecoveryOptions& options, Zxid keep) {
  const auto base = newest_snapshot(files, keep);
  if (!base) return std::unexpected(base.error());
  const Zxid start = base->snapshot ? base->snapshot->state.zxid : Zxid{-1};
  auto logs = read_log_files(files, start);
  if (!logs) return std::unexpected(logs.error());
  // A server whose disk was empty was being brought up by DIFF: its first snapshot, then currentEpoch, come when all of
  // the log is there. It has acknowledged nothing, so it begins again with nothing, and without a vote (261).
  if (!base->snapshot && base->broken.empty() && !options.auto_create) {
    const auto current = read_epoch(files, kCurrentEpoch);
    if (!current) return std::unexpected(current.error());
    if (!*current) logs->clear();
  }
  auto recovered = replay(*base, *logs, options, keep);
  if (!recovered && recovered.error().misfit && base->snapshot &&
      leads_from_older(files, options, start, *recovered.error().misfit)) {
    // The snapshot came by SNAP, and the process died before it had removed the log of the history that SNAP replaced:
    // the log is not of the snapshot's history, which is proven by its being of an older one's.
    recovered = replay(*base, {}, options, keep);
  }
  if (!recovered) return std::unexpected(recovered.error().error);
  Found out{std::move(*recovered), std::nullopt};
  if (!logs->empty()) out.last_log = std::move(logs->back());
  return out;
}

// ---- what recovery writes
// -----------------------------------------------------------------------------------------------------------

// Cuts what an interrupted write left behind the last log's records, so that files that are not the last end cleanly. A
// file without a record goes altogether (upstream does the same).
FsResult<void> mend(FileSystem& files, const LogFile& log) {
  if (log.records.empty()) return files.unlink(log.path);
  const auto file = files.open(log.path, OpenMode::kReadWrite);
  if (!file) return std::unexpected(file.error());
  if (log.tail != Tail::kClean) {
    if (const auto cut = files.truncate(file->handle, log.end); !cut) return cut;
  }
  const auto synced = files.sync(file->handle);
  files.close(file->handle);
  return synced;
}

// A process may die after it has written and before it has synced. What this one found and will speak for must outlive
// the machine: the end of the last log (files before it were synced, cut or not, before it was made), and every name in
// the directory. Snapshots that were never ended go.
std::expected<void, RecoveryError> make_durable(FileSystem& files, const Found& found) {
  const auto entries = files.list(kDirectory);
  if (!entries && entries.error() != FsError::kNotFound) return refuse(kDirectory, 0, fs_error_name(entries.error()));
  for (const DirectoryEntry& entry : entries.value_or(std::vector<DirectoryEntry>())) {
    if (!entry.name.starts_with("snapshot.") || !entry.name.ends_with(kTemporary)) continue;
    if (const auto gone = files.unlink(path_of(entry.name)); !gone)
      return refuse(path_of(entry.name), 0, fs_error_name(gone.error()));
  }
  if (found.last_log) {
    if (const auto mended = mend(files, *found.last_log); !mended)
      return refuse(found.last_log->path, found.last_log->end, fs_error_name(mended.error()));
  }
  if (const auto synced = files.sync_directory(kDirectory); !synced && synced.error() != FsError::kNotFound) {
    return refuse(kDirectory, 0, fs_error_name(synced.error()));
  }
  return {};
}

}  // namespace

Outcome recover(FileSystem& files, const RecoveryOptions& options) {
  auto found = read_disk(files, options, Zxid{INT64_MAX});
  if (!found) return std::unexpected(found.error());
  if (auto epochs = read_epochs(files, found->recovered); !epochs) return std::unexpected(epochs.error());
  if (auto durable = make_durable(files, *found); !durable) return std::unexpected(durable.error());
  return std::move(found->recovered);
}

Outcome observe(FileSystem& files, const RecoveryOptions& options) {
  auto found = read_disk(files, options, Zxid{INT64_MAX});
  if (!found) return std::unexpected(found.error());
  if (auto epochs = read_epochs(files, found->recovered); !epochs) return std::unexpected(epochs.error());
  return std::move(found->recovered);
}

Outcome recover_up_to(FileSystem& files, const RecoveryOptions& options, Zxid keep) {
  RecoveryOptions lenient = options;
  lenient.trust_empty_snapshot = true;  // the answer is compared with `keep`: reaching it by accident is impossible
  auto found = read_disk(files, lenient, keep);
  if (!found) return std::unexpected(found.error());
  return std::move(found->recovered);
}

}  // namespace vivarium::log
