// Numbers with a kind. Mixing an epoch with a zxid, or a session with a server, does not compile.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <string>

namespace vivarium {

template <class Tag, class Rep>
struct Id {
  Rep value{};

  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
};

using Sid = Id<struct SidTag, int64_t>;              // server id, the N of server.N
using SessionId = Id<struct SessionIdTag, int64_t>;  // client session
using Epoch = Id<struct EpochTag, int64_t>;          // a leader's reign; -1 in ACKEPOCH means "already counted"
using ConnId = Id<struct ConnIdTag, uint64_t>;       // one byte stream of one process; see step.h for who numbers it

// epoch(32) << 32 | counter(32). Zxid{-1} is the zxid of a server that may not vote (facts 3.4).
struct Zxid {
  int64_t value{};

  constexpr Zxid() = default;
  constexpr explicit Zxid(int64_t v) : value(v) {}
  constexpr Zxid(Epoch e, uint32_t counter)
      : value(static_cast<int64_t>((static_cast<uint64_t>(e.value) << 32) | counter)) {}
  constexpr Epoch epoch() const { return Epoch{static_cast<int64_t>(static_cast<uint64_t>(value) >> 32)}; }
  constexpr uint32_t counter() const { return static_cast<uint32_t>(value); }
  constexpr Zxid next() const { return Zxid{value + 1}; }
  constexpr auto operator<=>(const Zxid&) const = default;
};

}  // namespace vivarium

template <class Tag, class Rep>
struct fmt::formatter<vivarium::Id<Tag, Rep>> : fmt::formatter<Rep> {
  template <class Context>
  auto format(const vivarium::Id<Tag, Rep>& id, Context& context) const {
    return fmt::formatter<Rep>::format(id.value, context);
  }
};

template <>
struct fmt::formatter<vivarium::Zxid> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(vivarium::Zxid zxid, Context& context) const {
    return fmt::format_to(context.out(), "0x{:x}", static_cast<uint64_t>(zxid.value));
  }
};
