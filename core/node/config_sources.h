// Where a server's configuration comes from: files, and variables named like those of ZooKeeper's official container
// image.
//
// The later takes over from the earlier: JVMFLAGS and SERVER_JVMFLAGS (-Dzookeeper.KEY=VALUE, -Djute.maxbuffer=VALUE),
// zoo.cfg, its dynamicConfigFile, ZOO_CFG_EXTRA, the variables for one key each, and --data. (The image writes a
// zoo.cfg from them where there is none; here they are overrides, so that both uses come to the same.)
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node/properties.h"

namespace vivarium::node {

struct ConfigText {
  std::string name, text;
};

struct ConfigSources {
  std::optional<ConfigText> file, dynamic_file;
  std::optional<std::string> data_dir;             // --data: serves on 2181 from there, whatever else is said
  std::map<std::string, std::string> environment;  // more than what is known may stand here
  std::optional<std::string> myid;                 // the file's content
};

struct Setting {
  std::string source;  // a file's name, or a variable's
  Property property;   // of a variable, line 0
};

// In the order in which they take over from each other. ZOO_SERVERS stands for all server.N of the files.
std::vector<Setting> settings_of(const ConfigSources& sources);

// Whether the environment alone is a configuration: what it leaves out is as in the image then.
bool configures(const std::map<std::string, std::string>& environment);

// Sentences on variables that look like a misspelling of a known one.
std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& environment);

}  // namespace vivarium::node
