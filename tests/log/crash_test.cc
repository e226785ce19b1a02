// Every operation is crashed after each of its FileSystem calls, with many subsets of what was not synced; what
// recovery gives must be a point that the operation allows, and the disk must be good to go on with. Then every sync is
// left out, one after the other, and each time this very test must fail: none is there in vain.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

// A disk that can forget to sync: a site is an operation and one of the two calls, as a line of the executor is.
class Disk final : public FileSystem {
 public:
  FsResult<File> open(const std::string& path, OpenMode mode) override { return files.open(path, mode); }
  void close(int32_t handle) override { files.close(handle); }
  FsResult<Bytes> pread(int32_t handle, int64_t offset, int64_t size) override {
    return files.pread(handle, offset, size);
  }
  FsResult<void> pwrite(int32_t handle, int64_t offset, const Bytes& bytes) override {
    return files.pwrite(handle, offset, bytes);
  }
  FsResult<void> truncate(int32_t handle, int64_t size) override { return files.truncate(handle, size); }
  FsResult<void> rename(const std::string& from, const std::string& to) override { return files.rename(from, to); }
  FsResult<void> unlink(const std::string& path) override { return files.unlink(path); }
  FsResult<std::vector<DirectoryEntry>> list(const std::string& directory) override { return files.list(directory); }
  FsResult<void> sync(int32_t handle) override { return forgets("sync") ? FsResult<void>() : files.sync(handle); }
  FsResult<void> sync_directory(const std::string& directory) override {
    return forgets("sync_directory") ? FsResult<void>() : files.sync_directory(directory);
  }

  void begin(std::string operation) { operation_ = std::move(operation); }

  sim::SimFileSystem files;
  std::string forgotten;  // the site to leave out
  std::set<std::string>* sites = nullptr;

 private:
  bool forgets(const char* call) {
    const std::string site = fmt::format("{}: {}", operation_, call);
    if (sites) sites->insert(site);
    return site == forgotten;
  }
  std::string operation_;
};

const ExecutorOptions kOptions{1 << 13, {}};

// One operation of the script: where the history may stand if it is interrupted, and where it stands afterwards.
struct Step {
  std::string name;
  std::optional<Operation> operation;  // none: the process is killed and begins again
  std::vector<Point> during;
  Point after;
  std::vector<Epoch> accepted, current;  // while it runs: before and after; the last is what holds then
};

class Script {
 public:
  static Script ours() {
    Script script;
    script.life_of_a_server();
    return script;
  }
  // A directory that upstream made: SNAP brought a history, and the log of the other one stayed.
  static Script from_upstream() {
    Script script;
    script.log_with_a_hole();
    return script;
  }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  void log_with_a_hole() {
    snapshot(at_);
    epoch(1);
    append({extend(), extend(), extend()}, "append to a new file");
    epoch(5);
    Point other = reached(Zxid(Epoch{1}, 2));
    for (int i = 0; i < 4; ++i) vivarium::log::extend(other, 5, "other");
    step("snapshot", WriteSnapshot{other.state}, {other}, other);
    epoch(6);
    roll();
    append({extend(), extend()}, "append to a new file");
    snapshot(at_);
    step("purge", Purge{1}, {});
    restart();
  }

