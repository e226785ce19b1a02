// Feeding a decoder in pieces: whatever the pieces, it must give the same and end in the same state.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/visit.h"
#include "core/wire/quorum.h"

namespace vivarium::wire {

// What a stream gave, printed, and the hash of the decoder it left behind.
struct Outcome {
  std::vector<std::string> items;
  bool failed = false;
  uint64_t state = 0;
  bool operator==(const Outcome&) const = default;
};
inline void PrintTo(const Outcome& run, std::ostream* out) {
  *out << print(run.items) << (run.failed ? " failed " : " ") << run.state;
}

inline std::optional<std::string> next_item(FrameDecoder& d) {
  if (auto payload = d.next()) return print(*payload);
  return std::nullopt;
}
inline std::optional<std::string> next_item(ElectionDecoder& d) {
  if (auto header = d.next_header()) return fmt::format("header of {}: {}", header->sid, header->addresses);
  if (auto body = d.next_body()) return print(*body);
  return std::nullopt;
}
inline std::optional<std::string> next_item(QuorumDecoder& d) {
  if (auto packet = d.next()) return print(*packet);
  return std::nullopt;
}

template <class Decoder>
void drain(Decoder& decoder, Outcome& run) {
  while (auto item = next_item(decoder)) run.items.push_back(std::move(*item));
  run.failed = decoder.failed();
  run.state = hash_of(decoder);
}

// Cuts in ascending order; the decoder is a copy, so one fresh value serves all runs. Each piece is a slab of its own,
// or (sliced) a slice of the whole, as a simulated network delivers it.
template <class Decoder>
Outcome run_in_pieces(Decoder decoder, const Bytes& stream, const std::vector<size_t>& cuts, bool sliced = true) {
  Outcome run;
  size_t at = 0;
  const auto feed_to = [&](size_t end) {
    const Bytes piece = stream.slice(at, end - at);
    decoder.feed(sliced ? piece : Bytes::copy_of(piece.data(), piece.size()));
    drain(decoder, run);
    at = end;
  };
  for (const size_t cut : cuts) feed_to(cut);
  feed_to(stream.size());
  return run;
}

inline std::vector<size_t> every_byte(size_t size) {
  std::vector<size_t> cuts;
  for (size_t at = 1; at < size; ++at) cuts.push_back(at);
  return cuts;
}

// Whole, cut at each point in turn, byte by byte, fed in full before anything is asked; and, at every prefix, the same
// state whether it came whole or byte by byte. Gives the run as a whole.
template <class Decoder>
Outcome expect_same_however_fed(const Decoder& fresh, const Bytes& stream) {
  const Outcome whole = run_in_pieces(fresh, stream, {});
  for (size_t cut = 0; cut <= stream.size(); ++cut)
    EXPECT_EQ(run_in_pieces(fresh, stream, {cut}), whole) << "cut at " << cut;
  EXPECT_EQ(run_in_pieces(fresh, stream, every_byte(stream.size())), whole);
  EXPECT_EQ(run_in_pieces(fresh, stream, every_byte(stream.size()), false), whole);

  Decoder asked_late = fresh;
  for (size_t at = 0; at < stream.size(); ++at) asked_late.feed(stream.slice(at, 1));
  Outcome late;
  drain(asked_late, late);
  EXPECT_EQ(late, whole);

  for (size_t size = 0; size <= stream.size(); ++size) {
    const Bytes prefix = stream.slice(0, size);
    EXPECT_EQ(run_in_pieces(fresh, prefix, every_byte(size)), run_in_pieces(fresh, prefix, {})) << "prefix of " << size;
  }
  return whole;
}

inline Bytes concatenate(const std::vector<Bytes>& parts) {
  BytesBuilder out;
  for (const Bytes& part : parts) out.append(part);
  return out.take();
}

}  // namespace vivarium::wire
