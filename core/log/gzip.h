// Snapshots that upstream wrote with snapshot.compression.method=gz.
#pragma once

#include <expected>
#include <string>

#include "core/base/bytes.h"

namespace vivarium::log {

std::expected<Bytes, std::string> gunzip(const Bytes& file);

}  // namespace vivarium::log
