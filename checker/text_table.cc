#include "checker/text_table.h"

#include <cstring>

namespace vivarium::checker {
namespace {

uint32_t hash_text(std::string_view text) {
  uint64_t h = 0x9e3779b97f4a7c15ull ^ text.size();
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    h = (h ^ word) * 0xff51afd7ed558ccdull;
    h ^= h >> 32;
  }
  uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, at, left);
  h = (h ^ tail) * 0xc4ceb9fe1a85ec53ull;
  return static_cast<uint32_t>(h ^ (h >> 32));
}

}  // namespace

size_t TextTable::probe(std::string_view text, uint32_t hash) const {
  const size_t mask = index_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    if (index_[at] == 0) return at;
    const uint32_t id = index_[at] - 1;
    if (hashes_[id] == hash && (*this)[id] == text) return at;
  }
}

void TextTable::grow() {
  index_.assign(index_.empty() ? 64 : index_.size() * 2, 0);
  const size_t mask = index_.size() - 1;
  for (uint32_t id = 0; id < size(); ++id) {
    size_t at = hashes_[id] & mask;
    while (index_[at] != 0) at = (at + 1) & mask;
    index_[at] = id + 1;
  }
}

uint32_t TextTable::intern(std::string_view text) {
  if (size_t{size()} * 2 >= index_.size()) grow();
  const uint32_t hash = hash_text(text);
  const size_t at = probe(text, hash);
  if (index_[at] != 0) return index_[at] - 1;
  bytes_ += text;
  ends_.push_back(bytes_.size());
  lengths_.push_back(static_cast<uint32_t>(text.size()));
  hashes_.push_back(hash);
  index_[at] = size();
  return size() - 1;
}

std::optional<uint32_t> TextTable::find(std::string_view text) const {
  if (index_.empty()) return std::nullopt;
  const size_t at = probe(text, hash_text(text));
  if (index_[at] == 0) return std::nullopt;
  return index_[at] - 1;
}

size_t TextTable::memory_bytes() const {
  return bytes_.capacity() + ends_.capacity() * 8 + (lengths_.capacity() + hashes_.capacity() + index_.capacity()) * 4;
}

}  // namespace vivarium::checker
