#pragma once

#include <filesystem>
#include <optional>

namespace vivarium::bench {

// The histories that others recorded are no part of the repository: they may lie beside it, or beside a folder above it.
inline std::optional<std::filesystem::path> shared_histories(const std::filesystem::path& from) {
  for (std::filesystem::path at = from; at.has_relative_path(); at = at.parent_path()) {
    const std::filesystem::path folder = at.parent_path() / "shared" / "data" / "histories";
    if (std::filesystem::exists(folder / "expected.txt")) return folder;
  }
  return std::nullopt;
}

}  // namespace vivarium::bench
