// FileContent: the bytes of a simulated file, sparse and copy-on-write, so that a copy costs a few reference counts and
// 64 MiB of preallocated zeros nothing.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/cow.h"

namespace vivarium::sim {

class FileContent {
 public:
  int64_t size() const { return size_; }
  void resize(int64_t size);
  void write(int64_t offset, const uint8_t* bytes, int64_t size);  // grows as needed
  Bytes read(int64_t offset, int64_t size) const;                  // shorter at the end
  bool operator==(const FileContent& o) const;

 private:
  static constexpr int64_t kChunkBytes = 4096;
  using Chunk = std::array<uint8_t, kChunkBytes>;

  int64_t size_ = 0;
  std::vector<std::optional<Cow<Chunk>>> chunks_;  // none: zeros
};

}  // namespace vivarium::sim
