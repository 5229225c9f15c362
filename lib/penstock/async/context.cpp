#include "penstock/async/context.hpp"

namespace penstock::async {

detail::ContextNode::~ContextNode() = default;

detail::ContextNode*& detail::current_context() noexcept {
  thread_local ContextNode* current = nullptr;
  return current;
}

void Context::release(detail::ContextNode* node) noexcept {
  while (node != nullptr && --node->references == 0) {
    detail::ContextNode* next = node->next;
    delete node;
    node = next;
  }
}

}  // namespace penstock::async