  void life_of_a_server() {
    snapshot(at_);
    epoch(1);
    append({extend(), extend()}, "append to a new file");
    append({extend(), extend(), extend()});
    append({extend()});
    snapshot(reached(Zxid(Epoch{1}, 4)));
    roll();
    append({extend(), extend()}, "append to a new file");
    append({extend()});
    restart();
    epoch(2);
    append({extend(), extend()}, "append to a new file");
    append({extend()});
    restart();
    epoch(3);
    append({extend(), extend(), extend()}, "append to a new file");
    snapshot(reached(Zxid(Epoch{3}, 2)));
    step("purge", Purge{1}, {});
    for (int i = 0; i < 3; ++i) {
      roll();
      append({extend(), extend()}, "append to a new file");
    }
    truncate(Zxid(Epoch{3}, 2));
    restart();
    epoch(4);
    append({extend()}, "append to a new file");
    append({extend()});
    restart();
    epoch(5);
    Point other = reached(Zxid(Epoch{4}, 1));  // SNAP brings a history that left ours there
    for (int i = 0; i < 4; ++i) vivarium::log::extend(other, 5, "other");
    replace(other);
    append({extend(), extend()}, "append to a new file");
    snapshot(reached(Zxid(Epoch{5}, 5)));
    epoch(6);
    append({extend()});  // of a leader whom nobody followed
    roll();
    append({extend()}, "append to a new file");
    other = reached(Zxid(Epoch{5}, 6));
    vivarium::log::extend(other, 5, "another");
    restart();
    epoch(7);
    replace(other);  // older than our tail
    append({extend()}, "append to a new file");
    snapshot(at_);
    roll();
    append({extend()}, "append to a new file");
    snapshot(at_);
    append({extend()});
    // Cut to below snapshots: the log first, the snapshots then.
    const Point back = reached(Zxid(Epoch{5}, 7));
    const Point newest = reached(Zxid(Epoch{7}, 2));
    step("truncate", TruncateLog{back.zxid()}, {newest}, newest);
    step("discard", DiscardSnapshotsAbove{back.zxid()}, {reached(Zxid(Epoch{7}, 1)), back}, back);
    restart();
    epoch(8);
    append({extend(), extend()}, "append to a new file");
    restart();
  }

  Record extend() { return vivarium::log::extend(grown_, epoch_); }

  void append(const std::vector<Record>& records, const char* name = "append") {
    std::vector<Point> during;
    for (const Record& record : records) during.push_back(reached_in(grown_, record.zxid));
    step(name, AppendRecords{records}, during, grown_);
  }
  void snapshot(const Point& point) { step("snapshot", WriteSnapshot{point.state}, {}); }
  void roll() { step("roll", RollLog{}, {}); }
  void truncate(Zxid keep) {
    std::vector<Point> during;
    for (const Record& record : at_.history) {
      if (record.zxid >= keep) during.push_back(reached(record.zxid));
    }
    step("truncate", TruncateLog{keep}, during, reached(keep));
  }
  void replace(const Point& point) {
    step("snapshot", WriteSnapshot{point.state}, {point}, point);
    step("truncate", TruncateLog{Zxid{0}}, {});
  }
  void epoch(int64_t epoch) {
    epoch_ = epoch;
    accepted_ = {accepted_.back(), Epoch{epoch}};
    step("epoch", WriteEpoch{EpochFile::kAccepted, Epoch{epoch}}, {});
    accepted_ = {Epoch{epoch}};
    current_ = {current_.back(), Epoch{epoch}};
    step("epoch", WriteEpoch{EpochFile::kCurrent, Epoch{epoch}}, {});
    current_ = {Epoch{epoch}};
  }
  void restart() { steps_.push_back({"restart", std::nullopt, {at_}, at_, accepted_, current_}); }
  void step(const char* name, Operation operation, std::vector<Point> during) {
    step(name, std::move(operation), std::move(during), at_);
  }
  void step(const char* name, Operation operation, std::vector<Point> during, Point after) {
    during.push_back(at_);
    steps_.push_back({name, std::move(operation), std::move(during), after, accepted_, current_});
    at_ = grown_ = std::move(after);
  }
  Point reached(Zxid zxid) const { return reached_in(at_, zxid); }
  static Point reached_in(const Point& point, Zxid zxid) {
    Point out;
    for (const Record& record : point.history) {
      if (record.zxid > zxid) break;
      tree::apply(out.state, *wire::decode_txn(record.payload));
      out.history.push_back(record);
    }
    return out;
  }

  std::vector<Step> steps_;
  Point at_, grown_;
  int64_t epoch_ = 0;
  std::vector<Epoch> accepted_{Epoch{0}}, current_{Epoch{0}};
};

std::string describe(const Point& point) { return fmt::format("{}", point.zxid()); }

// ---- what must hold after a crash: the first thing that does not, or nothing
// -----------------------------------------------------

