// Actors: what applications do with the ensemble, through the real client: registers, compare-and-set, counters, unique
// names, locks, watches, trees. Each actor has a client of its own; what it did is in the Recorder, and what it was
// told of its watches is held against a WatchLedger.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/client/lock.h"
#include "sim/recorder.h"
#include "sim/recursive_watch_ledger.h"
#include "sim/run.h"
#include "sim/watch_ledger.h"

namespace vivarium::sim {

inline constexpr uint32_t kActorTag = 2;     // of World::schedule; a: the actor
inline constexpr const char* kTrees = "/t";  // what tree actors work below

class Actors {
 public:
  Actors(const Scenario& scenario, World& world);
  void after_step(World& world);
  // No new operations; what is under way may finish.
  void stop() { stopped_ = true; }
  bool idle() const;
  // Whose operations a process of the recorder's histories did.
  static ClientId client_of_process(int64_t process);
  const Recorder& recorder() const { return recorder_; }
  Recorder& recorder() { return recorder_; }
  // After peace: nothing changes any more, so every change after arming must have given its event. `stat`: of the
  // watched node as the client's server has it; nullptr: there is none.
  struct ArmedWatch {
    uint32_t actor;
    ClientId client;
    WatchLedger::Armed watch;
  };
  std::vector<ArmedWatch> armed_watches() const;
  void judge_at_end(const World& world, const ArmedWatch& armed, const wire::Stat* stat);
  // The same of recursive watches; `there`: the last change of every node at and below the root, by path.
  struct ArmedRecursiveWatch {
    uint32_t actor;
    ClientId client;
    std::string root;
  };
  std::vector<ArmedRecursiveWatch> armed_recursive_watches() const;
  void judge_at_end(const World& world, const ArmedRecursiveWatch& armed, const std::map<std::string, Zxid>& there);
  // Broken promises about watches.
  const std::vector<Violation>& violations() const { return findings_.violations(); }
  uint64_t watch_events() const { return watch_events_; }
  const std::map<std::string, std::array<uint64_t, 3>>& counts() const {
    return counts_;
  }  // ok, failed, unknown by word

 private:
  struct InFlight {
    client::Token token;
    std::string word;
    bool setup = false;                      // makes a node that the actor needs
    std::optional<WatchLedger::Kind> watch;  // asked for
    std::vector<std::string> parts;          // multi: the path of each part
    std::vector<size_t> records;             // in the recorder
    int64_t slot = 0;
    std::string path;
    int64_t value = 0;
  };
  struct Actor {
    size_t spec = 0;
    ClientId client = 0;
    uint32_t index = 0;
    size_t setup = 0;  // nodes made so far
    std::vector<InFlight> in_flight;
    int64_t done = 0;
    bool waking = false;
    // what was read, for conditional writes
    std::map<std::string, std::pair<int64_t, int32_t>> seen;  // path -> value, version
    WatchLedger watches;
    RecursiveWatchLedger recursive;
    client::Lock lock;           // kLock
    std::optional<size_t> hold;  // record of the acquire, then of the release
    bool suspended = false;      // disconnected while holding
  };

  const ActorSpec& spec(const Actor& actor) const { return specs_[actor.spec]; }
  StreamId stream(const Actor& actor) const { return {Subsystem::kActor, actor.index}; }
  void wake(Actor& actor, World& world, Duration after);
  void act(Actor& actor, World& world);
  bool may_ask(
      const Actor& actor) const;  // one more: neither as many wait for an answer as may, nor has it all it does
  bool set_up(Actor& actor, World& world);
  void act_register(Actor& actor, World& world);
  void act_cas(Actor& actor, World& world);
  void act_counter(Actor& actor, World& world);
  void act_names(Actor& actor, World& world);
  void act_lock(Actor& actor, World& world);
  void act_watcher(Actor& actor, World& world);
  void act_setter(Actor& actor, World& world);
  // actors_tree.cc
  void act_tree(Actor& actor, World& world);
  void read_tree(Actor& actor, World& world);
  void write_tree(Actor& actor, World& world);
  void multi_tree(Actor& actor, World& world);
  std::string leaf_of(Actor& actor, World& world);
  using TreeChange = std::variant<client::Create, client::Delete, client::SetData>;
  std::pair<TreeChange, RecordedOperation> change_of(Actor& actor, World& world);
  // answers
  void sync(Actor& actor, World& world, const std::string& path);
  bool wants_sync(Actor& actor, World& world);
  uint64_t draw(Actor& actor, World& world, uint64_t below);
  void note_reply(Actor& actor, const InFlight& flight, const client::Completion& completion);
  void note_recursive(Actor& actor, const InFlight& flight, const client::Completion& completion);
  void note_event(Actor& actor, const client::WatchEvent& event);
  bool keeps_watch(Actor& actor, World& world);
  void note_session(Actor& actor, World& world, const client::ClientEvent& event);
  void read(Actor& actor, World& world, const std::string& path, bool watch, const char* word);
  void write(Actor& actor, World& world, const std::string& path, int32_t version, const char* word,
             std::optional<RecordedOperation> also);
  void submit(Actor& actor, World& world, const client::Request& request, InFlight flight);
  size_t record(Actor& actor, World& world, RecordedOperation operation, int64_t slot = 0);
  void on_event(Actor& actor, World& world, const client::ClientEvent& event);
  void on_completion(Actor& actor, World& world, const client::Completion& completion);
  void on_lock_event(Actor& actor, World& world, const client::ClientEvent& event);
  void finish_lock(Actor& actor, World& world, bool lost);
  std::string key_of(Actor& actor, World& world, const char* prefix);
  void count(const std::string& word, checker::Outcome outcome);

  std::vector<ActorSpec> specs_;
  std::vector<Actor> actors_;
  Recorder recorder_;
  std::map<std::string, std::array<uint64_t, 3>> counts_;
  uint64_t watch_events_ = 0;
  Findings findings_;
  int64_t next_value_ = 1;
  bool stopped_ = false;
};

}  // namespace vivarium::sim
