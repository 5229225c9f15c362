#include "penstock/log/spool.hpp"

#include <algorithm>
#include <cstring>

namespace penstock::log {

Spool::Spool(std::size_t capacity)
    : capacity_(capacity), bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {}

void Spool::push(Level level, std::string_view line) noexcept {
  const std::size_t needed = sizeof(Header) + line.size();
  if (needed > capacity_) {
    ++dropped_;
    return;
  }
  while (capacity_ - size() < needed) {
    begin_ += take_header().bytes;
    ++dropped_;
  }
  const Header header{level, static_cast<std::uint32_t>(line.size())};
  copy_in(&header, sizeof header);
  copy_in(line.data(), line.size());
}

void Spool::take(Batch& batch, std::size_t bytes) {
  batch.text.clear();
  batch.entries.clear();
  while (!empty() && batch.text.size() < bytes) {
    const Header header = take_header();
    const std::size_t at = batch.text.size();
    batch.text.resize(at + header.bytes);
    copy_out(batch.text.data() + at, header.bytes);
    batch.entries.push_back(header);
  }
}

void Spool::copy_in(const void* from, std::size_t bytes) noexcept {
  const std::size_t at = end_ % capacity_;
  const std::size_t straight = std::min(bytes, capacity_ - at);
  std::memcpy(bytes_.get() + at, from, straight);
  std::memcpy(bytes_.get(), static_cast<const char*>(from) + straight, bytes - straight);
  end_ += bytes;
}

void Spool::copy_out(void* into, std::size_t bytes) noexcept {
  const std::size_t at = begin_ % capacity_;
  const std::size_t straight = std::min(bytes, capacity_ - at);
  std::memcpy(into, bytes_.get() + at, straight);
  std::memcpy(static_cast<char*>(into) + straight, bytes_.get(), bytes - straight);
  begin_ += bytes;
}

Spool::Header Spool::take_header() noexcept {
  Header header;
  copy_out(&header, sizeof header);
  return header;
}

}  // namespace penstock::log