// What the log gives to a learner is a piece of the one true history.
std::string judge_reads(Disk& disk, const Point& point) {
  Executor executor(kOptions);
  std::vector<Zxid> asked{Zxid{0}, Zxid(Epoch{1}, 9), Zxid(Epoch{2}, 7)};
  for (size_t i = 0; i < point.history.size(); ++i) {
    const bool ends_epoch =
        i + 1 < point.history.size() && point.history[i].zxid.epoch() != point.history[i + 1].zxid.epoch();
    if (ends_epoch || i + 3 > point.history.size()) asked.push_back(point.history[i].zxid);
  }
  for (const Zxid from : asked) {
    auto answer = executor.execute(disk, {Queue::kLog, 1, ReadLog{1, from}});
    if (!answer) return fmt::format("reading the log from {} fails: {}", from, answer.error().what);
    const auto& read = std::get<LogRead>(*answer);
    if (!read.complete) continue;
    auto expected = std::find_if(point.history.begin(), point.history.end(),
                                 [&](const Record& r) { return r.zxid == read.records.front().zxid; });
    if (read.records.front().zxid > from ||
        !std::equal(read.records.begin(), read.records.end(), expected, point.history.end())) {
      return fmt::format("reading the log from {} gives {} records from {} on, which are not those of the history",
                         from, read.records.size(), read.records.front().zxid);
    }
    if (read.records.size() > 1 && read.records[1].zxid <= from)
      return fmt::format("reading the log from {} begins too early", from);
  }
  return {};
}

std::string judge(const Recovered& got, const Step& step, bool finished, const Point** where) {
  std::vector<const Point*> allowed;
  if (finished)
    allowed = {&step.after};
  else
    for (const Point& point : step.during) allowed.push_back(&point);
  if (!finished) allowed.push_back(&step.after);
  for (const Point* point : allowed) {
    if (point->state == got.state) *where = point;
  }
  if (!*where) {
    std::string points;
    for (const Point* point : allowed) points += " " + describe(*point);
    return fmt::format("recovered to {} (snapshot {}), allowed:{}", got.state.zxid, got.snapshot_state.zxid, points);
  }
  const auto among = [finished](Epoch epoch, const std::vector<Epoch>& epochs) {
    return finished ? epoch == epochs.back() : std::find(epochs.begin(), epochs.end(), epoch) != epochs.end();
  };
  if (!among(got.accepted_epoch, step.accepted))
    return fmt::format("recovered the accepted epoch {}", got.accepted_epoch);
  if (!among(got.current_epoch, step.current)) return fmt::format("recovered the current epoch {}", got.current_epoch);
  return {};
}

std::string recovers(Disk& disk, const Step& step, bool finished, Recovered& out, const Point** where) {
  disk.begin("recover");
  auto got = recover(disk, {});
  if (!got) return said(got.error());
  if (auto wrong = judge(*got, step, finished, where); !wrong.empty()) return wrong;
  out = std::move(*got);
  return {};
}

// The disk after a crash: recovers, holds what recovery told even if the power goes at once, serves reads, and takes
// another record.
std::string goes_on(Disk disk, const Step& step, bool finished, Rng& rng) {
  Recovered first, second;
  const Point *at = nullptr, *still_at = nullptr;
  if (auto wrong = recovers(disk, step, finished, first, &at); !wrong.empty()) return wrong;
  disk.files.power_loss(rng);
  if (auto wrong = recovers(disk, step, finished, second, &still_at); !wrong.empty())
    return "after a second loss of power: " + wrong;
  if (still_at != at || second.accepted_epoch != first.accepted_epoch || second.current_epoch != first.current_epoch) {
    return fmt::format("recovery told {}, and {} after the power went at once", describe(*at), describe(*still_at));
  }
  // As the node does before anything else: recovery.h. Until then a log that SNAP replaced may still be there.
  if (auto wrong = second.records.empty() ? std::string() : judge_reads(disk, *at); !wrong.empty()) return wrong;

  Point next = *at;
  const Record record = extend(next, 99);
  Executor executor(kOptions);
  std::vector<Operation> operations;
  if (second.snapshots == 0)
    operations.push_back(WriteSnapshot{second.state});
  else if (second.records.empty())
    operations.push_back(TruncateLog{Zxid{0}});
  operations.push_back(WriteEpoch{EpochFile::kAccepted, Epoch{99}});
  operations.push_back(AppendRecords{{record}});
  for (const Operation& operation : operations) {
    disk.begin("afterwards");
    if (auto done = executor.execute(disk, {Queue::kLog, 1, operation}); !done)
      return "afterwards: " + done.error().what;
  }
  disk.files.power_loss(rng);
  disk.begin("afterwards");
  const auto last = recover(disk, {});
  if (!last) return "afterwards: " + said(last.error());
  if (!(last->state == next.state)) return fmt::format("afterwards: {} instead of {}", last->state.zxid, next.zxid());
  return judge_reads(disk, next);
}

