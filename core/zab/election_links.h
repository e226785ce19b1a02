// Election connections: one TCP connection per pair of servers (facts 2.1). The larger sid's connection survives; per
// peer the newest unsent notification replaces an older one; on a fresh connection with nothing to send the last one is
// sent again.
#pragma once

#include <map>
#include <optional>

#include "core/wire/quorum.h"
#include "core/zab/turn.h"

namespace vivarium::zab {

class ElectionLinks {
 public:
  struct Arrival {
    Sid from;
    wire::Notification notification;
  };

  bool owns(ConnId conn) const { return incoming_.contains(conn) || sid_of_.contains(conn); }
  void send(Sid to, const wire::Notification& notification, Turn& turn);
  void connect(Sid to, Turn& turn);
  // It was linked with us, and when it was last dialled nobody listened there: its process is down. Of who was never
  // met nothing is known: while an ensemble starts each is refused a moment before it is up.
  bool refused(Sid sid) const;

  void on_accepted(ConnId conn, Turn& turn);
  void on_connected(ConnId conn, Turn& turn);
  std::vector<Arrival> on_received(ConnId conn, const Bytes& bytes, Turn& turn);
  void on_sent(ConnId conn, Turn& turn);
  void on_closed(ConnId conn, CloseReason reason, Turn& turn);
  void on_tick(Turn& turn);
  Time deadline() const;

  VIV_VISIT(v("links", self.links_), v("incoming", self.incoming_), v("sid_of", self.sid_of_))

 private:
  struct Link {
    std::optional<ConnId> conn;
    bool ready = false;                // notifications may flow
    bool met = false;                  // was ready once
    bool refused = false;              // the last dial was
    bool sending = false;              // one is with the host; the next waits here, where it can still be replaced
    Bytes waiting, last;               // encoded; null: none
    std::optional<Time> redial_after;  // having called a larger server, wait for its call back
    Time ready_since;
    int32_t redials = 0;  // in a row, each after a longer wait
    Time redial_at = Time::never();
    wire::ElectionDecoder decoder{false};
    VIV_VISIT(VIV_FIELD(conn), VIV_FIELD(ready), VIV_FIELD(met), VIV_FIELD(refused), VIV_FIELD(sending),
              VIV_FIELD(waiting), VIV_FIELD(last), VIV_FIELD(decoder), VIV_FIELD(redial_after), VIV_FIELD(ready_since),
              VIV_FIELD(redials), VIV_FIELD(redial_at))
  };
  struct Incoming {
    wire::ElectionDecoder decoder{true};
    Time deadline;  // to have sent its header
    VIV_VISIT(VIV_FIELD(decoder), VIV_FIELD(deadline))
  };

  std::vector<Arrival> on_header(ConnId conn, const wire::ElectionHeader& header, Turn& turn);
  std::vector<Arrival> read(Sid from, Turn& turn);
  void establish(Sid sid, ConnId conn, wire::ElectionDecoder decoder, Turn& turn);
  void drop(Link& link, Turn& turn);
  void pump(Link& link, Turn& turn);
  static void redial_soon(Link& link, Turn& turn);

  std::map<Sid, Link> links_;
  std::map<ConnId, Incoming> incoming_;
  std::map<ConnId, Sid> sid_of_;
};

}  // namespace vivarium::zab
