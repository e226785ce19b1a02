#include "core/tree/quota.h"

#include <charconv>

namespace vivarium::tree {

namespace {
constexpr std::string_view kQuotas = "/zookeeper/quota";
constexpr std::string_view kLimits = "/zookeeper_limits", kStats = "/zookeeper_stats";

std::string limits_of(std::string_view prefix) { return fmt::format("{}{}{}", kQuotas, prefix, kLimits); }
std::string stats_of(std::string_view prefix) { return fmt::format("{}{}{}", kQuotas, prefix, kStats); }

bool any_quota(const State& state) {
  const Znode* quotas = state.find(kQuotas);
  return quotas && !quotas->children.empty();
}

// The deepest node from path upwards that has limits. The root has none: upstream keeps no quota for all.
std::optional<std::string_view> prefix_with_limits(const State& state, std::string_view path) {
  if (!any_quota(state)) return std::nullopt;
  while (path.size() > 1) {
    if (state.nodes.contains(std::string_view(limits_of(path)))) return path;
    path = path.substr(0, path.rfind('/'));
  }
  return std::nullopt;
}

// What a client wrote may be anything: sums wrap around, as Java's.
int64_t plus(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }

// As Java's parseLong reads it.
std::optional<int64_t> number_in(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "key=value", and whatever may stand behind another '='. A key without a value is none; "key==..." is -1.
bool take_pair(std::string_view pair, std::map<std::string, int64_t>& into) {
  const size_t equals = pair.find('=');
  if (equals == std::string_view::npos || pair.find_first_not_of('=', equals) == std::string_view::npos) return false;
  const std::string_view rest = pair.substr(equals + 1);
  const std::string_view text = rest.substr(0, rest.find('='));
  const auto value = text.empty() ? std::optional<int64_t>(-1) : number_in(text);
  if (value) into[std::string(pair.substr(0, equals))] = *value;
  return value.has_value();
}

void write(State& state, std::string_view path, const StatsTrack& stats) {
  Cow<Znode>* node = state.nodes.mutate(path);
  if (!node) return;
  state.data_bytes -= bytes_of(path, **node);
  node->mut().data = Bytes(stats.text());
  state.data_bytes += bytes_of(path, **node);
}

// The subtree of prefix ("": of all) as it is, into its zookeeper_stats, if there is one.
void recount(State& state, std::string_view prefix) {
  const std::string path = stats_of(prefix);
  if (!state.nodes.contains(std::string_view(path))) return;
  int64_t count = 0, bytes = 0;
  const auto add = [&](const Znode& node) {
    ++count;
    bytes += static_cast<int64_t>(node.data.size());
  };
  if (const Znode* top = state.find(prefix)) add(*top);
  const std::string below = std::string(prefix) + "/";
  for (auto at = state.nodes.lower_bound(below); at != state.nodes.end() && at->first.view().starts_with(below); ++at) {
    if (at->first.size() > 1) add(*at->second);
  }
  write(state, path, StatsTrack{{{"count", count}, {"bytes", bytes}}});
}

// "" or "/a" of "/zookeeper/quota/a/zookeeper_stats"; nullopt where path does not end so.
std::optional<std::string_view> prefix_of(std::string_view path, std::string_view end) {
  if (!path.starts_with(kQuotas) || !path.ends_with(end) || path.size() < kQuotas.size() + end.size())
    return std::nullopt;
  path = path.substr(kQuotas.size(), path.size() - kQuotas.size() - end.size());
  return path.empty() || path.front() == '/' ? std::optional(path) : std::nullopt;
}
}  // namespace

std::optional<StatsTrack> StatsTrack::read(const Bytes& data) {
  StatsTrack track;
  std::string_view text = data.view();
  constexpr std::string_view kBetween = ",;";
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(kBetween), text.size());
    const size_t next = std::min(text.find_first_not_of(kBetween, end), text.size());
    const bool nothing_follows = end == 0 && next == text.size();
    if (!nothing_follows && !take_pair(text.substr(0, end), track.values)) return std::nullopt;
    text.remove_prefix(next);
  }
  return track;
}

int64_t StatsTrack::value(const char* key) const {
  const auto found = values.find(key);
  return found == values.end() ? -1 : found->second;
}

// Old readers stop at the second '=': they know count and bytes only.
std::string StatsTrack::text() const {
  std::string out = fmt::format("count={},bytes={}", count(), bytes());
  bool first = true;
  for (const auto& [key, value] : values) {
    if (key == "count" || key == "bytes") continue;
    fmt::format_to(std::back_inserter(out), "{};{}={}", first ? "=" : "", key, value);
    first = false;
  }
  return out;
}

void count_in_quota(State& state, std::string_view path, int64_t bytes_more, int64_t nodes_more) {
  const auto prefix = prefix_with_limits(state, path);
  if (!prefix) return;
  const std::string at = stats_of(*prefix);
  const Znode* node = state.find(at);
  auto stats = node && !node->data.is_null() ? StatsTrack::read(node->data) : std::nullopt;
  if (!stats) return;
  stats->values["count"] = plus(stats->count(), nodes_more);
  stats->values["bytes"] = plus(stats->bytes(), bytes_more);
  write(state, at, *stats);
}

void begin_quota(State& state, std::string_view path) {
  if (const auto prefix = prefix_of(path, kStats)) recount(state, *prefix);
}

void recount_quotas(State& state) {
  if (!any_quota(state)) return;
  const State loaded = state;
  const std::string below = std::string(kQuotas) + "/";
  for (auto at = loaded.nodes.lower_bound(below); at != loaded.nodes.end() && at->first.view().starts_with(below);
       ++at) {
    const auto prefix = prefix_of(at->first.view(), kLimits);
    if (prefix && at->second->children.empty()) recount(state, *prefix);
  }
}

wire::ErrorCode judge_quota(const State& state, std::string_view path, int64_t bytes_more, int64_t nodes_more) {
  using enum wire::ErrorCode;
  const auto prefix = prefix_with_limits(state, path);
  if (!prefix) return kOk;
  const auto limits = StatsTrack::read(state.find(limits_of(*prefix))->data);
  if (!limits) return kMarshallingError;
  const int64_t most_nodes = limits->value("countHardLimit"), most_bytes = limits->value("byteHardLimit");
  const bool asks_nodes = nodes_more != 0 && (most_nodes > -1 || limits->count() > -1);
  const bool asks_bytes = bytes_more != 0 && (most_bytes > -1 || limits->bytes() > -1);
  const Znode* node = asks_nodes || asks_bytes ? state.find(stats_of(*prefix)) : nullptr;
  if (!node) return kOk;
  const auto stats = StatsTrack::read(node->data);
  if (!stats || node->data.is_null()) return kMarshallingError;
  if (asks_nodes && most_nodes > -1 && plus(stats->count(), nodes_more) > most_nodes) return kQuotaExceeded;
  if (asks_bytes && most_bytes > -1 && plus(stats->bytes(), bytes_more) > most_bytes) return kQuotaExceeded;
  return kOk;
}

}  // namespace vivarium::tree