// ---- the script, crashed everywhere
// ------------------------------------------------------------------------------------------------

class Crashes {
 public:
  explicit Crashes(std::string forgotten, int subsets, uint64_t seed) : subsets_(subsets), rng_(seed) {
    disk_.forgotten = std::move(forgotten);
  }

  // The first thing that goes wrong, or nothing.
  std::string run(const Script& script, std::set<std::string>* sites = nullptr) {
    disk_.sites = sites;
    for (size_t i = 0; i < script.steps().size(); ++i) {
      const Step& step = script.steps()[i];
      std::string wrong = step.operation ? operate(step) : restart(step);
      if (!wrong.empty()) return fmt::format("step {} ({}): {}", i, step.name, wrong);
    }
    return {};
  }
  int64_t crashes() const { return crashes_; }

 private:
  std::string operate(const Step& step) {
    for (int64_t calls = 0;; ++calls) {
      Disk disk = disk_;
      Executor executor = executor_;
      disk.files.set_call_budget(calls);
      disk.begin(step.name);
      const auto done = executor.execute(disk, {Queue::kLog, 1, *step.operation});
      disk.files.set_call_budget(std::nullopt);
      if (auto wrong = crash(disk, step, done.has_value()); !wrong.empty())
        return fmt::format("after {} calls{}: {}", calls, done ? ", finished" : "", wrong);
      if (!done) continue;
      disk_ = disk;
      executor_ = executor;
      return {};
    }
  }

  std::string crash(const Disk& disk, const Step& step, bool finished) {
    for (int i = 0; i <= subsets_; ++i) {
      ++crashes_;
      Disk after = disk;
      if (i == 0)
        after.files.kill();  // the machine lives on
      else
        after.files.power_loss(rng_);
      if (auto wrong = goes_on(after, step, finished, rng_); !wrong.empty()) return wrong;
    }
    return {};
  }

  // The process is killed; recovery itself may be interrupted anywhere.
  std::string restart(const Step& step) {
    disk_.files.kill();
    for (int64_t calls = 0;; ++calls) {
      Disk disk = disk_;
      disk.files.set_call_budget(calls);
      disk.begin("recover");
      const auto done = recover(disk, {});
      disk.files.set_call_budget(std::nullopt);
      if (auto wrong = crash(disk, step, true); !wrong.empty())
        return fmt::format("recovery interrupted after {} calls: {}", calls, wrong);
      if (!done) continue;
      disk_ = disk;
      executor_ = Executor(kOptions);
      return {};
    }
  }

  Disk disk_;
  Executor executor_{kOptions};
  int subsets_;
  Rng rng_;
  int64_t crashes_ = 0;
};

TEST(Crash, every_operation_after_every_call_with_any_subset_lost) {
  for (const Script& script : {Script::ours(), Script::from_upstream()}) {
    Crashes crashes("", 24, 1);
    EXPECT_EQ(crashes.run(script), "");
    EXPECT_GT(crashes.crashes(), 1000);
  }
}

TEST(Crash, every_sync_is_needed) {
  const std::vector<Script> scripts{Script::ours(), Script::from_upstream()};
  std::set<std::string> sites;
  for (const Script& script : scripts) ASSERT_EQ(Crashes("", 0, 1).run(script, &sites), "");
  EXPECT_GE(sites.size(), 13U);
  for (const std::string& site : sites) {
    if (site.starts_with("afterwards")) continue;  // the same operations, where nobody looks between the calls
    std::string wrong;
    for (uint64_t seed = 1; seed <= 3 && wrong.empty(); ++seed) {
      for (const Script& script : scripts) wrong += Crashes(site, 16, seed).run(script);
    }
    EXPECT_NE(wrong, "") << "nothing goes wrong without: " << site;
  }
}

}  // namespace
}  // namespace vivarium::log
