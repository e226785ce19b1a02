// AppendLog<T>: a log that forks share. Copying a handle costs one count, whatever it holds; appending writes in place
// as long as nobody else has appended behind the same end, and otherwise begins a chunk of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace vivarium::sim {

template <class T>
class AppendLog {
 public:
  AppendLog() = default;
  AppendLog(const AppendLog& o) : tail_(o.tail_), used_(o.used_), size_(o.size_) {
    if (tail_) ++tail_->references;
  }
  AppendLog(AppendLog&& o) noexcept
      : tail_(std::exchange(o.tail_, nullptr)), used_(std::exchange(o.used_, 0)), size_(std::exchange(o.size_, 0)) {}
  AppendLog& operator=(AppendLog o) noexcept {
    std::swap(tail_, o.tail_);
    std::swap(used_, o.used_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~AppendLog() { release(tail_); }

  uint64_t size() const { return size_; }

  void push(T item) {
    if (!tail_ || used_ == kChunk || tail_->used != used_) {
      tail_ = new Chunk(tail_, used_);  // takes over our count of the old tail
      used_ = 0;
    }
    new (tail_->at(used_)) T(std::move(item));
    tail_->used = ++used_;
    ++size_;
  }

  template <class F>
  void for_each(F f) const {
    std::vector<std::pair<const Chunk*, uint32_t>> chunks;
    uint32_t used = used_;
    for (const Chunk* chunk = tail_; chunk; used = chunk->previous_used, chunk = chunk->previous)
      chunks.emplace_back(chunk, used);
    for (auto it = chunks.rbegin(); it != chunks.rend(); ++it) {
      for (uint32_t i = 0; i < it->second; ++i) f(*it->first->at(i));
    }
  }

 private:
  static constexpr uint32_t kChunk = 128;

  struct Chunk {
    Chunk(Chunk* before, uint32_t before_used) : previous(before), previous_used(before_used) {}
    ~Chunk() {
      for (uint32_t i = 0; i < used; ++i) std::destroy_at(at(i));
    }
    T* at(uint32_t i) { return reinterpret_cast<T*>(storage) + i; }
    const T* at(uint32_t i) const { return reinterpret_cast<const T*>(storage) + i; }

    uint32_t references = 1;
    uint32_t used = 0;
    Chunk* previous;
    uint32_t previous_used;  // how much of `previous` belongs to this line of history
    alignas(T) std::byte storage[kChunk * sizeof(T)];
  };

  static void release(Chunk* chunk) {  // a loop: a long log must not recurse
    while (chunk && --chunk->references == 0) delete std::exchange(chunk, chunk->previous);
  }

  Chunk* tail_ = nullptr;
  uint32_t used_ = 0;
  uint64_t size_ = 0;
};

}  // namespace vivarium::sim
