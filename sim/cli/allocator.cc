// The simulator's operator new: small blocks from free lists by size. A World is made of many small values that live
// for some hundreds of events; glibc's caches hold seven blocks of a size, and what goes through its heap costs a third
// of a run.
//
// Blocks of up to kLargest bytes come from chunks of one size each in one reserved range of addresses, so that delete
// finds the size of a block from its address. Lists are per thread; a block freed by another thread joins that one's
// lists. Nothing is given back before the process ends. With sanitizers, or with MALLOC_PERTURB_ set (the determinism
// check fills memory with it), everything goes to malloc.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define VIVARIUM_SYSTEM_MALLOC
#endif
#endif
#else
#define VIVARIUM_SYSTEM_MALLOC
#endif

#ifndef VIVARIUM_SYSTEM_MALLOC

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kStep = 16;     // also the alignment of every block
constexpr size_t kSmall = 1024;  // up to here classes are kStep apart, above there are four to a doubling
constexpr size_t kLargest = 32 << 10;
constexpr size_t kSmallClasses = kSmall / kStep;
constexpr size_t kClasses = kSmallClasses + 4 * 5 + 1;  // the first is not used
constexpr size_t kChunkBytes = size_t{1} << 16;
constexpr size_t kRangeBytes = size_t{1} << 36;  // of addresses; memory is used as it is touched

constexpr size_t class_of(size_t size) {
  if (size <= kSmall) return size == 0 ? 1 : (size + kStep - 1) / kStep;
  const auto doubling = static_cast<size_t>(std::bit_width(size - 1));  // size is in (2^(doubling - 1), 2^doubling]
  const size_t low = size_t{1} << (doubling - 1);
  return kSmallClasses + (doubling - 11) * 4 + (size - low + low / 4 - 1) / (low / 4);
}

constexpr size_t bytes_of(size_t cls) {
  if (cls <= kSmallClasses) return cls * kStep;
  const size_t above = cls - kSmallClasses - 1, low = kSmall << (above / 4);
  return low + (above % 4 + 1) * (low / 4);
}
static_assert(class_of(1025) == 65 && bytes_of(65) == 1280 && class_of(kLargest) == kClasses - 1 &&
              bytes_of(kClasses - 1) == kLargest);
static_assert(bytes_of(class_of(5000)) == 5120 && class_of(bytes_of(77)) == 77);

struct FreeBlock {
  FreeBlock* next;
};

struct Lists {
  std::array<FreeBlock*, kClasses> free;
  std::array<char*, kClasses> fresh, fresh_end;  // the part of the newest chunk that was never used
};

constinit thread_local Lists lists{};
constinit std::atomic<char*> range{nullptr};
constinit std::atomic<size_t> used{0};
constinit std::array<uint8_t, kRangeBytes / kChunkBytes> class_of_chunk{};

char* reserve_range() {
  if (std::getenv("MALLOC_PERTURB_")) return nullptr;
  void* p = mmap(nullptr, kRangeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  range.store(static_cast<char*>(p), std::memory_order_release);
  return static_cast<char*>(p);
}

void* from_malloc(size_t size) {
  for (;;) {
    if (void* p = std::malloc(size ? size : 1)) return p;
    const std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

// A block of a class whose list is empty; nullptr when all of it must come from malloc.
[[gnu::noinline]] void* fresh_block(size_t cls) {
  static char* const begin = reserve_range();
  if (!begin) return nullptr;
  const size_t size = bytes_of(cls);
  if (lists.fresh[cls] == nullptr || lists.fresh_end[cls] - lists.fresh[cls] < static_cast<std::ptrdiff_t>(size)) {
    const size_t offset = used.fetch_add(kChunkBytes, std::memory_order_relaxed);
    if (offset >= kRangeBytes) return nullptr;
    class_of_chunk[offset / kChunkBytes] = static_cast<uint8_t>(cls);
    lists.fresh[cls] = begin + offset;
    lists.fresh_end[cls] = begin + offset + kChunkBytes;
  }
  char* const block = lists.fresh[cls];
  lists.fresh[cls] += size;
  return block;
}

void* allocate(size_t size) {
  if (size <= kLargest) [[likely]] {
    const size_t cls = class_of(size);
    if (FreeBlock* block = lists.free[cls]) [[likely]] {
      lists.free[cls] = block->next;
      return block;
    }
    if (void* block = fresh_block(cls)) return block;
  }
  return from_malloc(size);
}

void release(void* p) noexcept {
  // Before the range is reserved its start is null, and no address is so near to that.
  const auto offset =
      reinterpret_cast<uintptr_t>(p) - reinterpret_cast<uintptr_t>(range.load(std::memory_order_relaxed));
  if (offset >= kRangeBytes || p == nullptr) [[unlikely]]
    return std::free(p);
  const size_t cls = class_of_chunk[offset / kChunkBytes];
  auto* block = static_cast<FreeBlock*>(p);
  block->next = lists.free[cls];
  lists.free[cls] = block;
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, size_t) noexcept { release(p); }
void operator delete[](void* p, size_t) noexcept { release(p); }

#endif
