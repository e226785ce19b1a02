// The tree actor: a few nodes that come and go, below parents that come and go too; whatever a client can do to them
// and ask about them.
#include <algorithm>

#include "sim/actors.h"

namespace vivarium::sim {

using checker::Function;
using checker::ModelKind;

namespace {

constexpr uint64_t kLeaves = 4;  // below each parent

// Out of 100, each.
constexpr uint64_t kGetData = 25, kExists = 40;  // the rest lists children
constexpr uint64_t kMulti = 20, kParents = 8;    // of writes: several changes at once; to a parent instead of a leaf
constexpr uint64_t kCreate = 25, kEphemeral = 20, kDelete = 25;  // the rest sets data
constexpr uint64_t kContainer = 30;                              // of what is no ephemeral, where they are asked for
constexpr uint64_t kConditional = 30;                            // of sets and deletes, where a version is known
constexpr uint64_t kOneInCloses = 100;  // instead of a write: the session is closed, and a new one begins

Bytes text_of(int64_t value) { return Bytes(fmt::format("{}", value)); }

// As the model `zookeeper` reads the part of a multi.
std::string json_of(const RecordedOperation& part) {
  std::string out = fmt::format(R"({{"f":"{}","key":"{}")", checker::word_of(part.f), part.key);
  if (part.value) out += fmt::format(R"(,"value":{})", *part.value);
  if (part.asked_version != checker::kNoVersion) out += fmt::format(R"(,"version":{})", part.asked_version);
  if (part.detail.ephemeral) out += R"(,"ephemeral":true)";
  return out + "}";
}

const char* word_of(const RecordedOperation& operation) {
  if (operation.f == Function::Create) return operation.detail.ephemeral ? "create-ephemeral" : "create";
  return operation.f == Function::Delete ? "delete" : "set";
}

}  // namespace

void Actors::act_tree(Actor& actor, World& world) {
  const bool reads = static_cast<int64_t>(draw(actor, world, 100)) < spec(actor).read_percent;
  return reads ? read_tree(actor, world) : write_tree(actor, world);
}

std::string Actors::leaf_of(Actor& actor, World& world) {
  const std::string parent = key_of(actor, world, kTrees);
  return fmt::format("{}/{}", parent, world.choices().below(stream(actor), Question::kKey, kLeaves));
}

// Data watches on leaves, child watches on parents, one at a time each.
void Actors::read_tree(Actor& actor, World& world) {
  const uint64_t what = draw(actor, world, 100);
  const bool lists = what >= kGetData + kExists;
  InFlight flight;
  flight.path = lists ? key_of(actor, world, kTrees) : leaf_of(actor, world);
  if (wants_sync(actor, world)) return sync(actor, world, flight.path);
  const WatchLedger::Kind kind = lists ? WatchLedger::Kind::kChildren : WatchLedger::Kind::kData;
  const bool watch = !actor.watches.watches(kind, flight.path);
  if (watch) flight.watch = kind;
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.f = lists ? Function::GetChildren : what < kGetData ? Function::GetData : Function::Exists;
  operation.key = flight.path;
  operation.detail.watch = watch;
  flight.word = lists ? "list" : what < kGetData ? "get" : "exists";
  flight.records.push_back(record(actor, world, operation));
  const std::string path = flight.path;
  if (lists) return submit(actor, world, client::GetChildren2{path, watch}, std::move(flight));
  if (what < kGetData) return submit(actor, world, client::GetData{path, watch}, std::move(flight));
  submit(actor, world, client::Exists{path, watch}, std::move(flight));
}

std::pair<Actors::TreeChange, RecordedOperation> Actors::change_of(Actor& actor, World& world) {
  const uint64_t what = draw(actor, world, 100);
  const bool to_parent = what < kCreate + kEphemeral + kDelete && draw(actor, world, 100) < kParents;
  const std::string path = to_parent ? key_of(actor, world, kTrees) : leaf_of(actor, world);
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.key = path;
  const auto seen = actor.seen.find(path);
  const auto version = [&] {
    if (seen != actor.seen.end() && draw(actor, world, 100) < kConditional)
      operation.asked_version = seen->second.second;
    return operation.asked_version;
  };
  if (what < kCreate + kEphemeral) {
    operation.f = Function::Create;
    operation.value = next_value_++;
    operation.detail.ephemeral = what >= kCreate && !to_parent;  // an ephemeral has no children
    const bool container =
        spec(actor).containers && !operation.detail.ephemeral && draw(actor, world, 100) < kContainer;
    const auto mode = container                    ? wire::CreateMode::kContainer
                      : operation.detail.ephemeral ? wire::CreateMode::kEphemeral
                                                   : wire::CreateMode::kPersistent;
    return {client::Create{path, text_of(*operation.value), mode}, operation};
  }
  if (what < kCreate + kEphemeral + kDelete) {
    operation.f = Function::Delete;
    const int32_t asked = version();
    return {client::Delete{path, asked}, operation};
  }
  operation.f = Function::SetData;
  operation.value = next_value_++;
  const int32_t asked = version();
  return {client::SetData{path, text_of(*operation.value), asked}, operation};
}

void Actors::write_tree(Actor& actor, World& world) {
  if (draw(actor, world, kOneInCloses) == 0) {
    count("close", checker::Outcome::Ok);
    return world.end_session(actor.client);
  }
  if (draw(actor, world, 100) < kMulti) return multi_tree(actor, world);
  auto [change, operation] = change_of(actor, world);
  InFlight flight;
  flight.word = word_of(operation);
  flight.path = operation.key;
  flight.value = operation.value.value_or(0);
  flight.records.push_back(record(actor, world, operation));
  const auto request = std::visit([](const auto& op) { return client::Request(op); }, change);
  submit(actor, world, request, std::move(flight));
}

void Actors::multi_tree(Actor& actor, World& world) {
  client::Multi multi;
  InFlight flight;
  flight.word = "multi";
  std::string parts;
  const uint64_t count = 2 + draw(actor, world, 2);
  for (uint64_t i = 0; i < count; ++i) {
    auto [change, part] = change_of(actor, world);
    multi.ops.push_back(std::visit([](const auto& op) { return client::MultiOp(op); }, change));
    flight.parts.push_back(part.key);
    parts += (parts.empty() ? "" : ",") + json_of(part);
  }
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.f = Function::Multi;
  operation.key = kTrees;
  operation.argument_json = "[" + parts + "]";
  flight.path = kTrees;
  flight.records.push_back(record(actor, world, operation));
  submit(actor, world, multi, std::move(flight));
}

}  // namespace vivarium::sim
