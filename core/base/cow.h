// Cow<T>: a value whose copies share one T until one of them is changed. Counts are not atomic (see bytes.h).
#pragma once

#include <utility>

#include "core/base/check.h"

namespace vivarium {

template <class T>
class Cow {
 public:
  Cow() : box_(new Box{}) {}
  explicit Cow(T value) : box_(new Box{1, std::move(value)}) {}
  Cow(const Cow& o) : box_(o.box_) {
    if (box_) ++box_->references;
  }
  Cow(Cow&& o) noexcept : box_(std::exchange(o.box_, nullptr)) {}
  Cow& operator=(Cow o) noexcept {
    std::swap(box_, o.box_);
    return *this;
  }
  ~Cow() {
    if (box_ && --box_->references == 0) delete box_;
  }

  const T& operator*() const { return box_->value; }
  const T* operator->() const { return &box_->value; }
  bool shared() const { return box_->references > 1; }
  bool same_as(const Cow& o) const { return box_ == o.box_; }
  // The value to change in place: cloned first when anyone else holds it.
  T& mut() {
    if (box_->references > 1) {
      Box* own = new Box{1, box_->value};
      --box_->references;
      box_ = own;
    }
    return box_->value;
  }
  friend bool operator==(const Cow& a, const Cow& b) { return a.box_ == b.box_ || *a == *b; }

 private:
  struct Box {
    uint32_t references = 1;
    T value{};
  };
  Box* box_;
};

}  // namespace vivarium
