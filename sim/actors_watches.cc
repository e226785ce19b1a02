// The actors' watches: what their clients are told and answered, held against the ledgers.
#include "sim/actors.h"

namespace vivarium::sim {

using wire::ErrorCode;
using wire::OpCode;

// Every session begins with its watch. Whether it may go on to something else.
bool Actors::keeps_watch(Actor& actor, World& world) {
  if (!spec(actor).recursive_watch || actor.recursive.armed()) return true;
  if (!actor.in_flight.empty()) return false;
  InFlight flight;
  flight.word = "add-watch";
  flight.path = actor.recursive.root();
  const client::AddWatch request{flight.path, wire::AddWatchMode::kPersistentRecursive};
  submit(actor, world, request, std::move(flight));
  return false;
}

// The watches of a recipe are its own. One event may tell a recursive watch and a one-shot one.
void Actors::note_event(Actor& actor, const client::WatchEvent& event) {
  if (spec(actor).kind == ActorKind::kLock) return;
  if (!spec(actor).recursive_watch) return actor.watches.told(event, findings_);
  actor.recursive.told(event, findings_);
  const bool of_one_shot = event.zxid < Zxid{0} || event.type == wire::WatchEventType::kNodeChildrenChanged;
  if (of_one_shot || actor.watches.wants(event)) actor.watches.told(event, findings_);
}

// What a reply tells of nodes is held against the armed watches; then its own watch is armed.
void Actors::note_reply(Actor& actor, const InFlight& flight, const client::Completion& completion) {
  const bool ok = completion.outcome == client::Outcome::kOk;
  wire::Stat made;  // of a node that was created just now, all that is known
  made.mzxid = made.pzxid = completion.zxid;
  const auto shown = [&](OpCode op, const std::string& path, const wire::Stat& stat) {
    if (op == OpCode::kCreate || op == OpCode::kCreate2 || op == OpCode::kCreateContainer)
      actor.watches.shown(path, &made, findings_);
    if (op == OpCode::kDelete) actor.watches.shown(path, nullptr, findings_);
    const bool tells =
        op == OpCode::kGetData || op == OpCode::kSetData || op == OpCode::kExists || op == OpCode::kGetChildren2;
    if (tells) actor.watches.shown(path, &stat, findings_);
  };
  const bool absent =
      completion.error == ErrorCode::kNoNode &&
      (completion.op == OpCode::kGetData || completion.op == OpCode::kExists || completion.op == OpCode::kGetChildren2);
  if (ok && completion.op == OpCode::kMulti) {
    for (size_t i = 0; i < flight.parts.size(); ++i)
      shown(completion.results[i].type, flight.parts[i], completion.results[i].stat);
  } else if (ok) {
    shown(completion.op, flight.path, completion.stat);
  } else if (absent) {
    actor.watches.shown(flight.path, nullptr, findings_);
  }
  if (!flight.watch) return;
  if (ok) actor.watches.armed(*flight.watch, flight.path, &completion.stat, completion.zxid, findings_.here().seq);
  if (absent && completion.op == OpCode::kExists)
    actor.watches.armed(*flight.watch, flight.path, nullptr, completion.zxid, findings_.here().seq);
}

// Of a multi, what it leaves behind: the last part on each path.
void Actors::note_recursive(Actor& actor, const InFlight& flight, const client::Completion& completion) {
  actor.recursive.answered(completion.zxid);
  if (completion.error == ErrorCode::kNoNode && flight.parts.empty() &&
      (completion.op == OpCode::kGetData || completion.op == OpCode::kExists || completion.op == OpCode::kGetChildren2))
    return actor.recursive.shown_absent(flight.path, std::nullopt, findings_);
  if (completion.outcome != client::Outcome::kOk) return;
  std::map<std::string, std::pair<OpCode, Zxid>> last;
  for (size_t i = 0; i < flight.parts.size(); ++i)
    last[flight.parts[i]] = {completion.results[i].type, completion.zxid};
  if (flight.parts.empty()) {
    const bool reads =
        completion.op == OpCode::kGetData || completion.op == OpCode::kExists || completion.op == OpCode::kGetChildren2;
    if (!reads && !client::is_write(completion.op)) return;
    last[flight.path] = {completion.op, reads ? completion.stat.mzxid : completion.zxid};
  }
  for (const auto& [path, change] : last) {
    if (change.first == OpCode::kDelete)
      actor.recursive.shown_absent(path, change.second, findings_);
    else
      actor.recursive.shown(path, change.second, findings_);
  }
}

std::vector<Actors::ArmedWatch> Actors::armed_watches() const {
  std::vector<ArmedWatch> out;
  for (const Actor& actor : actors_) {
    for (const WatchLedger::Armed& watch : actor.watches.all()) out.push_back({actor.index, actor.client, watch});
  }
  return out;
}

void Actors::judge_at_end(const World& world, const ArmedWatch& armed, const wire::Stat* stat) {
  findings_.at(world.now(), world.last().record.seq, world.process_of_client(armed.client));
  actors_[armed.actor].watches.missed(armed.watch, stat, findings_);
}

std::vector<Actors::ArmedRecursiveWatch> Actors::armed_recursive_watches() const {
  std::vector<ArmedRecursiveWatch> out;
  for (const Actor& actor : actors_) {
    if (actor.recursive.armed()) out.push_back({actor.index, actor.client, actor.recursive.root()});
  }
  return out;
}

void Actors::judge_at_end(const World& world, const ArmedRecursiveWatch& armed,
                          const std::map<std::string, Zxid>& there) {
  findings_.at(world.now(), world.last().record.seq, world.process_of_client(armed.client));
  actors_[armed.actor].recursive.missed(there, findings_);
}

}  // namespace vivarium::sim
