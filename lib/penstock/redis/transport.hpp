// The wire: what a connection needs of the world. Real ones are libuv streams (uv_network.hpp); a
// test's can be cut at any byte, and TLS is a Transport over a Transport.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "penstock/async/task.hpp"
#include "penstock/redis/options.hpp"

namespace penstock::redis {

/// A connected stream of bytes. Closed when destroyed.
class Transport {
 public:
  /// Who hears of the wire. Called by the loop, outside of tasks; may close the transport.
  class Receiver {
   public:
    virtual void on_bytes(std::string_view bytes) noexcept = 0;
    /// Nothing more will come, nor can be sent. At most once, and not after close().
    virtual void on_end(std::string_view reason) noexcept = 0;
    /// All that was written has left.
    virtual void on_drained() noexcept = 0;

   protected:
    ~Receiver() = default;
  };

  virtual ~Transport() = default;

  /// Begins to read. REQUIRES: once.
  virtual void start(Receiver& receiver) = 0;
  /// Sends what the kernel takes now and keeps the rest until it takes it. A failure is told to
  /// on_end().
  virtual void write(std::string_view bytes) = 0;
  /// Bytes written that the kernel has not taken.
  virtual std::size_t unsent() const noexcept = 0;
  /// The receiver hears nothing any more. Idempotent.
  virtual void close() noexcept = 0;
};

/// Makes transports.
class Network {
 public:
  virtual ~Network() = default;

  /// Resolves the address, anew each time, and connects. Errors: Error with Failure::kUnavailable.
  /// Cancellation: at once.
  virtual async::Task<std::unique_ptr<Transport>> connect(const Address& address) = 0;
};

}  // namespace penstock::redis
