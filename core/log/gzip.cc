#include "core/log/gzip.h"

#include <libdeflate.h>

#include <memory>

namespace vivarium::log {

namespace {
constexpr size_t kOutputMax = UINT32_MAX;
}  // namespace

std::expected<Bytes, std::string> gunzip(const Bytes& file) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflate(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  CHECK(inflate, "out of memory");
  if (file.size() < 18) return std::unexpected("it is too short to be compressed with gzip");
  // The last four bytes give the length modulo 2^32, least significant first: a first guess, and right unless the file
  // is damaged.
  const uint8_t* tail = file.end() - 4;
  const size_t size = uint32_t{tail[0]} | uint32_t{tail[1]} << 8 | uint32_t{tail[2]} << 16 | uint32_t{tail[3]} << 24;
  if (size > kOutputMax || size / 1100 > file.size())
    return std::unexpected("its gzip trailer is damaged");  // deflate shrinks to 1/1032 at best
  uint8_t* fill = nullptr;
  Bytes out = Bytes::uninitialized(size, &fill);
  size_t written = 0;
  const auto result = libdeflate_gzip_decompress(inflate.get(), file.data(), file.size(), fill, size, &written);
  if (result != LIBDEFLATE_SUCCESS || written != size) return std::unexpected("its gzip content is damaged");
  return out;
}

}  // namespace vivarium::log
