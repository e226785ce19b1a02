// What the four-letter words report, in upstream's output format: monitoring tools parse it.
#pragma once

#include <string>

#include "core/node/clients.h"
#include "core/node/config.h"
#include "core/node/sessions.h"
#include "core/node/traffic.h"
#include "core/tree/watches.h"
#include "core/zab/events.h"

namespace vivarium::node {

struct ServerFigures {
  bool serving = false;
  bool short_of_space = false;
  zab::Role role{};
  bool standalone = false;
  Zxid zxid;
  size_t connections = 0, outstanding = 0, nodes = 0;
  size_t learners = 0, synced_followers = 0;  // of a leader
  Time started;
  int64_t log_syncs = 0;         // groups of records that became durable
  ProposalSizes proposal_sizes;  // of a leader
  MachineFigures machine;
  Traffic traffic;
};

// All that a report may look at, as of now.
struct AdminView {
  const NodeConfig& config;
  const ServerFigures& figures;
  const tree::State& state;
  const Clients& clients;
  const tree::Watches& watches;
  const SessionTracker& sessions;  // empty but at a serving leader
  Now now;
};

std::string report_conf(const AdminView& view);  // the configuration
std::string report_cons(const AdminView& view);  // connections, in full
std::string report_crst(const AdminView& view);  // what the connections count begins anew
std::string report_dirs(const AdminView& view);  // bytes on disk
std::string report_dump(const AdminView& view);  // sessions and ephemerals
std::string report_envi(const AdminView& view);  // versions, and the machine
std::string report_isro(const AdminView& view);
std::string report_mntr(const AdminView& view);  // figures for monitors: a key, a tab, a value
std::string report_ruok(const AdminView& view);
std::string report_srst(const AdminView& view);  // what the server counts begins anew
std::string report_srvr(const AdminView& view);
std::string report_stat(const AdminView& view);  // srvr with the connections
std::string report_wchc(const AdminView& view);  // watches by session
std::string report_wchp(const AdminView& view);  // watches by path
std::string report_wchs(const AdminView& view);  // watches counted

}  // namespace vivarium::node
