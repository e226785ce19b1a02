#include "core/client/chroot.h"

namespace vivarium::client {

Chroot::Chroot(std::string_view path) : prefix_(path == "/" ? "" : path) {
  CHECK(prefix_.empty() || (prefix_.front() == '/' && prefix_.back() != '/'), "chroot \"{}\"", prefix_);
}

Bytes Chroot::to_server(std::string_view path) const {
  if (prefix_.empty()) return Bytes(path);
  if (path == "/") return Bytes(prefix_);
  uint8_t* fill = nullptr;
  Bytes out = Bytes::uninitialized(prefix_.size() + path.size(), &fill);
  std::memcpy(fill, prefix_.data(), prefix_.size());
  if (!path.empty()) std::memcpy(fill + prefix_.size(), path.data(), path.size());
  return out;
}

std::string Chroot::to_client(const Bytes& path) const {
  const std::string_view text = path.view();
  if (prefix_.empty() || !text.starts_with(prefix_)) return std::string(text);
  if (text.size() == prefix_.size()) return "/";
  if (text[prefix_.size()] != '/') return std::string(text);  // /app2 is not below /app
  return std::string(text.substr(prefix_.size()));
}

}  // namespace vivarium::client
