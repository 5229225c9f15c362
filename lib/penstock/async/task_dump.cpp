// What a person sees of tasks: the tree of them all, and the last words on a misuse.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "penstock/async/loop.hpp"

namespace penstock::async {
namespace {

using Children = std::map<const TaskState*, std::vector<const TaskState*>>;

std::string place(const std::source_location& where) {
  return std::string(where.function_name()) + "  " + where.file_name() + ':' +
         std::to_string(where.line());
}

std::string age(const TaskState& task) {
  char text[32];
  const std::chrono::duration<double> seconds = task.loop().now() - task.since();
  std::snprintf(text, sizeof text, "%.3f s old", seconds.count());
  return text;
}

std::string indented(const std::string& text, std::size_t depth) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin) + 1;
    result.append(2 * depth, ' ').append(text, begin, end - begin);
    begin = end;
  }
  return result;
}

void add_subtree(std::string& text, const TaskState& task, const Children& children,
                 std::size_t depth) {
  text += indented(task.describe(), depth);
  const auto found = children.find(&task);
  if (found == children.end()) return;
  for (const TaskState* child : found->second) add_subtree(text, *child, children, depth + 1);
}

[[noreturn]] void die(const std::string& last_words) {
  std::fprintf(stderr, "penstock: %s", last_words.c_str());
  std::abort();
}

}  // namespace

std::string Loop::dump_tasks() {
  Children children;
  tasks_.for_each([&](const TaskState& task) { children[task.parent()].push_back(&task); });
  std::string text;
  for (const TaskState* root : children[nullptr]) add_subtree(text, *root, children, 0);
  return text;
}

std::string TaskState::describe() const {
  std::string text(name_);
  if (this == current_task()) return text += ": running, " + age(*this) + '\n';
  if (leaf_ == nullptr)
    return text += (started_ ? ": ready, " : ": not started, ") + age(*this) + '\n';
  text += ": waits for ";
  text += leaf_->waits_for();
  text += ", " + age(*this) + '\n';
  for (const PromiseBase* frame = leaf_->frame_; frame != nullptr; frame = frame->caller)
    text += "    " + place(frame->awaiting) + '\n';
  return text;
}

std::string Waiter::describe_task() const {
  return task_ == nullptr ? std::string() : task_->describe();
}

void detail::destroyed_in_use(std::string_view what, const std::string& tasks) {
  die(std::string(what) + " is destroyed while tasks wait for it:\n" + tasks);
}

void detail::awaited_twice(const PromiseBase& child, const PromiseBase& parent) {
  std::string text = "a task is awaited twice, by ";
  text += parent.task->name();
  text += " in " + place(parent.awaiting) + '\n';
  if (child.awaiting.line() != 0) text += "it stands in " + place(child.awaiting) + '\n';
  die(text);
}

}  // namespace penstock::async
