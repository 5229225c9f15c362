// Mover: brings the due jobs of `scheduled` and `retry` to the source.
//
// It sleeps until the earliest known due time. Of jobs that others file it hears through Redis'
// invalidation messages (look()); where those are not to be had it polls once a second.
#pragma once

#include "penstock/async/event.hpp"
#include "penstock/job/queue_store.hpp"

namespace penstock::job {

class Mover {
 public:
  explicit Mover(QueueStore& store) noexcept : store_(store) {}

  /// Moves until cancelled.
  async::Task<> run();

  /// This instance has filed a job that is due in `delay`.
  void filed(std::chrono::milliseconds delay) noexcept;

  /// Someone may have changed the sets.
  void look() noexcept { changed_.set(); }

  /// Whether changes must be looked for, because nobody will tell.
  void set_polling(bool polling) noexcept {
    polling_ = polling;
    look();
  }

 private:
  async::Task<> move_due();
  async::Task<> wait();

  QueueStore& store_;
  async::Event changed_;
  async::TimePoint next_due_ = async::TimePoint::max();
  bool polling_ = false;
};

}  // namespace penstock::job
