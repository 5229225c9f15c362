#include "penstock/log/logger.hpp"

#include <utility>

#include "penstock/log/sigpipe.hpp"

namespace penstock::log {

Logger::Logger(int fd)
    : renderer_{.format = Format::kConsole, .colour = wants_colour(fd), .instance = {}},
      direct_(std::make_unique<Outlet>(Format::kConsole, fd, std::string())) {}

Logger& Logger::process() {
  static Logger& logger = *new Logger(2);
  return logger;
}

void Logger::write(Level level, std::string_view message, std::span<const Field> fields) {
  Line line(level, message, std::chrono::system_clock::now());
  line.add_context_tags();
  for (const Field& field : fields) line.add(field.key, field.value);
  const std::lock_guard lock(mutex_);
  ++lines_;
  text_.clear();
  renderer_.render(text_, line);
  if (spooled_) {
    writer_->push(level, text_);
  } else {
    write_direct(level);
  }
}

void Logger::write_direct(Level level) {
  const SigpipeHeld held;
  direct_->flow().limit(async::Clock::now() + direct_patience_);
  direct_->put(level, text_);
  direct_->flush();
}

void Logger::start(const Options& options) {
  stop();
  const Format format = resolve(options.format, options.fd);
  const bool colour = format == Format::kConsole && wants_colour(options.fd);
  Renderer renderer{.format = format, .colour = colour, .instance = options.instance};
  const auto outlet = [&] {
    return std::make_unique<Outlet>(format, options.fd, options.journal_socket);
  };
  auto writer = std::make_unique<Writer>(outlet(), renderer, options.spool_bytes);
  auto direct = outlet();

  const std::lock_guard lock(mutex_);
  renderer_ = std::move(renderer);
  ended_.dropped += direct_->flow().lost();
  direct_ = std::move(direct);
  direct_patience_ = {};
  stop_patience_ = options.stop_patience;
  writer_ = std::move(writer);
  spooled_ = true;
}

void Logger::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(spooled_, false)) return;
  }
  writer_->stop(stop_patience_);
  const std::lock_guard lock(mutex_);
  ended_.dropped += writer_->dropped();
  ended_.beats += writer_->beats();
  writer_.reset();
}

Stats Logger::stats() const noexcept {
  const std::lock_guard lock(mutex_);
  Stats stats = ended_;
  stats.lines = lines_;
  stats.dropped += direct_->flow().lost();
  if (writer_ == nullptr) return stats;
  stats.pending = writer_->pending();
  stats.dropped += writer_->dropped();
  stats.beats += writer_->beats();
  return stats;
}

}  // namespace penstock::log
