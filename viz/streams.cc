#include "viz/streams.h"

#include <algorithm>
#include <span>

namespace vivarium::viz {

namespace {

using Pieces = std::span<const Piece>;

// The pieces up to the next that begins a stream.
Pieces take_run(Pieces& pieces) {
  size_t end = 1;
  while (end < pieces.size() && pieces[end].stream == pieces[0].stream && pieces[end].begin != 0) ++end;
  const Pieces run = pieces.first(end);
  pieces = pieces.subspan(end);
  return run;
}

void match_run(Pieces sends, Pieces received, Arrivals& out) {
  size_t send = 0;  // the first that is not yet whole
  for (const Piece& piece : received) {
    while (send < sends.size() && sends[send].end <= piece.end) out.whole.push_back({sends[send++].event, piece.event});
    // A piece that ends inside of a send has that one's bytes last.
    const bool inside = send < sends.size() && sends[send].begin < piece.end;
    if (inside) out.last_send.push_back({sends[send].event, piece.event});
    if (!inside && send > 0 && sends[send - 1].end >= piece.end)
      out.last_send.push_back({sends[send - 1].event, piece.event});
  }
}

}  // namespace

Arrivals match_streams(std::vector<Piece> sends, std::vector<Piece> received) {
  std::ranges::stable_sort(sends, {}, &Piece::stream);
  std::ranges::stable_sort(received, {}, &Piece::stream);
  Arrivals out;
  Pieces from = sends, to = received;
  while (!from.empty() && !to.empty()) {
    if (from[0].stream < to[0].stream) {
      take_run(from);
    } else if (to[0].stream < from[0].stream) {
      take_run(to);
    } else {
      Pieces sent = take_run(from);
      const Pieces arrived = take_run(to);
      // Of a connection that broke nothing may have arrived; the last that began before fits. Clocks differ by less
      // than a port needs to come again.
      while (!from.empty() && from[0].stream == arrived[0].stream && from[0].t <= arrived[0].t) sent = take_run(from);
      match_run(sent, arrived, out);
    }
  }
  return out;
}

}  // namespace vivarium::viz
