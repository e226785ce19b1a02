#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::checker {

// Each distinct text once, numbered 0, 1, 2, ... in order of first sight. A returned view lives until the next intern.
class TextTable {
 public:
  uint32_t intern(std::string_view text);
  std::optional<uint32_t> find(std::string_view text) const;
  std::string_view operator[](uint32_t id) const {
    return std::string_view(bytes_).substr(ends_[id] - lengths_[id], lengths_[id]);
  }
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  size_t memory_bytes() const;

 private:
  size_t probe(std::string_view text, uint32_t hash) const;
  void grow();

  std::string bytes_;
  std::vector<uint64_t> ends_;     // where text i ends in bytes_
  std::vector<uint32_t> lengths_;  // and how long it is
  std::vector<uint32_t> hashes_;
  std::vector<uint32_t> index_;  // open addressing, a power of two; id + 1, or 0 where free
};

}  // namespace vivarium::checker
