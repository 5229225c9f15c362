// Context variables: values that follow a task through its awaits and into the tasks it spawns, as
// Python's contextvars do. The logger takes a line's tags from them.
//
// `co_await child()` shares the context: a value that the child sets is seen by the caller until
// its scope ends. A spawned task starts with a copy of one pointer: what it sets stays with it.
#pragma once

#include <cassert>
#include <cstdint>
#include <utility>

namespace penstock::async {

namespace detail {

/// One immutable binding; bindings form a list, newest first, shared between tasks by reference
/// count.
struct ContextNode {
  ContextNode(const void* variable, ContextNode* rest) noexcept : key(variable), next(rest) {}
  ContextNode(const ContextNode&) = delete;
  ContextNode& operator=(const ContextNode&) = delete;
  virtual ~ContextNode();

  const void* const key;
  ContextNode* const next;  // counted
  std::uint32_t references = 1;
};

template <class T>
struct ContextBinding final : ContextNode {
  ContextBinding(const void* variable, ContextNode* rest, T bound)
      : ContextNode(variable, rest), value(std::move(bound)) {}
  T value;
};

/// The innermost binding in force on this thread: the running task's, or one installed by
/// ContextScope.
ContextNode*& current_context() noexcept;

}  // namespace detail

/// A snapshot of all context variables: one counted pointer. Belongs to one loop's thread.
class Context {
 public:
  Context() noexcept = default;
  explicit Context(detail::ContextNode* node) noexcept : node_(node) { retain(); }
  Context(const Context& other) noexcept : node_(other.node_) { retain(); }
  Context(Context&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Context& operator=(Context other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Context() { release(node_); }

  /// What the running code sees.
  static Context current() noexcept { return Context(detail::current_context()); }

  detail::ContextNode* node() const noexcept { return node_; }

  static void release(detail::ContextNode* node) noexcept;

 private:
  void retain() const noexcept {
    if (node_ != nullptr) ++node_->references;
  }
  detail::ContextNode* node_ = nullptr;
};

/// Installs a context for a stretch of synchronous code, such as a callback from libuv.
class ContextScope {
 public:
  explicit ContextScope(Context context) noexcept
      : installed_(std::move(context)),
        previous_(std::exchange(detail::current_context(), installed_.node())) {}
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope() { detail::current_context() = previous_; }

 private:
  Context installed_;
  detail::ContextNode* previous_;
};

/// Shows a pool thread the context of a task that waits for it. Reference counts belong to the
/// loop's thread, so the thread counts only a link of its own in front of the borrowed bindings.
/// REQUIRES: what the thread binds and copies ends before this does.
class BorrowedContext {
 public:
  explicit BorrowedContext(detail::ContextNode* lender) noexcept
      : link_(nullptr, lender), previous_(std::exchange(detail::current_context(), &link_)) {}
  BorrowedContext(const BorrowedContext&) = delete;
  BorrowedContext& operator=(const BorrowedContext&) = delete;
  ~BorrowedContext() {
    assert(link_.references == 1 && "a pool thread kept a context that it had borrowed");
    detail::current_context() = previous_;
  }

 private:
  detail::ContextNode link_;
  detail::ContextNode* previous_;
};

/// Ends a binding made by ContextVar::set. Bindings end in the reverse order of their making; any
/// other dies loudly.
class [[nodiscard]] ScopedVar {
 public:
  explicit ScopedVar(detail::ContextNode* node) noexcept : node_(node) {}
  ScopedVar(const ScopedVar&) = delete;
  ScopedVar& operator=(const ScopedVar&) = delete;
  ~ScopedVar() {
    assert(detail::current_context() == node_ &&
           "context bindings end in reverse order, in their own task");
    detail::current_context() = node_->next;
    Context::release(node_);
  }

 private:
  detail::ContextNode* node_;
};

/// A variable of the context. Declare it at namespace scope; its address is its identity.
template <class T>
class ContextVar {
 public:
  constexpr ContextVar() = default;
  ContextVar(const ContextVar&) = delete;
  ContextVar& operator=(const ContextVar&) = delete;

  /// The innermost value in force, or null. Valid until its binding ends. Cost: one step per
  /// binding in force.
  const T* get() const noexcept {
    for (const detail::ContextNode* node = detail::current_context(); node != nullptr;
         node = node->next) {
      if (node->key == this) return &static_cast<const detail::ContextBinding<T>*>(node)->value;
    }
    return nullptr;
  }

  /// Binds `value` until the returned object dies.
  ScopedVar set(T value) const {
    detail::ContextNode*& current = detail::current_context();
    auto* binding = new detail::ContextBinding<T>(this, current, std::move(value));
    if (current != nullptr) ++current->references;
    current = binding;
    return ScopedVar(current);
  }
};

}  // namespace penstock::async
