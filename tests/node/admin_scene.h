// A server for reports to look at: figures, connections, watches and sessions as a test sets them.
#pragma once

#include "core/node/admin_reports.h"

namespace vivarium::node {

struct AdminScene {
  AdminScene() {
    config.ensemble.servers[Sid{1}] = {};
    config.ensemble.servers[Sid{1}].client = {"", 2181};
    figures.serving = true;
    figures.role = zab::Role::kLeading;
    figures.standalone = true;
  }
  AdminView view() const { return {config, figures, state, clients, watches, sessions, now}; }

  NodeConfig config;
  ServerFigures figures;
  tree::State state;
  Clients clients;
  tree::Watches watches;
  SessionTracker sessions{seconds(2)};
  Now now{{seconds(100).ns}, 1'795'342'360'000};  // Sun Nov 22 10:12:40 UTC 2026
};

}  // namespace vivarium::node
